import { execFileSync } from "node:child_process";

import fc from "fast-check";
import { expect, test } from "vitest";

import { ACCEPT_ANY, knownHostsLine, remoteCommand, ssh, sshArguments } from "../../lab/hosts/ssh";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f web";
const target = { address: "10.140.7.10", identityFile: "/keys/id", hostKey };

test("the pinned key is the only one, without its comment", () => {
  expect(knownHostsLine(target)).toBe(`10.140.7.10 ${hostKey.slice(0, -4)}\n`);
  expect(knownHostsLine({ ...target, port: 2222 })).toBe(`[10.140.7.10]:2222 ${hostKey.slice(0, -4)}\n`);
  const args = sshArguments(target, "/tmp/50% known hosts");
  expect(args).toContain("StrictHostKeyChecking=yes");
  expect(args).toContain('UserKnownHostsFile="/tmp/50%% known hosts"');
  expect(args.slice(0, 2)).toEqual(["-F", "none"]);
});

test("no key is checked only when that was asked for by name", () => {
  expect(knownHostsLine({ ...target, hostKey: ACCEPT_ANY })).toBe("");
  expect(sshArguments({ ...target, hostKey: ACCEPT_ANY }, "/k")).toContain("StrictHostKeyChecking=no");
});

test.each([
  ["address", { address: "-oProxyCommand=id" }],
  ["address", { address: "10.1.2.3 evil" }],
  ["address", { address: "" }],
  ["port", { port: 0 }],
  ["port", { port: 1.5 }],
  ["user", { user: "-l" }],
  ["user", { user: "root;id" }],
  ["hostKey", { hostKey: "" }],
  ["hostKey", { hostKey: `* ${hostKey}` }],
  ["hostKey", { hostKey: `${hostKey}\n* ${hostKey}` }],
])("a bad %s is refused before anything runs: %j", async (field, changed) => {
  await expect(ssh({ ...target, ...changed, command: "true" })).rejects.toThrow(
    new RegExp(`cannot log in: ${field}: given`),
  );
});

test("every word of a command stays one word in the remote shell", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "$", "`", "\\", "*", "\n", ";", "é") }),
        { minLength: 1, maxLength: 4 },
      ),
      (words) => {
        const out = execFileSync("sh", ["-c", remoteCommand(["printf", "%s\\0", ...words])], {
          encoding: "utf8",
        });
        expect(out.split("\0").slice(0, -1)).toEqual(words);
      },
    ),
    { numRuns: 25 },
  );
});

test("a host that is not there: the end comes in time, with OpenSSH's reason", async () => {
  // Port 1 of this machine: nothing listens there, the kernel refuses at once.
  const result = await ssh({ ...target, address: "127.0.0.1", port: 1, command: "true", timeout: 10_000 });
  expect(result.code).toBe(255);
  expect(result.stderr).toMatch(/refused/);
});
