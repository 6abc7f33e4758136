/** What a command has written: each stream alone, and both as they came. */
export class Output {
  private readonly stdout: Buffer[] = [];
  private readonly stderr: Buffer[] = [];
  private readonly both: Buffer[] = [];

  add(stream: "stdout" | "stderr", chunk: Buffer): void {
    this[stream].push(chunk);
    this.both.push(chunk);
  }

  /** Both streams, in the order in which they came. */
  mixed(): string {
    return Buffer.concat(this.both).toString("utf8");
  }

  /** What becomes outputs of the resource: without the one newline that almost every command ends with. */
  trimmed(): { stdout: string; stderr: string } {
    return { stdout: trimNewline(this.stdout), stderr: trimNewline(this.stderr) };
  }
}

function trimNewline(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8").replace(/\n$/, "");
}

/** Cuts what comes in pieces into whole lines. The two streams share one, as in the real provider. */
export class Lines {
  private rest = "";
  private readonly decoder = new TextDecoder();

  constructor(private readonly emit: (line: string) => void) {}

  add(chunk: Buffer): void {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split("\n");
    this.rest = lines.pop() ?? "";
    lines.forEach((line) => this.emit(line.replace(/\r$/, "")));
  }

  end(): void {
    if (this.rest !== "") {
      this.emit(this.rest);
      this.rest = "";
    }
  }
}
