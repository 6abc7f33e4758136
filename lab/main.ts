import { inspect } from "node:util";
import { parseArguments, type LabArguments } from "./arguments";
import { help } from "./commands/help";
import type { CommandResult } from "./commands/result";
import { status } from "./commands/status";
import { LabError } from "./errors";
import { openLab } from "./identity";
import { createProgress, type ProgressPrinter } from "./progress";
import { findServer, readOutputs } from "./servers";
import { withSession, type Session } from "./session";
import { sshTarget } from "./verify";

/** Runs the command line and returns the exit code: 0 good, 1 something declared does not hold, 2 could not run. */
async function main(argv: readonly string[]): Promise<number> {
  const progress = createProgress(process.stderr);
  let json = argv.includes("--json");
  try {
    const args = parseArguments(argv);
    json = args.json;
    const result = await run(args, progress);
    if (typeof result === "number") {
      return result;
    }
    process.stdout.write(json ? `${JSON.stringify(result.document, null, 2)}\n` : `${result.text}\n`);
    return result.exitCode;
  } catch (error) {
    const known = error instanceof LabError ? error : undefined;
    progress.print(known ? `could not run: ${known.message}\n  instead: ${known.fix}` : inspect(error));
    if (json) {
      const message = error instanceof Error ? error.message : String(error);
      process.stdout.write(`${JSON.stringify({ error: message, fix: known?.fix ?? null }, null, 2)}\n`);
    }
    return 2;
  }
}

async function run(args: LabArguments, progress: ProgressPrinter): Promise<CommandResult | number> {
  switch (args.command) {
    case "help":
      return help();
    case "status":
      return status(openLab());
    case "doctor":
      return (await import("./commands/doctor.js")).doctor(openLab());
    case "ssh":
      return openShell(args, progress);
    default:
      return withSession(
        {
          lab: openLab(),
          progress,
          signal: interruption(progress),
          configFile: args.configFile,
          operations: !["verify", "repair", "report"].includes(args.command),
        },
        (session) => inSession(args, session),
      );
  }
}

/** The lab is only held while the server is looked up: other commands go on while somebody is logged in. */
async function openShell(args: LabArguments, progress: ProgressPrinter): Promise<number> {
  const lab = openLab();
  const [name = "", ...command] = args.rest;
  const target = await withSession(
    { lab, progress, signal: interruption(progress), configFile: args.configFile, operations: false },
    async ({ stack, key }) => sshTarget(findServer((await readOutputs(stack)).servers, name), key),
  );
  return (await import("./commands/ssh.js")).runShell(lab, target, command);
}

/** Commands are loaded when they run: a short one need not load what a long one uses. */
async function inSession(args: LabArguments, session: Session): Promise<CommandResult | number> {
  switch (args.command) {
    case "preview":
      return (await import("./commands/preview.js")).preview(session);
    case "up":
      session.progress.print((await import("./tour.js")).cast(session));
      return (await import("./commands/up.js")).up(session);
    case "verify":
      return (await import("./commands/verify.js")).verify(session);
    case "repair":
      return (await import("./commands/repair.js")).repair(session);
    case "report":
      return (await import("./commands/report.js")).report(session);
    case "destroy":
      return (await import("./commands/destroy.js")).destroy(session);
    default: {
      const { cast, tour } = await import("./tour.js");
      session.progress.print(cast(session));
      return tour(session);
    }
  }
}

/** Ctrl-C ends what is under way in good order; the second one ends it at once. */
function interruption(progress: ProgressPrinter): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) {
      process.exit(130);
    }
    progress.print(
      "  ..  ending in good order; Ctrl-C once more to end at once (the next run clears what is left)",
    );
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return controller.signal;
}

// Whoever reads the output may stop reading: `npm run lab -- help | head -1`. What is under way goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
      throw error;
    }
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
