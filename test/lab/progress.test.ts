import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createProgress, formatElapsed } from "../../lab/progress";

class Screen {
  text = "";
  constructor(
    readonly isTTY: boolean,
    readonly columns = 80,
  ) {}
  write(text: string): void {
    this.text += text;
  }
  /** What a person sees in the end: a cleared line is gone. */
  get lines(): string[] {
    return this.text
      .split("\n")
      .map((line) => line.slice(line.lastIndexOf("\x1b[2K") + 1).replace(/^\[2K/, ""));
  }
}

const after = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("createProgress without a terminal", () => {
  it("prints one line for a short step, with its elapsed time, and returns its result", async () => {
    const screen = new Screen(false);
    const done = createProgress(screen).step("look around", () => after(1_200).then(() => 42));
    await vi.advanceTimersByTimeAsync(1_200);
    expect(await done).toBe(42);
    expect(screen.text).toBe("  ok  look around  (1.2s)\n");
  });

  it("shows that a long step is alive, with its latest note", async () => {
    const screen = new Screen(false);
    const done = createProgress(screen).step("build", async (note) => {
      note("first");
      await after(12_000);
      note("second");
      await after(30_000);
    });
    await vi.advanceTimersByTimeAsync(42_000);
    await done;
    expect(screen.text).toBe(
      "  ..  build  (10s)  first\n  ..  build  (25s)  second\n  ..  build  (40s)  second\n  ok  build  (42s)\n",
    );
  });

  it("says that a step failed and passes its error on", async () => {
    const screen = new Screen(false);
    const broken = new Error("broken");
    await expect(createProgress(screen).step("try", () => Promise.reject(broken))).rejects.toBe(broken);
    expect(screen.text).toBe("fail  try  (0.0s)\n");
  });

  it("keeps steps apart that run at the same time", async () => {
    const screen = new Screen(false);
    const progress = createProgress(screen);
    const both = Promise.all([
      progress.step("slow", () => after(3_000)),
      progress.step("fast", () => after(1_000)),
    ]);
    await vi.advanceTimersByTimeAsync(3_000);
    await both;
    expect(screen.text).toBe("  ok  fast  (1.0s)\n  ok  slow  (3.0s)\n");
  });

  it("lets nothing in a title or a note move the cursor", async () => {
    const screen = new Screen(false);
    const done = createProgress(screen).step("a\x1b[2Jb\r\nc", async (note) => {
      note("x\x1b[31my\b\nz");
      await after(10_000);
    });
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(screen.text).toBe("  ..  ab c  (10s)  xy z\n  ok  ab c  (10s)\n");
  });
});

describe("createProgress on a terminal", () => {
  it("updates the running line in place and leaves one line per step", async () => {
    const screen = new Screen(true);
    const progress = createProgress(screen);
    const done = progress.step("build", async (note) => {
      note("compiling");
      await after(2_000);
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(screen.lines.at(-1)).toBe("  ..  build  (1.0s)  compiling");
    await vi.advanceTimersByTimeAsync(1_000);
    await done;
    expect(screen.lines).toEqual(["  ok  build  (2.0s)", ""]);
  });

  it("never fills the line, which would wrap", async () => {
    const screen = new Screen(true, 40);
    const done = createProgress(screen).step("t", async (note) => {
      note("n".repeat(200));
      await after(1_000);
    });
    await vi.advanceTimersByTimeAsync(400);
    expect(screen.lines.at(-1)).toHaveLength(39);
    await vi.advanceTimersByTimeAsync(600);
    await done;
  });

  it("prints other text above the running line", async () => {
    const screen = new Screen(true);
    const progress = createProgress(screen);
    const done = progress.step("work", async () => {
      progress.print("a message");
      await after(100);
    });
    expect(screen.lines.slice(0, 2)).toEqual(["a message", "  ..  work  (0.0s)"]);
    await vi.advanceTimersByTimeAsync(100);
    await done;
    expect(screen.lines).toEqual(["a message", "  ok  work  (0.1s)", ""]);
  });
});

describe("formatElapsed", () => {
  it.each([
    [0, "0.0s"],
    [49, "0.0s"],
    [9_949, "9.9s"],
    [9_950, "10s"],
    [59_499, "59s"],
    [59_500, "1m00s"],
    [252_000, "4m12s"],
    [3_599_400, "59m59s"],
    [3_720_000, "1h02m"],
  ])("%i ms is %s", (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text));
});
