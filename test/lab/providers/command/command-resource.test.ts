import { describe, expect, it } from "vitest";

import { Command } from "../../../../lab/providers/command/command-resource";
import type { Job, Results } from "../../../../lab/providers/command/job";
import { ProviderError } from "../../../../lab/providers/rpc/provider";
import { anything } from "../../../../lab/providers/rpc/shape";
import { Secret, UNKNOWN } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";
import { operation } from "../fakes";

/** Runs nothing: keeps the jobs and answers each with the next result. */
function recorder(...results: (Results | Error)[]) {
  const jobs: Job[] = [];
  const type = new Command({
    fields: { owner: "test", known: { connection: anything } },
    secrets: ["connection"],
    run: (_args, job) => {
      jobs.push(job);
      const next = results.shift() ?? { stdout: `out ${jobs.length}`, stderr: "" };
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  });
  return { jobs, type };
}

const connection = new Secret({ host: "h", password: "hunter2" });

describe("a command as a resource", () => {
  it("runs nothing in a preview and does not know its output then", async () => {
    const { jobs, type } = recorder();
    const inputs = { create: "c", update: "u" };
    const created = await type.create({ inputs, preview: true }, operation());
    expect(created.outputs).toEqual({ ...inputs, stdout: UNKNOWN, stderr: UNKNOWN });
    const request = { id: "1", inputs, oldInputs: {}, oldOutputs: { stdout: "old" }, preview: true };
    expect(await type.update(request, operation())).toMatchObject({ stdout: UNKNOWN });
    expect(jobs).toEqual([]);
  });

  it("runs create, and is named after the resource", async () => {
    const { jobs, type } = recorder({ stdout: "o", stderr: "e" });
    const inputs = { connection, create: "c", stdin: "in", environment: { A: "b" } };
    const { id, outputs } = await type.create({ inputs, preview: false }, operation("verify"));
    expect(id).toMatch(/^verify[0-9a-f]{8}$/);
    expect(outputs).toEqual({ ...inputs, stdout: "o", stderr: "e" });
    expect(jobs).toMatchObject([{ command: "c", stdin: "in", environment: { A: "b" }, previous: undefined }]);
  });

  it("without a create command is there all the same", async () => {
    const { jobs, type } = recorder();
    const { outputs } = await type.create({ inputs: { delete: "d" }, preview: false }, operation());
    expect(outputs).toEqual({ delete: "d", stdout: "", stderr: "" });
    expect(jobs).toEqual([]);
  });

  it.each<[Properties, string | undefined]>([
    [{ create: "c", update: "u" }, "u"],
    [{ create: "c" }, "c"],
    [{ delete: "d" }, undefined],
  ])("updates %j with %s", async (inputs, expected) => {
    const { jobs, type } = recorder();
    const oldOutputs = { stdout: "old out", stderr: "old err" };
    const outputs = await type.update(
      { id: "1", inputs, oldInputs: {}, oldOutputs, preview: false },
      operation(),
    );
    expect(jobs.map(({ command }) => command)).toEqual(expected === undefined ? [] : [expected]);
    expect(outputs["stdout"]).toBe(expected === undefined ? "old out" : "out 1");
  });

  it("gets the output of the run before, unless it is told not to", async () => {
    const { jobs, type } = recorder();
    const oldOutputs = { stdout: new Secret("old out"), stderr: "old err" };
    const update = (inputs: Properties) =>
      type.update({ id: "1", inputs, oldInputs: {}, oldOutputs, preview: false }, operation());
    await update({ create: "c" });
    await update({ create: "c", addPreviousOutputInEnv: false });
    expect(jobs.map(({ previous }) => previous)).toEqual([
      { stdout: "old out", stderr: "old err" },
      undefined,
    ]);
  });

  it("deletes with the old state, and dials nobody without a delete command", async () => {
    const { jobs, type } = recorder();
    await type.delete({ outputs: { create: "c", connection, stdout: "x" } }, operation());
    expect(jobs).toEqual([]);
    await type.delete({ outputs: { delete: "d", connection, stdout: "x", stderr: "" } }, operation());
    expect(jobs).toMatchObject([{ command: "d", previous: { stdout: "x", stderr: "" } }]);
  });

  it("changes with any input, and is replaced for its triggers", () => {
    const { type } = recorder();
    const olds: Properties = { create: "c", triggers: [1, { a: 2 }], connection };
    const diff = (news: Properties) =>
      type
        .diff({ oldInputs: olds, newInputs: { ...olds, ...news } })
        .changes.map(({ path, replace }) => [path, replace]);
    expect(diff({})).toEqual([]);
    expect(diff({ create: "d", stdin: "x" })).toEqual([
      ["create", false],
      ["stdin", false],
    ]);
    expect(diff({ connection: new Secret({ host: "i", password: "hunter2" }) })).toEqual([
      ["connection.host", false],
    ]);
    expect(diff({ triggers: [1, { a: 3 }] })).toEqual([["triggers[1].a", true]]);
    expect(diff({ triggers: UNKNOWN })).toEqual([["triggers", true]]);
  });

  it("fails with what the command said, without secrets", async () => {
    const failure = new ProviderError(
      'Process exited with status 1: running "c":\npassword is hunter2, token abc',
    );
    const { type } = recorder(failure, failure);
    const inputs = { connection, create: "c", environment: new Secret({ T: "token" }) };
    await expect(type.create({ inputs, preview: false }, operation())).rejects.toThrow(
      'Process exited with status 1: running "c":\npassword is [secret], [secret] abc',
    );
  });

  it.each([
    [undefined, ["one", "two", "three"]],
    ["stdoutAndStderr", ["one", "two", "three"]],
    ["stdout", ["one", "three"]],
    ["stderr", ["two"]],
    ["none", []],
  ])("with logging %s shows %j while it runs", async (logging, expected) => {
    const type = new Command({
      fields: { owner: "test", known: {} },
      secrets: [],
      run: (_args, job) => {
        job.onOutput("stdout", Buffer.from("one\n"));
        job.onOutput("stderr", Buffer.from("two\n"));
        job.onOutput("stdout", Buffer.from("three"));
        return Promise.resolve({ stdout: "", stderr: "" });
      },
    });
    const running = operation();
    const inputs: Properties = { create: "c", ...(logging === undefined ? {} : { logging }) };
    await type.create({ inputs, preview: false }, running);
    expect(running.logged.map(({ message }) => message)).toEqual(expected);
  });
});
