import { gzipSync } from "node:zlib";
import fc from "fast-check";

/** The keys that generated user data is about. All belong to one network namespace. */
export const WATCHED_KEYS = [
  "net.core.somaxconn",
  "net.ipv4.tcp_max_syn_backlog",
  "net.ipv4.tcp_synack_retries",
] as const;

const FILES = [
  "/etc/sysctl.d/10-a.conf",
  "/etc/sysctl.d/50-b.conf",
  "/etc/sysctl.d/99-z.conf",
  "/etc/sysctl.conf",
  "/run/sysctl.d/60-r.conf",
  "/etc/sysctl.d/not-conf",
];

const key = fc.constantFrom(...WATCHED_KEYS, WATCHED_KEYS[0]);
const number = fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 255 })).map(String);
const value = fc.oneof(
  { weight: 12, arbitrary: number },
  { weight: 1, arbitrary: fc.constantFrom("99999999999", "-1", "10k", "x") },
);
const file = fc.constantFrom(...FILES);
const pair = fc.tuple(key, value).map(([k, v]) => `${k}=${v}`);
const line = fc
  .tuple(key, value, fc.constantFrom("=", " = ", "  =\t"), fc.constantFrom("", "-"))
  .map(([k, v, equals, minus]) => `${minus}${k}${equals}${v}`);
const lines = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: line },
    { weight: 1, arbitrary: fc.constantFrom("# a comment", "", "; x=1") },
  ),
  { minLength: 1, maxLength: 3 },
);
const quote = fc.constantFrom<(text: string) => string>(
  (text) => `'${text}'`,
  (text) => `"${text}"`,
);
const arrow = fc.constantFrom(">", ">>", ">", ">>", ">|");

const set = fc.oneof(
  fc
    .tuple(fc.constantFrom("sysctl -w", "sysctl", "sysctl -qw", "/sbin/sysctl -e -w"), pair)
    .map(([c, p]) => `${c} ${p}`),
  fc.tuple(pair, pair).map(([a, b]) => `sysctl -w "${a}" '${b}'`),
  fc.tuple(key, value).map(([k, v]) => `echo ${v} > /proc/sys/${k.replaceAll(".", "/")}`),
);
const put = fc.oneof(
  fc.tuple(quote, line, arrow, file).map(([q, l, a, f]) => `echo ${q(l)} ${a} ${f}`),
  fc.tuple(key, value, file).map(([k, v, f]) => `printf '%s = %s\\n' ${k} ${v} >> ${f}`),
  fc.tuple(line, file).map(([l, f]) => `printf "${l}\\n" > ${f}`),
  fc.tuple(lines, arrow, file).map(([l, a, f]) => `cat ${a} ${f} <<'END'\n${l.join("\n")}\nEND`),
  fc
    .tuple(lines, file)
    .map(([l, f]) => `cat <<-END >> ${f}\n${l.map((text) => `\t${text}`).join("\n")}\n\tEND`),
  fc
    .tuple(line, fc.constantFrom("tee", "sudo tee -a"), file)
    .map(([l, t, f]) => `echo '${l}' | ${t} ${f} >/dev/null`),
  fc.tuple(lines, file).map(([l, f]) => `{\n${l.map((text) => `  echo "${text}"`).join("\n")}\n} > ${f}`),
  fc.tuple(file, file).map(([a, b]) => `cat ${a} >> ${b}`),
);
const apply = fc.oneof(
  { weight: 3, arbitrary: file.map((f) => `sysctl -p ${f}`) },
  { weight: 3, arbitrary: fc.constantFrom("sysctl --system", "sysctl -p", "sysctl -p --system") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("systemctl restart systemd-sysctl", "systemctl restart procps.service"),
  },
  { weight: 1, arbitrary: fc.tuple(file, file).map(([a, b]) => `sysctl -e -p ${a} ${b}`) },
  { weight: 1, arbitrary: lines.map((l) => `sysctl -p - <<X\n${l.join("\n")}\nX`) },
);
const change = fc.oneof(
  file.map((f) => `rm -f ${f}`),
  fc.tuple(file, file).map(([a, b]) => `mv ${a} ${b}`),
  fc.tuple(file, file).map(([a, b]) => `cp ${a} ${b}`),
  fc.tuple(file, number).map(([f, n]) => `sed -i 's/[0-9][0-9]*/${n}/' ${f}`),
  file.map((f) => `: > ${f}`),
);
const plain = fc.oneof(
  { weight: 5, arbitrary: set },
  { weight: 5, arbitrary: put },
  { weight: 5, arbitrary: apply },
  { weight: 1, arbitrary: change },
);

const variable = fc.oneof(
  fc.tuple(number, key).map(([n, k]) => `N=${n}\nsysctl -w ${k}=$N`),
  fc.tuple(number, key, file).map(([n, k, f]) => `N="${n}"; echo "${k} = \${N}" >> ${f}`),
  fc.tuple(number, key).map(([n, k]) => `export N=${n}; unset N; sysctl -w "${k}=$N"`),
  fc.tuple(number, key).map(([n, k]) => `sysctl -w ${k}=$(echo ${n})`),
  fc.tuple(number, key).map(([n, k]) => `N=\`expr ${n} + 1\`\nsysctl -w ${k}=$N`),
  fc.tuple(pair, pair).map(([a, b]) => `ALL="${a} ${b}"\nsysctl -w $ALL`),
  fc.tuple(number, key).map(([n, k]) => `sysctl -w ${k}=\${NONE:-${n}}`),
  fc.tuple(number, number, key).map(([a, b, k]) => `N=${a}; (N=${b}; sysctl -w ${k}=$N); sysctl -w ${k}=$N`),
);
const shape = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom("true", "false", "[ -f /etc/sysctl.conf ]", ":"), inner)
      .map(([c, s]) => `if ${c}; then\n${s}\nfi`),
    fc.tuple(inner, inner).map(([a, b]) => `if [ -d /nowhere ]; then\n${a}\nelse\n${b}\nfi`),
    fc
      .tuple(fc.constantFrom("true &&", "false &&", "true ||", "false ||", "! true ||", "test -e /x &&"), set)
      .map(([c, s]) => `${c} ${s}`),
    fc.tuple(set, set).map(([a, b]) => `${a} && ${b}`),
    fc
      .tuple(fc.array(pair, { minLength: 1, maxLength: 2 }))
      .map(([p]) => `for s in ${p.join(" ")}; do sysctl -w $s; done`),
    fc
      .tuple(
        key,
        fc.array(number, { minLength: 0, maxLength: 3 }),
        fc.constantFrom(
          "",
          "break",
          "continue",
          "[ -e /etc ] && break",
          "[ -e /nowhere ] && continue",
          "if [ -d /etc ]; then continue; fi",
          "{ [ -e /nowhere ] && break; true; } &&",
          "(break);",
          "for m in 1 2; do break; done",
          "for m in 1 2; do break 2; done",
          "for m in 1 2; do [ -e /etc ] && continue 2; done",
          "while [ -e /etc ]; do break; done",
          "exit 0",
          "f",
        ),
        fc.boolean(),
      )
      .map(
        ([k, numbers, jump, first]) =>
          `f() { break; }\nfor n in ${numbers.join(" ")}; do\n${first ? "" : `sysctl -w ${k}=$n\n`}${jump}\n${first || jump.endsWith("&&") ? `sysctl -w ${k}=$n\n` : ""}done`,
      ),
    fc
      .tuple(number, number, file)
      .map(([a, b, f]) => `set -- ${a} ${b}\nfor n; do echo "net.core.somaxconn=$n"; done >> ${f}`),
    pair.map((p) => `for w in sysctl; do $w -w ${p}; done`),
    fc
      .tuple(fc.constantFrom("a", "b"), inner, inner)
      .map(([w, a, b]) => `case ${w} in\n  a) ${a}\n;;\n  *) ${b}\n;;\nesac`),
    inner.map((s) => `while false; do\n${s}\ndone`),
    fc.tuple(inner, fc.boolean()).map(([s, call]) => `f() {\n${s}\n}${call ? "\nf" : ""}`),
    inner.map((s) => `(\n${s}\n)`),
    pair.map((p) => `sh -c 'sysctl -w "$1"' name ${p}`),
    pair.map((p) => `bash -c "sysctl -w ${p}"`),
    pair.map((p) => `set -- x ${p}; shift; sysctl -w "$@"`),
    pair.map((p) => `# sysctl -w ${p}\necho "sysctl -w ${p}" 'x; sysctl -w ${p}'`),
    fc.constantFrom(
      "set -e\ntrue\nset +e",
      "set -e; false",
      "set +e",
      "false",
      "cd /etc",
      "exit 0",
      "[ -e /etc ] && exit",
    ),
    pair.map((p) => `eval "sysctl -w ${p}"`),
    lines.map((l) => `for f in 20-x; do\ncat > /etc/sysctl.d/$f.conf <<E\n${l.join("\n")}\nE\ndone`),
    fc
      .tuple(line, line)
      .map(([a, b]) => `cd /etc/sysctl.d\necho '${a}' > 30-c.conf; echo '${b}' >> ./30-c.conf\ncd /`),
    fc
      .tuple(lines, file)
      .map(
        ([l, f]) =>
          `cat > /opt/t.sh <<'T'\n#!/bin/sh\ncat > ${f} <<'E'\n${l.join("\n")}\nE\nsysctl --system\nT\nchmod +x /opt/t.sh\n/opt/t.sh`,
      ),
  );
const statement = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 2, arbitrary: variable },
  { weight: 2, arbitrary: shape(plain) },
  { weight: 1, arbitrary: shape(shape(plain)) },
);
const statements = fc.array(statement, { minLength: 1, maxLength: 6 });

const script = fc
  .tuple(fc.constantFrom("#!/bin/sh", "#!/bin/bash", "#!/bin/dash -x", "#!/usr/bin/env bash"), statements)
  .map(([first, body]) => `${first}\n${body.join("\n")}\n`);

const writtenFile = fc
  .tuple(file, lines, fc.boolean(), fc.boolean(), fc.constantFrom("", "", "b64", "gz+b64"))
  .map(([path, content, append, defer, encoding]) => {
    const text = `${content.join("\n")}\n`;
    return {
      path,
      content:
        encoding === "" ? text : (encoding === "b64" ? Buffer.from(text) : gzipSync(text)).toString("base64"),
      ...(append ? { append } : {}),
      ...(defer ? { defer } : {}),
      ...(encoding === "" ? {} : { encoding }),
    };
  });
const command = fc.oneof(
  { weight: 4, arbitrary: statement },
  { weight: 1, arbitrary: pair.map((p) => ["sysctl", "-w", p]) },
  { weight: 1, arbitrary: plain.map((s) => ["sh", "-c", s]) },
);
const cloudConfig = fc
  .record(
    {
      write_files: fc.array(writtenFile, { minLength: 1, maxLength: 3 }),
      bootcmd: fc.array(fc.oneof(set, put, apply), { minLength: 1, maxLength: 2 }),
      runcmd: fc.array(command, { minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: ["runcmd"] },
  )
  .map((document) => `#cloud-config\n${JSON.stringify(document, null, 1)}\n`);
const boothook = fc
  .tuple(fc.constantFrom("\n", "\n\n"), script)
  .map(([gap, text]) => `#cloud-boothook${gap}${text}`);

type Part = readonly [text: string, name: string | undefined];
const fileName = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom("10-a.sh", "part-002", "zz.sh", "runcme", "runcmf") },
);
const named = (text: fc.Arbitrary<string>): fc.Arbitrary<Part> => fc.tuple(text, fileName);
const part = named(
  fc.oneof(
    { weight: 4, arbitrary: script },
    { weight: 4, arbitrary: cloudConfig },
    { weight: 2, arbitrary: boothook },
  ),
);

const typeOf = (text: string): string =>
  text.startsWith("#!")
    ? "text/x-shellscript"
    : text.startsWith("#cloud-boothook")
      ? "text/cloud-boothook"
      : text.startsWith("#cloud-config-archive")
        ? "text/cloud-config-archive"
        : "text/cloud-config";

const archive = fc
  .array(fc.tuple(part, fc.constantFrom("string", "sniffed", "typed")), { minLength: 1, maxLength: 3 })
  .map((items) => {
    const entries = items.map(([[content, filename], how]) =>
      how === "string"
        ? content
        : {
            ...(how === "typed" ? { type: typeOf(content) } : {}),
            ...(filename === undefined ? {} : { filename }),
            content,
          },
    );
    return `#cloud-config-archive\n${JSON.stringify(entries, null, 1)}\n`;
  });

const quoted = (text: string): string =>
  text.replace(
    /[=\t]|[^\x20-\x7e\n]/g,
    (sign) => `=${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
/** Ways in which a part can stand in a MIME document. */
const carried = fc.constantFrom<(part: Part) => string>(
  ([text, name]) => carry(typeOf(text), name, "", text),
  ([text, name]) => carry("text/plain", name, "", text),
  ([text, name]) =>
    carry(typeOf(text), name, "Content-Transfer-Encoding: base64\n", wrapped(Buffer.from(text))),
  ([text, name]) => carry(typeOf(text), name, "Content-Transfer-Encoding: quoted-printable\n", quoted(text)),
  ([text, name]) =>
    carry("application/gzip", name, "Content-Transfer-Encoding: base64\n", wrapped(gzipSync(text))),
);
const carry = (type: string, name: string | undefined, header: string, body: string): string => {
  const disposition = name === undefined ? "" : `Content-Disposition: attachment; filename="${name}"\n`;
  return `Content-Type: ${type}\nMIME-Version: 1.0\n${disposition}${header}\n${body}\n`;
};
const wrapped = (bytes: Buffer): string => bytes.toString("base64").replace(/.{76}/g, "$&\n");

const leaf = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: part }, { weight: 1, arbitrary: named(archive) }), carried)
  .map(([one, way]) => way(one));
const document = (leaves: fc.Arbitrary<string>, boundary: string): fc.Arbitrary<string> =>
  fc
    .array(leaves, { minLength: 1, maxLength: 3 })
    .map(
      (parts) =>
        `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${parts.map((one) => `--${boundary}\n${one}`).join("")}--${boundary}--\n`,
    );
const multipart = document(leaf, "=b=");
const nested = document(
  fc.oneof({ weight: 2, arbitrary: leaf }, { weight: 1, arbitrary: document(leaf, "=inner=") }),
  "=outer=",
);

const plainForm = fc.oneof(
  { weight: 4, arbitrary: script },
  { weight: 4, arbitrary: cloudConfig },
  { weight: 1, arbitrary: boothook },
  { weight: 2, arbitrary: archive },
  { weight: 2, arbitrary: multipart },
  { weight: 1, arbitrary: nested },
);

/** User data in every form that is read, as people write it and as they should not: plain, in base64, and in base64 of gzip. */
export const userData = fc.oneof(
  { weight: 6, arbitrary: plainForm },
  { weight: 1, arbitrary: plainForm.map((text) => Buffer.from(text).toString("base64")) },
  { weight: 1, arbitrary: plainForm.map((text) => gzipSync(text).toString("base64")) },
); // prettier-ignore
