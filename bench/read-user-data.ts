// tsx bench/read-user-data.ts: the slowest user data of 16 KB that could be found must be read in under 50 ms.
//
// Every piece and pair of pieces that means something to a reader is repeated to the full size, in every kind of document; the slowest of
// them are measured again, and against twice the size: linear time doubles.
import { gzipSync } from "node:zlib";
import { readUserData } from "../cloudinit";
import { USER_DATA_LIMIT } from "../cloudinit/limits";
import { PIECES, SAMPLES } from "../test/cloudinit/read/support/mutate";

const BOUND_MS = 50;
const HEADS: Readonly<Record<string, readonly [head: string, indent: string]>> = {
  script: ["#!/bin/sh\n", ""],
  bash: ["#!/bin/bash\n", ""],
  "cloud-config": ["#cloud-config\n", ""],
  runcmd: ["#cloud-config\nruncmd:\n - |\n   ", "   "],
  "sysctl file": [
    "#cloud-config\nruncmd: [sysctl --system]\nwrite_files:\n - path: /etc/sysctl.d/a.conf\n   content: |\n     ",
    "     ",
  ],
  "nginx file": [
    "#cloud-config\nwrite_files:\n - path: /etc/nginx/redis/my.cnf\n   content: |\n     ",
    "     ",
  ],
  archive: ["#cloud-config-archive\n- |\n  #!/bin/sh\n  ", "  "],
  mime: ['MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n', ""],
};
const EXTRA = [
  "echo net.core.somaxconn=1 >> /etc/sysctl.conf\nsysctl -p\n",
  "echo vm.a=1 > /etc/sysctl.d/$RANDOM.conf\nsysctl --system\n",
  "if x; then echo net.core.somaxconn=1 >> /etc/sysctl.conf; fi\nsysctl -p\n",
  "a=$a$a\n",
  "a=b; (echo $a)\n",
  "listen 1 a b c d e f g h i j k l m n backlog=x ",
  "net.ipv4.conf.{a,b}{c,d}{e,f}.x=1\n",
  "- [a, b]\n",
  "- path: /etc/sysctl.d/b.conf\n  content: a=1\n",
  "cp /etc/a /etc/b; cat /etc/b >> /etc/a\n",
  "x=1 ",
  "[[ a ]] && ",
  "cat <<A <<B <<C\n",
  "{ ",
  "( ",
  '"$( ',
  "\\\n",
  "=?",
];

interface Timed {
  readonly name: string;
  readonly text: string;
  readonly ms: number;
}

function time(text: string, rounds: number): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    readUserData(text);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function filled([head, indent]: readonly [string, string], piece: string, size: number): string {
  const unit = piece.replaceAll("\n", `\n${indent}`);
  return (head + unit.repeat(Math.ceil(size / unit.length))).slice(0, size);
}

function main(): void {
  for (const sample of SAMPLES) {
    time(sample, 3);
  }
  const units = [...PIECES, ...EXTRA];
  const found: Timed[] = [];
  for (const [kind, head] of Object.entries(HEADS)) {
    for (const [index, unit] of units.entries()) {
      // A neighbour in the list makes a pair: all pairs would take an hour.
      for (const piece of [unit, unit + (units[(index * 7 + 3) % units.length] ?? "")]) {
        const text = filled(head, piece, USER_DATA_LIMIT);
        found.push({ name: `${kind}: ${JSON.stringify(piece)}`, text, ms: time(text, 1) });
      }
    }
  }
  for (const sample of SAMPLES) {
    const text = sample + sample.slice(sample.indexOf("\n") + 1).repeat(200);
    found.push({
      name: "a sample, repeated",
      text: text.slice(0, USER_DATA_LIMIT),
      ms: time(text.slice(0, USER_DATA_LIMIT), 1),
    });
  }
  const packed = gzipSync(`#!/bin/sh\n${"sysctl -w net.core.somaxconn=1\n".repeat(8000)}`).toString("base64");
  found.push({ name: "gzip of 248 KB", text: packed, ms: time(packed, 1) });
  const slowest = found
    .sort((a, b) => b.ms - a.ms)
    .slice(0, 12)
    .map((one) => ({ ...one, ms: time(one.text, 5) }))
    .sort((a, b) => b.ms - a.ms);
  for (const { name, text, ms } of slowest) {
    const double = time(text + text.slice(text.indexOf("\n") + 1), 3);
    const over = ms > BOUND_MS ? "  OVER THE BOUND" : "";
    console.log(
      `${ms.toFixed(1)} ms (bound ${BOUND_MS}; twice the text: x${(double / ms).toFixed(1)})  ${name.slice(0, 100)}${over}`,
    );
  }
  console.log(
    `${found.length} inputs of ${USER_DATA_LIMIT} bytes; slowest ${slowest[0]?.ms.toFixed(1) ?? "?"} ms`,
  );
  process.exitCode = (slowest[0]?.ms ?? 0) > BOUND_MS ? 1 : 0;
}

main();
