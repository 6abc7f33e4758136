import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(__dirname, "../samples");

/** Every sample of user data. */
export const SAMPLES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => readFileSync(join(FOLDER, name), "utf8"));

/** Pieces that mean something to one of the readers. */
export const PIECES: readonly string[] = [
  "#cloud-config\n", "#!/bin/sh\n", "#!/bin/bash\n", "#cloud-boothook\n", "#cloud-config-archive\n", "## template: jinja\n",
  "MIME-Version: 1.0\n", 'Content-Type: multipart/mixed; boundary="x"\n\n', "--x\n", "--x--\n", "Content-Transfer-Encoding: base64\n",
  "runcmd:\n", "bootcmd:\n", "write_files:\n", " - path: /etc/sysctl.d/a.conf\n", "   content: |\n", "   encoding: gz+b64\n",
  "merge_how: ", "&a ", "*a ", "<<: ", "!!binary ", "? ", "- ", ": ", "{", "}", "[", "]", "|", ">", "&", ";", "\n", " ", "\t",
  "sysctl -w net.core.somaxconn=1\n", "sysctl --system\n", "sysctl -p -\n", "cat <<E >> /etc/sysctl.conf\n", "E\n", "<<-'E'\n",
  "net.core.somaxconn = 5\n", "net.*.somaxconn=2\n", "if true; then\n", "fi\n", "else\n", "case x in\n", "esac\n", "for a in b; do\n", "done\n",
  "f() {\n", "f\n", "'", '"', "`", "$(", ")", "${", "$a", "$@", "\\", "\0", "\r\n", "\uE000", "\uFEFF", "é", "&&", "||", "listen 80 backlog=",
  "tcp-backlog 5\n", "gunicorn --backlog 5\n", "docker run --sysctl net.core.somaxconn=1\n", "eval ", "exec ", "sudo ", "sh -c ", "set -- ",
]; // prettier-ignore

/** A generator of 32-bit numbers (xorshift): fast, and the same from the same seed. */
export function numbers(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** A sample, mutated. */
export function mutant(next: () => number): string {
  return mutated(next() % 8 === 0 ? "" : (SAMPLES[next() % SAMPLES.length] ?? ""), next);
}

/** A text with pieces put in, taken out, doubled and moved. */
export function mutated(whole: string, next: () => number): string {
  const pick = (list: readonly string[]): string => list[next() % list.length] ?? "";
  let text = whole;
  for (let changes = 1 + (next() % 3); changes > 0; changes--) {
    const at = next() % (text.length + 1);
    const length = next() % 40;
    switch (next() % 6) {
      case 0:
        text = text.slice(0, at) + text.slice(at + length);
        break;
      case 1:
        text =
          text.slice(0, at) + text.slice(at, at + length).repeat(1 + (next() % 8)) + text.slice(at + length);
        break;
      case 2:
        text = text.slice(0, at) + String.fromCharCode(next() % 256) + text.slice(at + 1);
        break;
      case 3: {
        const other = pick(SAMPLES);
        const from = next() % (other.length + 1);
        text = text.slice(0, at) + other.slice(from, from + 4 * length) + text.slice(at);
        break;
      }
      default:
        text = text.slice(0, at) + pick(PIECES).repeat(next() % 16 === 0 ? 50 : 1) + text.slice(at);
    }
  }
  return text;
}
