import * as path from "node:path";

import { describeEnd, lastLines, runCommand } from "../../../lab/hosts/command";
import type { Server } from "./servers";

/** What a measurement does, in order; each `read` yields the Send-Q values of the server's listeners. */
export type Step = "configure" | "start" | "raise" | "reload" | "read";

export interface Measurement {
  /** somaxconn while the server starts. */
  readonly somaxconn: number;
  /** somaxconn after a `raise`. */
  readonly raised?: number;
  /** The line that `configure` puts into the configuration, or `start` on the command line. */
  readonly line?: string;
  /** True if the reload is expected to change Send-Q: then it gets longer to do so. */
  readonly changes?: boolean;
  readonly steps: readonly Step[];
}

/** Longest time for one chamber, from start to end. Milliseconds. */
const LIMIT = 60_000;

const CHAMBER = path.join(__dirname, "chamber.sh");

/**
 * Runs a server in a chamber of its own (network, processes, files), and reads its Send-Q from the kernel.
 *
 * @returns for each `read` the different Send-Q values of all listeners on the server's address.
 */
export async function measure(
  rootfs: string,
  server: Server,
  measurement: Measurement,
): Promise<readonly (readonly number[])[]> {
  const { stdout } = await run(rootfs, server, measurement, measurement.steps.map(shell).join("\n"));
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
}

/** Starts a server that is expected to exit by itself. @returns its exit code (124 if it still ran) and what it said. */
export async function startAndExit(
  rootfs: string,
  server: Server,
  measurement: Omit<Measurement, "steps">,
): Promise<{ readonly code: number; readonly said: string }> {
  const { stdout } = await run(
    rootfs,
    server,
    measurement,
    `configure\nstatus=0\n(${server.start}) >/tmp/log 2>&1 & server=$!\n( sleep 20; kill $server ) &\nwait $server || status=$?\necho $status\ncat /tmp/log`,
  );
  const [code, ...said] = stdout.split("\n");
  return { code: Number(code), said: said.join("\n") };
}

function shell(step: Step): string {
  return step === "start" ? "start_server" : step === "reload" ? "reload" : step;
}

async function run(
  rootfs: string,
  server: Server,
  { somaxconn, raised, line, changes }: Omit<Measurement, "steps">,
  steps: string,
): Promise<{ stdout: string }> {
  const script = `set -eu
    LINE=$1 ADDRESS=$2 RAISED=$3 PATIENCE=$4
    # As under systemd's defaults: some servers derive their backlog from it.
    ulimit -S -n 1024
    send_q() {
      case $ADDRESS in
        /*) ss -Hlxn | awk -v address="$ADDRESS" '$5 == address { print $4 }' ;;
        *) ss -Hltn "sport = :$ADDRESS" | awk '{ print $3 }' ;;
      esac | sort -nu | paste -sd ' '
    }
    await() { # TENTHS VALUE: until there is a Send-Q that is not VALUE
      i=0
      while now=$(send_q) && { [ -z "$now" ] || [ "$now" = "$2" ]; } && [ "$i" -lt "$1" ]; do
        sleep 0.1
        i=$((i + 1))
      done
    }
    configure() {
      ${server.configure ?? ":"}
    }
    start_server() {
      ( ${server.start}
      ) >/tmp/log 2>&1 &
      await 300 ""
      [ -n "$(send_q)" ] || { echo "no listener on $ADDRESS:" >&2; tail -n 20 /tmp/log >&2; ss -Hltn >&2; exit 1; }
    }
    raise() { echo "$RAISED" >/proc/sys/net/core/somaxconn; }
    reload() {
      before=$(send_q)
      { ${server.reload ?? "false"}
      } >>/tmp/log 2>&1
      await "$PATIENCE" "$before"
    }
    read() { send_q; }
    {
      ${server.setup ?? ":"}
    } >&2
    ${steps}`;
  const result = await runCommand(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", CHAMBER, rootfs, String(somaxconn), script, "chamber"],
      ...[line ?? "", String(server.address), String(raised ?? somaxconn), changes ? "200" : "10"],
    ],
    { timeout: LIMIT },
  );
  if (result.code !== 0) {
    throw new Error(
      `${server.software} was not measured (${describeEnd(result)}):${lastLines(result.stderr, 25)}`,
    );
  }
  return result;
}
