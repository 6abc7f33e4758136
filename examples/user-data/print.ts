import { readFileSync } from "node:fs";
import { composeUserData } from "../../cloudinit";

const own = readFileSync(0, "utf8");
const part = { settings: [{ key: "net.core.somaxconn", value: "4096" }], relisten: [] };
process.stdout.write(composeUserData(own, part));
