import { describe, expect, it } from "vitest";

import type { Job } from "../../../../lab/providers/command/job";
import { runLocal } from "../../../../lab/providers/command/local-run";
import { ProviderError } from "../../../../lab/providers/rpc/provider";
import { temporaryFolder } from "../fakes";

function job(command: string, more: Partial<Job> = {}): Job {
  const ignore = () => undefined;
  const signal = new AbortController().signal;
  return {
    command,
    environment: {},
    onOutput: ignore,
    note: ignore,
    warn: ignore,
    complain: ignore,
    signal,
    ...more,
  };
}

const shell = { interpreter: [] };

describe("a local command", () => {
  it("runs in a shell with input, environment and the output before", async () => {
    const command = 'cat; echo "$A $PULUMI_COMMAND_STDOUT ${PULUMI_COMMAND_STDERR-none}"; echo err >&2';
    const more = { stdin: "in\n", environment: { A: "a" }, previous: { stdout: "before", stderr: "" } };
    expect(await runLocal(shell, job(command, more))).toEqual({ stdout: "in\na before none", stderr: "err" });
  });

  it("runs with another interpreter and in another folder", async () => {
    const dir = temporaryFolder();
    expect(await runLocal({ interpreter: ["/bin/echo", "-n"], dir }, job("hello"))).toEqual({
      stdout: "hello",
      stderr: "",
    });
    expect(await runLocal({ interpreter: [], dir }, job("pwd"))).toEqual({ stdout: dir, stderr: "" });
  });

  it("fails with its exit code, the command and all that it wrote", async () => {
    await expect(runLocal(shell, job("echo out; echo err >&2; exit 7"))).rejects.toThrow(
      'exit status 7: running "echo out; echo err >&2; exit 7":\nout\nerr\n',
    );
    await expect(runLocal(shell, job("kill -9 $$"))).rejects.toThrow(
      'signal: SIGKILL: running "kill -9 $$":',
    );
    await expect(runLocal({ interpreter: ["/no/such"] }, job("x"))).rejects.toThrow(
      "fork/exec /no/such: no such file",
    );
  });

  it("does not mind input that nobody reads", async () => {
    expect(await runLocal(shell, job("true", { stdin: "x".repeat(1_000_000) }))).toEqual({
      stdout: "",
      stderr: "",
    });
  });

  it("ends when it is cancelled", async () => {
    const controller = new AbortController();
    const running = runLocal(
      shell,
      job("echo started; exec sleep 600", {
        signal: controller.signal,
        onOutput: () => controller.abort(new ProviderError("context canceled")),
      }),
    );
    await expect(running).rejects.toThrow("context canceled");
  });
});
