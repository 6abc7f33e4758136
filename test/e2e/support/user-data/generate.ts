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
/** One of these, with a setting, a pair, a value, a file and a statement put in. */
const filledIn = (templates: readonly string[], inner: fc.Arbitrary<string> = plain): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...templates), pair, number, file, inner, key).map(([template, p, n, f, s, k]) =>
    template
      .replaceAll("PAIR", () => p)
      .replaceAll("NUMBER", () => n)
      .replaceAll("FILE", () => f)
      .replaceAll("STATEMENT", () => s)
      .replaceAll("KEY", () => k)
      .replaceAll("PROC", () => `/proc/sys/${k.replaceAll(".", "/")}`),
  );

/** What a shell does besides running one command after the other. */
const shellsOwn = filledIn([
  "trap 'sysctl -w PAIR' EXIT",
  "trap 'sysctl -w PAIR' 0 INT TERM",
  "f() { sysctl -w PAIR; }\ntrap f EXIT",
  "trap 'exit 3' EXIT",
  "trap - EXIT",
  "trap 'echo failed; exit 1' ERR\nfalse",
  "trap 'sysctl -w PAIR' ERR\nfalse",
  "trap 'sysctl -w PAIR' DEBUG\nSTATEMENT",
  "(trap 'sysctl -w PAIR' EXIT; STATEMENT\n)",
  "[ -e /etc ] && trap 'sysctl -w PAIR' EXIT",
  "IFS=,",
  "IFS=''",
  "IFS=$'\\n\\t'",
  "IFS=' '",
  "unset IFS",
  "N='PAIR PAIR'\nsysctl -w $N",
  "N=NUMBER,7\nfor n in $N; do sysctl -w KEY=$n; done",
  "set -- PAIR PAIR\nsysctl -w $*",
  'set -- PAIR\nsysctl -w "$*"',
  "set -C",
  "set +C",
  "set -o noclobber",
  "set -u",
  "set -eu\nset +e; echo $NONE",
  "set -u\necho ${NONE:-x}",
  "set -u\nN=1; unset N; echo $N",
  "set -u; echo $1",
  "set -n",
  "[ -e /nowhere ] && set -n",
  "set -euo pipefail\nset +e",
  "set NUMBER NUMBER\nsysctl -w KEY=$2",
  "set -e NUMBER\nset +e; sysctl -w KEY=$1",
  "shift",
  "alias sysctl=true",
  "alias s='sysctl -w'\ns PAIR",
  "shopt -s expand_aliases\nalias sysctl=:\nsysctl -w PAIR",
  "return",
  "f() { return; STATEMENT\n}\nf",
  "f() { [ -e /etc ] && return 0; STATEMENT\n}\nf",
  "f() { [ -e /nowhere ] && exit; return; }\nf\nSTATEMENT",
  "exec true",
  "[ -e /nowhere ] && exec true",
  "N=5; f() { local N=NUMBER; }; f; sysctl -w KEY=$N",
  "N=5; f() { local N; sysctl -w KEY=$N; }; f",
  "N=5; f() { N=NUMBER; }; (f); sysctl -w KEY=$N; f; sysctl -w KEY=$N",
  "readonly N=5; N=6\nsysctl -w PAIR",
  "f() { STATEMENT\n}\n(f() { sysctl -w PAIR; })\nf",
  "if [ -e /etc ]; then f() { sysctl -w PAIR; }; else f() { STATEMENT\n}; fi\nf",
  "f() { sysctl -w PAIR; }\nunset -f f\nf",
  "a=(1 2)\nsysctl -w PAIR",
  "N=abc; M=${N//a/b}\nsysctl -w PAIR",
  "N=abc; M=${N%c}\nsysctl -w PAIR",
  "function g { sysctl -w PAIR; }\ng",
  "N=1; ((N=NUMBER)); sysctl -w KEY=$N",
  "N=1; : $((N=NUMBER)); sysctl -w KEY=$N",
  "N=1; let N+=NUMBER; sysctl -w KEY=$N",
  "N=; : ${N:=NUMBER}; sysctl -w KEY=$N",
  "[[ a =~ (a|b) ]] && sysctl -w PAIR",
  "for ((i=0;i<2;i++)); do sysctl -w KEY=$i; done",
  "cat <(echo x) >/dev/null\nsysctl -w PAIR",
  "N=$(sysctl -w PAIR)",
  'N="$(echo PAIR > FILE)"',
  "N=`sysctl -w PAIR; echo x`",
  "f() { sysctl -w PAIR; }\nN=$(f)",
  "echo $(exit 0) $(cd /etc)\nSTATEMENT",
  "sudo exit 0",
  "env cd /etc; command cd /tmp; nohup set -e",
  "env -S 'sysctl -w PAIR'",
  "env -C /etc tee -a sysctl.conf <<E\nPAIR\nE",
  "cd /tmp; cd -; cd /etc/sysctl.d; cd -; echo PAIR > etc/sysctl.d/35-d.conf",
  "cd /etc/sysctl.d; cd ..; echo PAIR > sysctl.conf",
  "pushd /etc/sysctl.d; echo PAIR > 35-d.conf; popd; echo PAIR > 36-d.conf",
  "set -e; f() { false; sysctl -w PAIR; }; f && true; set +e",
  "set -e; f() { false; sysctl -w PAIR; }; if f; then :; fi; set +e",
  "set -e; f() { false; sysctl -w PAIR; }; f",
  "set -e; ! true; (false) || :; false | true; set +e\nsysctl -w PAIR",
  "set -e; N=$(false)",
  "export PATH=/usr/local/bin:/usr/bin",
  "export PATH=$PATH:/opt/bin",
  "kill $$",
  "{ sysctl -w PAIR; exit; } &\nwait\nsysctl -w PAIR",
  "(sleep 0.1; sysctl -w PAIR) &\nwait",
  "exec 3>FILE; echo PAIR >&3",
  "exec >>FILE; echo PAIR",
  "exec >/tmp/log 2>&1",
  "exec > >(cat) 2>&1",
  "echo PAIR 2>FILE >&2",
  "echo 'sysctl -w PAIR' | sh -n",
  "sh -n -c 'sysctl -w PAIR'",
  "sh -ec 'false; sysctl -w PAIR'",
  "sh -c 'exit 0'; bash -u -c 'echo $X; sysctl -w PAIR'",
  "sh -s NUMBER <<'X'\nsysctl -w KEY=$1\nX",
  "printf 'f() { sysctl -w PAIR; }\\n' > /opt/l.sh; . /opt/l.sh; f",
  "f() { sysctl -w PAIR; }; echo f > /opt/l.sh; . /opt/l.sh",
  "echo 'cd /etc/sysctl.d' > /opt/l.sh; . /opt/l.sh; echo PAIR > 44-s.conf",
  "echo 'return; sysctl -w PAIR' > /opt/l.sh; . /opt/l.sh; sysctl -w PAIR",
  "echo 'set -e' > /opt/l.sh; . /opt/l.sh; false",
  "set -- a b; echo 'sysctl -w KEY=$#; sysctl -w KEY=$2' > /opt/l.sh; set NUMBER NUMBER; . /opt/l.sh",
  "eval 'f() { sysctl -w PAIR; }'; f",
  "eval exit",
  "N=1; eval N=NUMBER; sysctl -w KEY=$N",
  "N=1; N=NUMBER eval :; sysctl -w KEY=$N",
  "N=1; N=NUMBER sh -c 'sysctl -w KEY=$N'",
  "while :; do sysctl -w PAIR; break; done",
  "until false; do [ -e /etc ] && break; done; sysctl -w PAIR",
  "while read n; do sysctl -w KEY=$n; done <<E\nNUMBER\nE",
  "echo NUMBER | while read n; do sysctl -w KEY=$n; done",
  "N=1; echo NUMBER | read N; sysctl -w KEY=$N",
  "read N <<E\nNUMBER\nE\nsysctl -w KEY=$N",
  "case NUMBER in [0-9]*) sysctl -w PAIR;; esac",
  "sysctl -w PAIR || exit 0; STATEMENT",
  "sysctl -w nosuch.key=1 && sysctl -w PAIR",
  "sysctl -w nosuch.key=1 || sysctl -w PAIR",
]);
const sysctlsOwn = filledIn([
  "sysctl --dry-run -w PAIR",
  "sysctl --dry-run --system",
  "sysctl --system --dry-run",
  "sysctl -n PAIR",
  "sysctl -N -w PAIR",
  "sysctl -a PAIR",
  "sysctl -ae -w PAIR",
  "sysctl -X",
  "sysctl -t PAIR",
  "sysctl -h PAIR",
  "sysctl -wh PAIR",
  "sysctl -V -w PAIR",
  "sysctl --wri PAIR",
  "sysctl --q --w PAIR",
  "sysctl --wrong PAIR",
  "sysctl -w -- PAIR",
  "sysctl PAIR -q PAIR",
  "sysctl -w KEY PAIR",
  "sysctl -w KEY = NUMBER",
  "sysctl -w KEY=",
  "sysctl -p '/etc/sysctl.d/*.conf'",
  "sysctl -p /etc/sysctl.d/*.conf",
  "sysctl -p /etc/sysctl.d/1*",
  "sysctl -p /etc/sysctl.d/?0-*.conf FILE",
  "sysctl -pFILE",
  "sysctl -pFILE /etc/sysctl.conf",
  "sysctl -pe FILE",
  "sysctl -ep FILE",
  "sysctl -p a --system",
  "sysctl -f FILE",
  "sysctl --load=FILE",
  "sysctl --load FILE",
  "sysctl -p /nowhere FILE",
  "sysctl -p FILE -p FILE",
  "sysctl -p FILE -r tcp",
  "sysctl --system -r tcp",
  "sysctl --pattern tcp --system",
  "echo PAIR | sysctl -p -",
  "sysctl -p - < FILE",
  "sysctl -p FILE | cat",
  "sysctl -p FILE >/dev/null 2>&1 || true",
  "busybox sysctl -w PAIR",
  "/usr/sbin/sysctl -w PAIR",
  "/nowhere/sysctl -w PAIR",
  "echo PAIR | xargs sysctl -w",
  "flock /tmp/l sysctl -w PAIR",
  "timeout 5 sysctl -w PAIR; nice -n 5 sysctl -w PAIR",
  "env -u X sysctl -w PAIR",
  "command sysctl -w PAIR; command -v sysctl -w PAIR",
  "sysctl() { :; }\nsysctl -w PAIR",
  "printf '#!/bin/sh\\n' > /usr/local/bin/x; sysctl -w PAIR",
  "echo NUMBER | dd of=PROC",
  "echo NUMBER | tee PROC >/dev/null",
  "echo NUMBER | tee /tmp/a /tmp/b PROC",
  "echo NUMBER | tee -a PROC FILE",
  "printf NUMBER > PROC",
  "printf '%d' NUMBER > PROC",
  "cp /tmp/nothing PROC",
  "echo NUMBER > /tmp/v; cp /tmp/v PROC",
  "echo NUMBER > /tmp/v; cat /tmp/v > PROC",
  "ln -s PROC /tmp/x1; echo NUMBER > /tmp/x1",
  "ln -sf /proc/sys/net /tmp/n1; echo NUMBER > /tmp/n1/core/somaxconn",
  "[ -e /etc ] && ln -s PROC /tmp/x2; echo NUMBER > /tmp/x2",
  "for f in /proc/sys/net/core/somaxcon*; do echo NUMBER > $f; done",
  "cd /proc/sys/net/core; echo NUMBER > somaxconn",
  "python3 -c \"open('PROC','w').write('NUMBER')\"",
  "perl -e 'open(F, \">PROC\"); print F NUMBER'",
  "systemctl mask systemd-sysctl",
  "systemctl mask systemd-sysctl.service; systemctl restart systemd-sysctl",
  "systemctl unmask systemd-sysctl.service",
  "systemctl disable systemd-sysctl",
  "[ -e /nowhere ] && systemctl mask systemd-sysctl",
  "ln -sf /dev/null /etc/systemd/system/systemd-sysctl.service",
  "rm -f /etc/systemd/system/systemd-sysctl.service",
  ": > /etc/systemd/system/systemd-sysctl.service",
]);
/** Commands that reach more than the one file that they name. */
const trees = filledIn([
  "mkdir -p /tmp/q; echo PAIR > /tmp/q/sysctl.conf; cp /tmp/q/sysctl.conf /etc",
  "mkdir -p /tmp/q; echo PAIR > /tmp/q/15-q.conf; cp -r /tmp/q/. /etc/sysctl.d",
  "mkdir -p /tmp/q/sysctl.d; echo PAIR > /tmp/q/sysctl.d/15-q.conf; cp -r /tmp/q/sysctl.d /etc",
  "mkdir -p /tmp/q; echo PAIR > /tmp/q/15-q.conf; cp /tmp/q/*.conf /etc/sysctl.d/",
  "mkdir -p /tmp/q; echo PAIR > /tmp/q/15-q.conf; mv /tmp/q/15-q.conf /etc/sysctl.d",
  "mkdir -p /tmp/q; echo PAIR > /tmp/q/15-q.conf; tar -C /tmp/q -cf /tmp/x.tar .; tar -C /etc/sysctl.d -xf /tmp/x.tar",
  "mkdir -p /tmp/q/sysctl.d; echo PAIR > /tmp/q/sysctl.d/15-q.conf; tar -C /tmp/q -cf /tmp/x.tar .; tar xf /tmp/x.tar -C /etc",
  "mkdir -p /tmp/q; echo PAIR > /tmp/q/15-q.conf; tar -C /tmp/q -cf /tmp/x.tar .; cd /etc/sysctl.d; tar xf /tmp/x.tar; cd /",
  "find /etc/sysctl.d -name '*.conf' -delete",
  "find /etc -type f -name '1*' -exec rm {} +",
  "find /etc/sysctl.d -name '*.conf' -exec sysctl -p {} \\;",
  "find /etc/sysctl.d -type f",
  "find /etc/sysctl.d -type f | xargs rm -f",
  "ls /etc/sysctl.d/* | xargs sed -i s/1/2/",
  "mv /etc/sysctl.d /etc/old; mkdir /etc/sysctl.d",
  "rm -rf /etc/sysctl.d; mkdir /etc/sysctl.d",
  "rm -f /etc/sysctl.d/*",
  "rm -f /etc/sysctl.d/1*.conf",
  "cd /etc/sysctl.d; rm -f *; cd /",
  "X=$(echo 10); rm -f /etc/sysctl.d/$X-a.conf",
  "sed -i s/1/2/ /etc/sysctl.d/*.conf",
  "cd /etc/sysctl.d; sed -i s/1/2/ *; cd /",
  "sed -i '/KEY/d' FILE",
  "sed s/1/2/ FILE > /etc/sysctl.d/45-s.conf",
  "sed -n 'w /etc/sysctl.d/46-s.conf' FILE",
  "perl -pi -e s/1/2/ FILE",
  'gawk -i inplace \'{sub("1","2")}1\' FILE',
  "awk '{print > \"/etc/sysctl.d/47-k.conf\"}' FILE",
  "awk 1 FILE > /etc/sysctl.d/48-k.conf",
  "sort -o FILE FILE",
  "truncate -s 0 FILE",
  "echo PAIR > /tmp/x.conf; install -D -m 644 /tmp/x.conf /etc/sysctl.d/49-i.conf",
  "echo PAIR > /tmp/x.conf; install -m 644 -t /etc/sysctl.d /tmp/x.conf",
  "echo PAIR > /tmp/x.conf; cp -t /etc/sysctl.d /tmp/x.conf",
  "echo PAIR > /tmp/x.conf; cp -n /tmp/x.conf FILE",
  "echo PAIR > /tmp/x.conf; cp --no-clobber /tmp/x.conf FILE",
  "echo PAIR > /tmp/x.conf; cp -f /tmp/x.conf FILE",
  "echo PAIR > /tmp/x.conf; cp -s /tmp/x.conf /etc/sysctl.d/51-c.conf; echo PAIR > /tmp/x.conf",
  "echo PAIR > /tmp/x.conf; ln -s /tmp/x.conf /etc/sysctl.d/52-l.conf; echo PAIR > /tmp/x.conf",
  "echo PAIR > /tmp/x.conf; ln /tmp/x.conf /tmp/y.conf; echo PAIR > /tmp/y.conf; sysctl -p /tmp/x.conf",
  "ln -sf /dev/null FILE",
  "ln -s FILE /tmp/z.conf; echo PAIR >> /tmp/z.conf",
  "ln -s /etc/sysctl.d /tmp/d; echo PAIR > /tmp/d/53-l.conf",
  "mv FILE /etc/sysctl.d/",
  "mv FILE FILE.bak",
  "cp FILE FILE.bak; mv FILE.bak /etc/sysctl.d/54-m.conf",
  "echo PAIR > /etc/sysctl.d/55-t.conf~; mv /etc/sysctl.d/55-t.conf~ /etc/sysctl.d/55-t.conf",
  "T=$(mktemp); echo PAIR > $T; mv $T /etc/sysctl.d/56-t.conf",
  "T=$(mktemp); echo PAIR > $T; cat $T >> FILE",
  "T=$(mktemp); echo PAIR > $T; rm -f $T",
  "D=/etc/sysctl.d; echo PAIR > $D/57-v.conf; sysctl -p ${D}/57-v.conf",
  "cat FILE | tee /etc/sysctl.d/58-t.conf",
  "tee /etc/sysctl.d/59-t.conf /etc/sysctl.conf <<E >/dev/null\nPAIR\nE",
  "tee --append FILE <<E\nPAIR\nE",
  "tee -ai FILE <<E\nPAIR\nE",
  "grep -v KEY FILE > /tmp/g; mv /tmp/g FILE",
  "(crontab -l; echo '@reboot sysctl -w PAIR') | crontab -",
]);
const statement = fc.oneof(
  { weight: 16, arbitrary: plain },
  { weight: 3, arbitrary: variable },
  { weight: 4, arbitrary: shape(plain) },
  { weight: 2, arbitrary: shape(shape(plain)) },
  { weight: 2, arbitrary: shellsOwn },
  { weight: 1, arbitrary: sysctlsOwn },
  { weight: 1, arbitrary: trees },
  { weight: 1, arbitrary: shape(fc.oneof(shellsOwn, sysctlsOwn, trees)) },
);
const statements = fc.array(statement, { minLength: 1, maxLength: 6 });

/** The line ends of Windows, everywhere or only behind the first line. */
const lineEnds = fc.oneof(
  { weight: 16, arbitrary: fc.constant((text: string) => text) },
  { weight: 1, arbitrary: fc.constant((text: string) => text.replaceAll("\n", "\r\n")) },
  { weight: 1, arbitrary: fc.constant((text: string) => text.replace(/(?<!^[^\n]*)\n/g, "\r\n")) },
);

const script = fc
  .tuple(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom("#!/bin/sh", "#!/bin/bash", "#!/bin/dash -x", "#!/usr/bin/env bash"),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom("#!/bin/sh -u", "#!/bin/bash -xu", "#!/bin/bash -e -u", "#!/bin/sh -n", "#!/usr/bin/env bash -e", "#!/usr/bin/env -S bash -u -x", "#!sh", "#! /bin/sh", "#!/bin/bash -C"), // prettier-ignore
      },
    ),
    statements,
    lineEnds,
  )
  .map(([first, body, ended]) => ended(`${first}\n${body.join("\n")}\n`));

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
