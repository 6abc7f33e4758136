import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { onTestFinished } from "vitest";

import { Account } from "../../../lab/providers/aws/account";
import type { InstanceHost, InstanceHosts } from "../../../lab/providers/aws/hosts";
import type { CheckRequest, Operation, Severity } from "../../../lab/providers/rpc/provider";
import type { Properties } from "../../../lab/providers/rpc/value";

interface FakeHost extends InstanceHost {
  readonly userData: Buffer;
  readonly publicKeys: readonly string[];
}

/** Hosts that only remember; every call is noted in order. */
export class FakeHosts implements InstanceHosts {
  readonly hosts = new Map<string, FakeHost>();
  readonly calls: string[] = [];
  /** Makes the next call of that name fail. */
  failing: string | undefined;

  create(seed: Parameters<InstanceHosts["create"]>[0]): Promise<InstanceHost> {
    return this.call("create", () => {
      const address = `10.128.0.${this.hosts.size + 2}`;
      const host: FakeHost = { ...seed, address, state: "running" };
      this.hosts.set(seed.instanceId, host);
      return host;
    });
  }

  get(instanceId: string): Promise<InstanceHost | undefined> {
    return Promise.resolve(this.hosts.get(instanceId));
  }

  replaceUserData(instanceId: string, userData: Buffer): Promise<void> {
    return this.call("replaceUserData", () => {
      if (this.need(instanceId).state !== "stopped") {
        throw new Error("the host is running");
      }
      this.hosts.set(instanceId, { ...this.need(instanceId), userData });
    });
  }

  start(instanceId: string): Promise<void> {
    return this.call("start", () => {
      this.hosts.set(instanceId, { ...this.need(instanceId), state: "running" });
    });
  }

  stop(instanceId: string): Promise<void> {
    return this.call("stop", () => {
      this.hosts.set(instanceId, { ...this.need(instanceId), state: "stopped" });
    });
  }

  destroy(instanceId: string): Promise<void> {
    return this.call("destroy", () => {
      this.hosts.delete(instanceId);
    });
  }

  need(instanceId: string): FakeHost {
    const host = this.hosts.get(instanceId);
    if (!host) {
      throw new Error(`no host ${instanceId}`);
    }
    return host;
  }

  private async call<T>(name: string, run: () => T): Promise<T> {
    this.calls.push(name);
    if (this.failing === name) {
      this.failing = undefined;
      throw new Error(`${name} failed`);
    }
    return Promise.resolve(run());
  }
}

/** A folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "listen-backlog-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** An account in a folder of its own; changes wait for each other within this process. */
export function temporaryAccount(): Account {
  let last: Promise<unknown> = Promise.resolve();
  return new Account(path.join(temporaryFolder(), "account.json"), (run) => {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  });
}

export interface Logged {
  readonly severity: Severity;
  readonly message: string;
}

/** An operation whose log is kept. */
export function operation(
  name = "web",
  signal = new AbortController().signal,
): Operation & { readonly logged: Logged[] } {
  const logged: Logged[] = [];
  return {
    urn: `urn:pulumi:dev::test::pkg:index:Type::${name}`,
    name,
    signal,
    log: (severity, message) => logged.push({ severity, message }),
    logged,
  };
}

/** What the engine passes to a check. */
export function checkOf(news: Properties, olds: Properties = {}, name = "web"): CheckRequest {
  return {
    urn: `urn:pulumi:dev::test::pkg:index:Type::${name}`,
    name,
    olds,
    news,
    seed: Buffer.from("seed"),
  };
}
