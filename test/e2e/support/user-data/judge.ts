import { join } from "node:path";
import { dotted, NamespaceDriver, type Values } from "../namespace-driver";

/** What the kernel shows after the first boot, and after the next. */
export interface Boots {
  readonly live: Values;
  readonly next: Values;
}

/** User data at work in a private namespace. */
export class UserDataJudge {
  private readonly driver: NamespaceDriver;

  /** @param watched the canonical keys to reset before each boot and to read after it; all of one network namespace */
  constructor(watched: readonly string[]) {
    this.driver = new NamespaceDriver(join(__dirname, "driver.py"), watched);
  }

  async judge(userData: string): Promise<Boots> {
    const { live, next } = (await this.driver.ask({ userData })) as Boots;
    return { live: dotted(live), next: dotted(next) };
  }

  close(): Promise<void> {
    return this.driver.close();
  }
}
