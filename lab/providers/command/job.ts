/** One command to run, here or on another host. */
export interface Job {
  readonly command: string;
  readonly stdin?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Output of the run before, which goes along as PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR. */
  readonly previous?: Results;
  /** Called with whatever the command writes, as it comes. */
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Called with what is going on, of interest only while it lasts. */
  readonly note: (message: string) => void;
  /** Called with things worth knowing that are no failure. */
  readonly warn: (message: string) => void;
  /** Called with things that explain the failure that follows. */
  readonly complain: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface Results {
  readonly stdout: string;
  readonly stderr: string;
}

/** The output of the run before, as environment variables; empty output is none. */
export function previousOutput(job: Job): Record<string, string> {
  const variables = {
    PULUMI_COMMAND_STDOUT: job.previous?.stdout ?? "",
    PULUMI_COMMAND_STDERR: job.previous?.stderr ?? "",
  };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
}
