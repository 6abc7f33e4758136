import { beforeAll, describe, expect, it } from "vitest";
import { HALF_OPEN_CONNECTION_BYTES, QUEUED_CONNECTION_BYTES } from "../../backlog/kernel";
import { measure, prepareKernelTests } from "./support/kernel/namespace";

const COUNT = 3000;

interface Answer {
  size: { TCP: number; request_sock_TCP: number };
  grown: { TCP: number; request_sock_TCP: number };
  filesOfTheServer: number;
}

describe(`memory of ${COUNT} connections in an accept queue on this kernel`, () => {
  let found: Answer;

  beforeAll(async () => {
    await prepareKernelTests();
    found = await measure<Answer>("memory", { count: COUNT });
  });

  it("is one TCP socket and one request each", () => {
    // Client and server are on one host, so there are two sockets per connection. The kernel counts objects in caches of
    // each CPU roughly, and other processes use them too: hence 80 %.
    expect(found.grown.TCP).toBeGreaterThan(2 * COUNT * 0.8);
    expect(found.grown.request_sock_TCP).toBeGreaterThan(COUNT * 0.8);
  });

  it("is within a quarter of the figure that the rule uses", () => {
    const perConnection = found.size.TCP + found.size.request_sock_TCP;
    expect(Math.abs(perConnection - QUEUED_CONNECTION_BYTES) / perConnection).toBeLessThan(0.25);
    expect(
      Math.abs(found.size.request_sock_TCP - HALF_OPEN_CONNECTION_BYTES) / found.size.request_sock_TCP,
    ).toBeLessThan(0.25);
  });

  it("takes no file of the server before accept()", () => {
    expect(found.filesOfTheServer).toBe(0);
  });
});
