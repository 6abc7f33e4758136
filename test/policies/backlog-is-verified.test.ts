import { describe, expect, it } from "vitest";
import { backlogIsVerified } from "../../policies/backlog-is-verified";
import { analyzeStack, policiesOf, UNKNOWN, urnOf, type Resource } from "./support/analyzer";

const SERVER = "listen-backlog:index:TunedServer";
const COMMAND = "command:remote:Command";

const server: Resource = { type: SERVER, props: { settings: { somaxconn: 4096 } } };
const verify: Resource = {
  type: COMMAND,
  types: `${SERVER}$${COMMAND}`,
  name: "web-verify",
  parent: urnOf(server),
};

const judge = async (...resources: Resource[]) => {
  const { violations, notApplicable } = await analyzeStack(policiesOf(["backlog-is-verified"]), resources);
  expect(notApplicable).toEqual([]);
  return violations;
};

describe("the policy backlog-is-verified", () => {
  it("advises, because it can only speak after the fact", () => {
    expect(backlogIsVerified).toMatchObject({
      name: "backlog-is-verified",
      level: "advisory",
    });
    expect(backlogIsVerified.description).toMatch(/\.$/);
  });

  it("has nothing to say of a stack without servers, or of one with every server verified", async () => {
    expect(await judge()).toEqual([]);
    expect(await judge({ type: "aws:ec2/instance:Instance" })).toEqual([]);
    expect(await judge(server, verify)).toEqual([]);
  });

  it.each<[string, Resource[]]>([
    ["has no command", []],
    ["has a command of another kind", [{ ...verify, name: "web-install" }]],
    ["has the command of another server", [{ ...verify, parent: urnOf({ ...server, name: "other" }) }]],
    ["has a command that is not its child", [{ ...verify, parent: "" }]],
    ["has a child of another type by that name", [{ ...verify, type: "command:local:Command" }]],
  ])("finds a server that %s", async (_, others) => {
    const violations = await judge(server, ...others);
    expect(violations).toEqual([
      {
        policy: "backlog-is-verified",
        level: "advisory",
        urn: urnOf(server),
        message:
          "Something reads the effective backlog of every server that is set up for one.\n" +
          "web: wanted a verification web-verify, got none. Cause: the child was removed from the stack. " +
          "Fix: remove the transform that takes it away. See: RULES.md#backlog-is-verified",
      },
    ]);
  });

  it("judges each server on its own", async () => {
    const other = { ...server, name: "other" };
    expect((await judge(server, other, verify)).map(({ urn }) => urn)).toEqual([urnOf(other)]);
  });

  it("asks for nothing that may be unknown", async () => {
    const unknown = { ...verify, props: { create: UNKNOWN.string, connection: UNKNOWN.object } };
    expect(await judge({ ...server, props: { settings: UNKNOWN.object } }, unknown)).toEqual([]);
  });
});
