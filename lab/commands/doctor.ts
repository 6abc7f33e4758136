import * as os from "node:os";
import { findEngine } from "../engine/engine";
import { LabError } from "../errors";
import { Hosts, imageIsReady, missingPackages } from "../hosts";
import { requireMachine } from "../hosts/requirements";
import type { Lab } from "../identity";
import type { CommandResult } from "./result";

/** One thing that the lab needs. */
interface Check {
  readonly what: string;
  readonly state: "ok" | "to do" | "missing";
  readonly detail: string;
}

/** What this machine has, what the next run will make, and what is missing. It looks and changes nothing. */
export async function doctor(lab: Lab): Promise<CommandResult> {
  const checks = [
    await look("machine", async () => {
      await requireMachine(lab.dir);
      return ok(`root on Linux ${os.release()}, Node.js ${process.version}`);
    }),
    await look("Pulumi engine", async () => {
      const engine = await findEngine(lab);
      return "toBuild" in engine ? toDo(engine.toBuild) : ok(`${engine.version} at ${engine.command}`);
    }),
    await look("Debian packages", () => {
      const missing = missingPackages();
      return Promise.resolve(
        missing.length === 0 ? ok("all there") : toDo(`apt-get install ${missing.join(" ")}`),
      );
    }),
    await look("base image", async () =>
      (await imageIsReady(lab)) ? ok("in the cache") : toDo("is built with mmdebstrap, about a minute, once"),
    ),
    await look("lab", () => lookAtLab(lab)),
  ];
  const width = Math.max(...checks.map(({ state }) => state.length));
  return {
    exitCode: checks.some(({ state }) => state === "missing") ? 2 : 0,
    document: { command: "doctor", checks },
    text: checks.map(({ what, state, detail }) => `  ${state.padEnd(width)}  ${what}: ${detail}`).join("\n"),
  };
}

type Answer = Omit<Check, "what">;

const ok = (detail: string): Answer => ({ state: "ok", detail });
const toDo = (detail: string): Answer => ({ state: "to do", detail });

/** What a step of the set-up would throw is what is missing, with what to do about it. */
async function look(what: string, ask: () => Promise<Answer>): Promise<Check> {
  try {
    return { what, ...(await ask()) };
  } catch (error) {
    if (error instanceof LabError) {
      return { what, state: "missing", detail: `${error.message}; instead: ${error.fix}` };
    }
    throw error;
  }
}

async function lookAtLab(lab: Lab): Promise<Answer> {
  const hosts = new Hosts(lab);
  const running = await hosts.list();
  const left = running.length > 0 ? [] : await hosts.leftovers();
  return left.length > 0
    ? toDo(`the next run clears what an earlier one left: ${left.join("; ")}`)
    : ok(`${lab.dir}, ${running.length} host(s)`);
}
