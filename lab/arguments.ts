import { LabError } from "./errors";

/** The single steps, in the order in which help lists them. */
export const COMMANDS = [
  "up",
  "preview",
  "verify",
  "repair",
  "report",
  "destroy",
  "status",
  "ssh",
  "doctor",
  "help",
] as const;

export type CommandName = (typeof COMMANDS)[number] | "tour";

/** What was asked for on the command line. */
export interface LabArguments {
  readonly command: CommandName;
  /** One JSON document on stdout, everything else on stderr. */
  readonly json: boolean;
  /** The file with the stack's configuration, instead of `Pulumi.lab.yaml`. */
  readonly configFile?: string;
  /** What stands behind the command: for `ssh`, the name of a server and a command for it. */
  readonly rest: readonly string[];
}

/** @throws LabError that says what was given, what is allowed and what to type */
export function parseArguments(argv: readonly string[]): LabArguments {
  let json = false as boolean;
  let configFile: string | undefined;
  const words = [...argv];
  // Options stand before the command: what stands behind `ssh NAME` belongs to the command on the server.
  const takeOptions = () => {
    while (words[0]?.startsWith("-")) {
      const option = words.shift();
      if (option === "--json") {
        json = true;
      } else if (option === "--config") {
        configFile = words.shift();
        if (configFile === undefined) {
          throw new LabError("--config needs a file", { fix: "npm run lab -- --config Pulumi.lab.yaml up" });
        }
      } else if (option === "--help" || option === "-h") {
        words.splice(0, words.length, "help");
      } else {
        throw new LabError(
          `unknown option ${JSON.stringify(option)}; allowed: --json, --config FILE, --help`,
          {
            fix: "npm run lab -- help",
          },
        );
      }
    }
  };
  takeOptions();
  const command = words.shift() ?? "tour";
  if (!isCommand(command)) {
    throw new LabError(`unknown command ${JSON.stringify(command)}; allowed: ${COMMANDS.join(", ")}`, {
      fix: "npm run lab -- help, or npm run lab for the tour",
    });
  }
  takeOptions();
  if (command === "ssh" && json) {
    throw new LabError("ssh has no --json: it is a shell", { fix: "npm run lab -- ssh web" });
  }
  if (command === "ssh" ? words.length === 0 : words.length > 0) {
    throw new LabError(
      command === "ssh"
        ? "ssh needs the name of a server"
        : `${command} takes no arguments, given ${JSON.stringify(words.join(" "))}`,
      { fix: command === "ssh" ? "npm run lab -- ssh web" : `npm run lab -- ${command}` },
    );
  }
  return { command, json, configFile, rest: words };
}

function isCommand(word: string): word is CommandName {
  return word === "tour" || COMMANDS.some((command) => command === word);
}
