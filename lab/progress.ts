import { stripVTControlCharacters } from "node:util";

/** Runs steps of work and shows one line for each. */
export interface Progress {
  /**
   * Runs one step. Its line is printed when the step ends, with the elapsed time; while it runs, `note` says what it is
   * at. Steps may run inside each other and at the same time.
   *
   * @returns what `run` returns; what `run` throws is thrown after its line says `fail`.
   */
  step<T>(title: string, run: (note: (detail: string) => void) => Promise<T>): Promise<T>;
}

/** A {@link Progress} that shares its stream with other text. */
export interface ProgressPrinter extends Progress {
  /** Prints text on lines of its own, without tearing the running line of a terminal. */
  print(text: string): void;
}

/** What a progress needs of its stream: any writable, and the properties of a terminal when it is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface RunningStep {
  readonly title: string;
  readonly since: number;
  note: string;
  /** When the last line about it was printed (without a terminal). */
  told: number;
}

/** Without a terminal a step speaks up only when it takes this long, and again after the same time. Milliseconds. */
const FIRST_WORD = 10_000;
const NEXT_WORD = 15_000;
const REDRAW = 200;
const CLEAR_LINE = "\r\x1b[2K";

/** Shows progress on a stream: in place on a terminal, otherwise only finished steps and signs of life of long ones. */
export function createProgress(stream: ProgressStream = process.stderr): ProgressPrinter {
  const terminal = stream.isTTY === true;
  const running: RunningStep[] = [];
  let timer: NodeJS.Timeout | undefined;
  let drawn = false;

  const clear = () => {
    if (drawn) {
      stream.write(CLEAR_LINE);
      drawn = false;
    }
  };
  const draw = () => {
    const step = running.at(-1);
    if (terminal && step) {
      const text = `  ..  ${step.title}  (${formatElapsed(Date.now() - step.since)})${step.note && `  ${step.note}`}`;
      // One column stays free: a full line would wrap, and only its last part could be cleared.
      stream.write(
        CLEAR_LINE +
          Array.from(text)
            .slice(0, Math.max(10, (stream.columns ?? 80) - 1))
            .join(""),
      );
      drawn = true;
    }
  };
  const print = (text: string) => {
    clear();
    stream.write(text.endsWith("\n") ? text : `${text}\n`);
    draw();
  };
  const tick = () => {
    if (terminal) {
      draw();
      return;
    }
    const now = Date.now();
    for (const step of running) {
      if (now - step.since >= FIRST_WORD && now - step.told >= (step.told === 0 ? 0 : NEXT_WORD)) {
        step.told = now;
        print(`  ..  ${step.title}  (${formatElapsed(now - step.since)})${step.note && `  ${step.note}`}`);
      }
    }
  };

  return {
    print,
    async step(title, run) {
      const step: RunningStep = { title: oneLine(title), since: Date.now(), note: "", told: 0 };
      running.push(step);
      timer ??= setInterval(tick, terminal ? REDRAW : 1_000).unref();
      draw();
      const end = (verdict: string) => {
        running.splice(running.indexOf(step), 1);
        if (running.length === 0) {
          clearInterval(timer);
          timer = undefined;
        }
        print(`${verdict.padStart(4)}  ${step.title}  (${formatElapsed(Date.now() - step.since)})`);
      };
      try {
        const result = await run((detail) => (step.note = oneLine(detail)));
        end("ok");
        return result;
      } catch (error) {
        end("fail");
        throw error;
      }
    },
  };
}

/** A duration for people: `0.4s`, `12s`, `4m12s`, `1h02m`. @param milliseconds zero or more. */
export function formatElapsed(milliseconds: number): string {
  if (milliseconds < 9_950) {
    return `${(milliseconds / 1_000).toFixed(1)}s`;
  }
  const seconds = Math.round(milliseconds / 1_000);
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds < 60) {
    return `${seconds}s`;
  }
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
    : `${Math.floor(seconds / 3_600)}h${two(Math.floor((seconds % 3_600) / 60))}m`;
}

/** Notes quote the output of other programs: nothing in them may move the cursor. */
function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}
