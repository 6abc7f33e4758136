import * as fs from "node:fs/promises";
import * as path from "node:path";

import { LabError } from "../../errors";
import type { PlainProperties } from "../rpc/value";
import type { ProcessMark } from "./process-mark";

/** What the account keeps of a resource that is nothing but a record. */
export interface StoredRecord {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** The checked arguments, as far as EC2 stores them. */
  readonly inputs: PlainProperties;
}

export interface InstanceRecord {
  readonly id: string;
  readonly region: string;
  /** The checked arguments that are in force. */
  readonly inputs: PlainProperties;
  readonly securityGroupIds: readonly string[];
  /** Base64 of the bytes that the instance got. */
  readonly userData: string;
  /** Set while the host is being made: by whom. */
  readonly launching?: ProcessMark;
}

/** What EC2 would know: everything of the account that is not on a host itself. */
export interface AccountData {
  /** By name. */
  readonly keyPairs: Map<string, StoredRecord>;
  /** By id. */
  readonly securityGroups: Map<string, StoredRecord>;
  /** By id. */
  readonly instances: Map<string, InstanceRecord>;
}

/** Runs one thing at a time, between all processes of the lab. */
export type Exclusive = <T>(run: () => Promise<T>) => Promise<T>;

/** The stand-in's memory: one file in the lab's folder, shared by all provider processes. */
export class Account {
  constructor(
    private readonly file: string,
    private readonly exclusive: Exclusive,
  ) {}

  /** The state of now. Never half-written, because changes replace the whole file. */
  async read(): Promise<AccountData> {
    let text: string;
    try {
      text = await fs.readFile(this.file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return { keyPairs: new Map(), securityGroups: new Map(), instances: new Map() };
      }
      throw error;
    }
    return this.parse(text);
  }

  /** Changes the state; nothing is written when `edit` throws. Keep it short: everybody else waits. */
  async change<T>(edit: (data: AccountData) => T | Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      const data = await this.read();
      const result = await edit(data);
      await this.write(JSON.stringify(toStored(data), undefined, 2));
      return result;
    });
  }

  private async write(text: string): Promise<void> {
    await fs.mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const next = `${this.file}.${process.pid}.next`;
    try {
      // User data can hold secrets.
      const handle = await fs.open(next, "w", 0o600);
      try {
        await handle.writeFile(`${text}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.rename(next, this.file);
    } catch (error) {
      await fs.rm(next, { force: true });
      throw error;
    }
  }

  private parse(text: string): AccountData {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch (cause) {
      throw this.damaged(cause);
    }
    if (!isStored(data)) {
      throw this.damaged();
    }
    return {
      keyPairs: new Map(data.keyPairs.map((each) => [each.name, each])),
      securityGroups: new Map(data.securityGroups.map((each) => [each.id, each])),
      instances: new Map(data.instances.map((each) => [each.id, each])),
    };
  }

  private damaged(cause?: unknown): LabError {
    return new LabError(`the lab's record of its stand-in for AWS is damaged: ${this.file}`, {
      fix: `delete that file: key pairs and security groups are made anew (rm ${this.file})`,
      cause,
    });
  }
}

/** The form in the file. */
interface Stored {
  readonly version: 1;
  readonly keyPairs: readonly StoredRecord[];
  readonly securityGroups: readonly StoredRecord[];
  readonly instances: readonly InstanceRecord[];
}

function toStored(data: AccountData): Stored {
  return {
    version: 1,
    keyPairs: [...data.keyPairs.values()],
    securityGroups: [...data.securityGroups.values()],
    instances: [...data.instances.values()],
  };
}

function isStored(data: unknown): data is Stored {
  if (typeof data !== "object" || data === null) {
    return false;
  }
  const { version, keyPairs, securityGroups, instances } = data as Record<string, unknown>;
  return version === 1 && [keyPairs, securityGroups, instances].every((each) => Array.isArray(each));
}
