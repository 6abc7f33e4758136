import { gzipSync } from "node:zlib";
import { SAMPLES } from "./mutate";

/** User data of about this many characters that is made to take long. */
export type Family = (size: number) => string;

const SH = "#!/bin/sh\n";
const BASH = "#!/bin/bash\n";
const CONFIG = "#cloud-config\n";

/** A head, and a unit repeated up to the size. */
const repeated =
  (head: string, unit: string, tail = ""): Family =>
  (size) =>
    (head + unit.repeat(Math.max(0, Math.ceil((size - head.length) / unit.length)))).slice(
      0,
      Math.max(head.length, size - tail.length),
    ) + tail;

/** Lines that differ, up to the size. */
const numbered =
  (head: string, line: (index: number) => string, tail: Family = () => "", share = 1): Family =>
  (size) => {
    let text = head;
    for (let index = 0; text.length < size * share; index++) {
      text += line(index);
    }
    return text + tail(size * (1 - share));
  };

const then =
  (unit: string): Family =>
  (size) =>
    unit.repeat(Math.max(1, Math.floor(size / unit.length)));

const packed = (text: string): string => gzipSync(text, { level: 9 }).toString("base64");
const writing = (files: readonly object[], more: object = {}): string =>
  CONFIG + JSON.stringify({ write_files: files, ...more });

/** Files whose gzip opens to a hundred times of what is given, until the size is reached. */
const gzipFiles =
  (path: (index: number) => string, line: string): Family =>
  (size) => {
    const content = packed(line.repeat(Math.ceil(250_000 / line.length)));
    const count = Math.max(1, Math.floor(size / (content.length + 80)));
    return writing(
      Array.from({ length: count }, (_, index) => ({ path: path(index), encoding: "gz+b64", content })),
    );
  };

const mime = (parts: (size: number) => string): Family => {
  const head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n';
  return (size) => `${head}${parts(size - head.length)}\n--x--\n`;
};

const gzipPart = `Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n${packed(
  CONFIG + "- a\n".repeat(60_000),
)}\n--x\n`;

/** A file of configuration, in a cloud-config. */
const file =
  (path: string, content: Family, more: object = {}): Family =>
  (size) =>
    writing([{ path, content: content(size * 0.9) }], more);

/**
 * What is known to make a reader slow: things that multiply, nest, repeat, or come out of little gzip. `repeated` pieces of every kind are
 * tried besides these in the bench.
 */
export const FAMILIES: Readonly<Record<string, Family>> = {
  "gzip of YAML": () => packed(CONFIG + "- a\n".repeat(60_000)),
  "gzip of a script": () => packed(SH + "sysctl -w net.core.somaxconn=1\n".repeat(8000)),
  "gzip of comments": () => packed(SH + `# ${"x".repeat(98)}\n`.repeat(2500)),
  "gzip of nginx files": gzipFiles((index) => `/etc/nginx/conf.d/${index}.conf`, "listen 80 backlog=1;\n"),
  "gzip of sysctl files": gzipFiles((index) => `/etc/sysctl.d/${index}.conf`, "net.core.somaxconn=1\n"),
  "gzip of scripts": gzipFiles((index) => `/etc/rc.d/${index}`, "x\n"),
  "gzip parts of MIME": mime((size) => gzipPart.repeat(Math.max(1, Math.floor(size / gzipPart.length)))),
  "one gzip file of many owners": () =>
    writing([
      {
        path: "/nginx/redis/mysql/php-fpm/haproxy/httpd/postgresql/memcached/puma/gunicorn/varnish/a.conf",
        encoding: "gz+b64",
        content: packed("listen 1 a b c d e f g h i j k l m n backlog=x\n".repeat(2500)),
      },
    ]),
  "brackets of maps": repeated(CONFIG, "{a: "),
  "brackets and explicit keys": repeated(CONFIG, "{ ? a : "),
  "brackets of lists": repeated(CONFIG, "["),
  "lists in lists": repeated(CONFIG, "- "),
  "explicit keys": repeated(CONFIG, "? "),
  "maps by indentation": (size) =>
    CONFIG + Array.from({ length: Math.floor(Math.sqrt(size)) }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
  "a list of one letter": repeated(CONFIG, "- a\n"),
  "a list of nothing": repeated(CONFIG, "-\n"),
  "a list in brackets": repeated(`${CONFIG}a: [`, "a,", "]\n"),
  "brackets in brackets": repeated(CONFIG, "- [[[a]]]\n"),
  "a map in brackets": repeated(`${CONFIG}a: {`, "a:,", "}\n"),
  "a map of nothing": repeated(CONFIG, "a:\n"),
  "a map of names": numbered(CONFIG, (index) => `a${index}:\n`),
  "comments of YAML": repeated(CONFIG, "#\n"),
  "empty lines": repeated(CONFIG, "\n"),
  "a block": repeated(`${CONFIG}a: |\n`, " x\n"),
  "quotes over lines": repeated(`${CONFIG}a: "`, "x\n ", '"\n'),
  "a plain scalar over lines": repeated(`${CONFIG}a: `, "x\n "),
  "a list of lines in quotes": repeated(`${CONFIG}a:\n`, '- "\\u0041\n  b"\n'),
  anchors: repeated(CONFIG, "- &a a\n- *a\n"),
  tags: repeated(CONFIG, "- !!binary aGVsbG8=\n"),
  aliases: (size) => `${CONFIG}a: &a [${"x,".repeat(size / 4)}]\nb: [${"*a,".repeat(size / 6)}]\n`,
  "an alias of scripts": (size) =>
    `#cloud-config-archive\n- &a |\n  #!/bin/sh\n${"  # x\n".repeat(size / 12)}${"- *a\n".repeat(size / 10)}`,
  "merge keys": (size) =>
    `${numbered(`${CONFIG}x: &a {`, (index) => `k${index}: 1, `)(size / 2)}}\n${numbered("", (index) => `y${index}: {<<: *a}\n`)(size / 2)}`,
  "merge keys of a list": repeated(`${CONFIG}x: &a {b: 1}\ny:\n  <<: [`, "1,", "]\n"),
  "commands that nobody knows": repeated(SH, "f\n"),
  "commands whose name is in a variable": repeated(SH, "$a -w net.a.b=1\n"),
  "directories that are made and removed": numbered(SH, (index) => `mkdir /${index}\n`, then("rm a\n"), 0.5),
  "files that may be programs": numbered(`${SH}PATH=/a\n`, (index) => `>/${index}\n`, then("tee\n"), 0.5),
  "functions for other shells": numbered(`${BASH}export -f a\n`, (index) => `f${index}(){ :;}\n`, then("bash -c :\n"), 0.5),
  "commands with words": repeated(SH, "f a b\n"),
  "commands of a list": repeated(`${CONFIG}runcmd:\n`, "- a\n"),
  assignments: repeated(SH, "a=1\n"),
  "one long list of words": repeated(`${SH}f `, "b "),
  pipes: repeated(SH, "a|", "a\n"),
  chains: repeated(SH, "a&&", "a\n"),
  conditions: repeated(SH, "if a; then b; fi\n"),
  "here-documents": repeated(SH, "cat <<A\nA\n"),
  "here-documents that wait": repeated(SH, "cat <<A <<B <<C\n"),
  subshells: repeated(SH, "a=b; (echo $a)\n"),
  "subshells in subshells": repeated(SH, "("),
  substitutions: repeated(SH, "$(a)\n"),
  "substitutions in substitutions": repeated(SH, '"$( '),
  "a loop over much": repeated(`${SH}for a in `, "b ", "; do e $a; done\n"),
  "loops in loops": (size) =>
    `${SH}${Array.from({ length: 12 }, (_, i) => `for a${i} in ${"1 ".repeat(size / 50)}; do `).join("")}x; ${"done; ".repeat(12)}\n`,
  "functions in functions": numbered(SH, (index) => `f${index}() { f${index + 1}; f${index + 1}; }\n`, then("f0\n"), 0.5),
  "a variable that doubles": repeated(`${SH}a=x\n`, "a=$a$a\n"),
  "a variable of much": (size) => `${SH}a=${"x".repeat(size / 2)}\n${"b=$a$a$a\n".repeat(size / 20)}`,
  "a variable of many words": (size) => `${SH}a='${"b ".repeat(size / 4)}'\nf ${"$a ".repeat(size / 6)}\n`,
  "arguments again and again": (size) => `${SH}set -- ${"b ".repeat(size / 4)}\nf ${'"$@" '.repeat(size / 10)}\n`,
  "a file that doubles": repeated(`${SH}echo a=1 > /etc/sysctl.conf\n`, "cat /etc/sysctl.conf /etc/sysctl.conf > /a\ncp /a /etc/sysctl.conf\n"),
  "files of nothing": numbered(SH, (index) => `>/a${index}\n`),
  "sysctl files of nothing": numbered(`${SH}cd /etc/sysctl.d\n`, (index) => `>a${index}.conf\n`),
  "nginx files of nothing": numbered(SH, (index) => `>/nginx${index}\n`),
  "files and then applications": numbered(SH, (index) => `>/a${index}\n`, then("sysctl --system\n"), 0.75),
  "files and then removals": numbered(SH, (index) => `>/a${index}\n`, then("rm -rf /b\n"), 0.5),
  "files and then patterns": numbered(SH, (index) => `>/a${index}\n`, then("rm -f /b*\n"), 0.5),
  "files and then loads": numbered(SH, (index) => `>/a${index}\n`, then("sysctl -p /b/*.conf\n"), 0.5),
  "variables and then subshells": numbered(SH, (index) => `a${index}=1\n`, then("(x)\n"), 0.5),
  "variables and then eval": numbered(SH, (index) => `a${index}=1\n`, then("eval x\n"), 0.5),
  "values and then doubts": numbered(SH, (index) => `sysctl -w vm.a${index}=1\n`, then("sysctl -w $x=1\n"), 0.5),
  "lines and then applications": repeated(SH, "echo net.core.somaxconn=1 >> /etc/sysctl.conf\nsysctl -p\n"),
  "files and applications": repeated(SH, "echo vm.a=1 > /etc/sysctl.d/$RANDOM.conf\nsysctl --system\n"),
  "doubts and applications": repeated(SH, "if x; then echo net.core.somaxconn=1 >> /etc/sysctl.conf; fi\nsysctl -p\n"),
  "applications of nothing": repeated(SH, "sysctl --system\n"),
  "files that sed edits": repeated(`${SH}sed -i `, "/etc/nginx "),
  "words of sudo": repeated(SH, "sudo "),
  servers: repeated(SH, "gunicorn --backlog 5\n"),
  containers: repeated(SH, "docker run --sysctl net.core.somaxconn=1\n"),
  "a sysctl file of keys": file("/etc/sysctl.d/a.conf", numbered("", (index) => `vm.a${index}=1\n`), {
    runcmd: ["sysctl --system"],
  }),
  "a sysctl file of globs": file("/etc/sysctl.d/a.conf", numbered("", (index) => `vm.a${index}=1\nvm.a${index}*=2\n`)),
  "a sysctl file of stars": file("/etc/sysctl.d/a.conf", numbered("", (index) => `vm.${"a".repeat(400)}${index}=1\nvm.${"*a".repeat(400)}b=1\n`)),
  "a sysctl file of braces": file("/etc/sysctl.d/a.conf", repeated("", "net.ipv4.conf.*{a,b}{c,d}{e,f}{g,h}.x=1\n")),
  "a file of rc.local": file("/etc/rc.local", repeated("", "x net.core.somaxconn\n")),
  "a file of sysctl words": file("/etc/rc.local", repeated("", `${"sysctl".repeat(32)} -`)),
  "code of sysctl words": repeated(`${SH}eval '`, `${"sysctl".repeat(32)} -`, "'\n"),
  "parts of nothing": mime(then("--x\n")),
  "parts of little": mime(then("\n#cloud-config\na: 1\n--x\n")),
  "parts of merging": mime(then("\n#cloud-config\nmerge_how: list(append)+dict(recurse_list)\nruncmd: [a]\n--x\n")),
  "parts of scripts": mime(then("\n#!/bin/sh\n--x\n")),
  "documents in documents": (size) =>
    `MIME-Version: 1.0\n${'Content-Type: multipart/mixed; boundary="x"\n\n--x\n'.repeat(size / 50)}`,
  "headers without end": repeated("MIME-Version: 1.0\n", " a\n"),
  "quoted-printable": mime((size) => `Content-Transfer-Encoding: quoted-printable\n\n${"=?".repeat(size / 2)}`),
  "an archive of scripts": repeated("#cloud-config-archive\n", "- '#!/bin/sh'\n"),
  "merge_how of much": repeated(`${CONFIG}merge_how: "`, "dict()+", '"\na: 1\n'),
}; // prettier-ignore

/** Heads under which a piece is repeated, with what every line of it must begin with. */
export const HEADS: Readonly<Record<string, readonly [head: string, indent: string]>> = {
  script: [SH, ""],
  bash: ["#!/bin/bash\n", ""],
  "cloud-config": [CONFIG, ""],
  runcmd: [`${CONFIG}runcmd:\n - |\n   `, "   "],
  "sysctl file": [
    `${CONFIG}runcmd: [sysctl --system]\nwrite_files:\n - path: /etc/sysctl.d/a.conf\n   content: |\n     `,
    "     ",
  ],
  "nginx file": [`${CONFIG}write_files:\n - path: /etc/nginx/redis/my.cnf\n   content: |\n     `, "     "],
  archive: ["#cloud-config-archive\n- |\n  #!/bin/sh\n  ", "  "],
  mime: ['MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n', ""],
};

/** A piece repeated to the size in one kind of document. */
export function filled([head, indent]: readonly [string, string], piece: string, size: number): string {
  return repeated(head, piece.replaceAll("\n", `\n${indent}`))(size);
}

/** A sample with its own body again and again. */
export function repeatedSample(index: number, size: number): string {
  const sample = SAMPLES[index % SAMPLES.length] ?? "";
  const body = sample.slice(sample.indexOf("\n") + 1);
  return repeated(sample, body === "" ? "\n" : body)(size);
}
