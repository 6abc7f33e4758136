import { describe, expect, it } from "vitest";
import { composeUserData, readUserData, SYSCTL_FILE, UserDataError, type TuningPart } from "../../cloudinit";
import { generateHostKey } from "../../components/host-key";

const hostKey = generateHostKey();
const PART: TuningPart = {
  settings: [{ key: "net.core.somaxconn", value: "4096" }],
  relisten: [{ unit: "nginx.service", how: "restart" }],
  hostKey,
};

/** The lines of the private key that hold it. */
const [, ...BODY] = hostKey.privateKey.trimEnd().split("\n").slice(0, -1);
const LINE = BODY.join("").slice(-100, -60);

/** User data of a user's with a private key in it, in each place where a reading or a message might take it from. */
const PLANTED = [
  `#cloud-config\nwrite_files: [{path: /etc/sysctl.d/90-own.conf, content: "net.core.somaxconn = ${LINE}\\n${LINE} = 1\\n"}]\n`,
  `#cloud-config\nruncmd: ["sysctl -w net.core.somaxconn=${LINE}", [nginx, -c, ${LINE}]]\nbootcmd: [sysctl -w ${LINE}=1]\n`,
  `#cloud-config\nssh_keys: {ed25519_private: ${JSON.stringify(hostKey.privateKey)}}\n`,
  `#cloud-config\nssh_keys: {${LINE}: 1}\nwrite_files: ${LINE}\n`,
  `#cloud-config\nmerge_how: ${LINE}\n`,
  `#cloud-config\na: &a *${LINE.replace(/\W/g, "")}\n`,
  `#cloud-config-jsonp\n[{"op": "add", "path": "/write_files/${LINE.replace(/\W/g, "")}/x", "value": "${LINE}"}]\n`,
  `#cloud-config-archive\n- {type: ${LINE.replace(/\W/g, "")}, content: x}\n`,
  `#!/bin/sh\ncat > ${SYSCTL_FILE} <<X\n${hostKey.privateKey}X\nsysctl -p ${SYSCTL_FILE}\nsysctl -w vm.swappiness="${LINE}"\n`,
  `#!/bin/sh\n\0${hostKey.privateKey}`,
  hostKey.privateKey,
  Buffer.from(hostKey.privateKey).toString("base64"),
  Buffer.from(hostKey.privateKey).toString("base64").slice(0, -3),
];

/** Every run of a dozen characters of the key. */
function shows(text: string): boolean {
  const body = BODY.join("").slice(0, -20);
  return Array.from({ length: body.length - 12 }, (_, at) => body.slice(at, at + 12)).some((piece) =>
    text.replaceAll("\\n", "").includes(piece),
  );
}

describe("a private key", () => {
  it("is in what is composed, and there alone: no reading of it shows any of it", () => {
    const composed = composeUserData("#!/bin/sh\nls\n", PART);
    expect(shows(composed)).toBe(true);
    for (const encoding of ["plain", "base64", "gzip-base64"] as const) {
      const reading = readUserData(composeUserData("#!/bin/sh\nls\n", PART, { encoding }));
      expect(reading.live).toHaveLength(1);
      expect(shows(JSON.stringify(reading))).toBe(false);
    }
  });

  it.each(PLANTED)("of the user's is in no message and no reading: %#", (own) => {
    expect(shows(JSON.stringify(readUserData(own)))).toBe(false);
    try {
      composeUserData(own, PART);
    } catch (error) {
      expect(error).toBeInstanceOf(UserDataError);
      expect(shows((error as Error).message)).toBe(false);
      expect((error as Error).cause).toBeUndefined();
    }
  });
});
