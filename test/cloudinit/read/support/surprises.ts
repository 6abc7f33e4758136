const KEY = "net.core.somaxconn";
const FILE = "/etc/sysctl.d/10-a.conf";
const PROC = "/proc/sys/net/core/somaxconn";
const sh = (...lines: string[]): string => `#!/bin/sh\n${lines.join("\n")}\n`;
const bash = (...lines: string[]): string => `#!/bin/bash\n${lines.join("\n")}\n`;
const set = (value: string): string => `sysctl -w ${KEY}=${value}`;
const SET = set("700");
const SHOW = set("$N");

/** A value; `unknown`; or `nothing` where the key surely keeps what it has. */
export type Answer = string;

export interface Surprise {
  readonly name: string;
  readonly userData: string;
  readonly live: Answer;
  /** After the next boot. Default `nothing`. */
  readonly next?: Answer;
}

/**
 * What a shell does with text that a quick look takes for something else. Each is given to the reader, and to the real shells: see
 * `test/e2e/read-user-data.test.ts`. None has a value that the kernel starts with.
 */
export const SURPRISES: readonly Surprise[] = (
  [
    // cloud-init takes the line ends of Windows off only where the first line has one.
    ["line ends of Windows", `#!/bin/sh\r\n${SET}\r\necho 701 > ${PROC}\r\n`, "701"],
    ["one of them, behind a path below /proc", sh("true", `echo 701 > ${PROC}\r`), "nothing"],
    ["one of them, behind the path of a file", sh("true", `echo ${KEY}=701 > ${FILE}\r`), "nothing"],
    ["one of them, behind a keyword", bash("if true; then\r", SET, "fi\r", SET), "unknown"],
    ["one of them, behind the bracket of a function", bash("f() {\r", "echo a", "}\r", SET), "unknown"],
    ["a function that is one command", bash("f() echo a", SET), "unknown"],
    ["one of them, behind a boothook's first line", `#cloud-boothook\n#!/bin/sh\r\n${SET}\r\n`, "unknown", "unknown"],

    ["echo that makes lines in one shell", sh(`echo "${KEY}=701\\nnet.core.xfrm_acq_expires=9" > ${FILE}`, `sysctl -p ${FILE}`), "unknown", "unknown"],
    ["echo that ends early in one shell", sh(`echo '701\\c9' > ${PROC}`), "unknown"],
    ["echo that bash is told to read as dash does", bash("shopt -s xpg_echo", `echo "${KEY}=701\\n" > ${FILE}`, `sysctl -p ${FILE}`), "unknown", "unknown"],
    ["printf into a variable", bash("N=701", "printf -v N %s 702", SHOW), "702"],
    ["printf into a variable that an argument names", bash('f() { printf -v "$1" %s 702; }', "N=701", "f N", SHOW), "702"],
    ["printf into a variable that nobody knows", bash("N=701", 'printf -v "$(cat /etc/name)" %s 702', SHOW), "unknown"],

    ["a pipe that ends in this shell", bash("shopt -s lastpipe", "N=701", "echo 702 | read N", SHOW), "unknown"],
    ["a pipe that ends in another", bash("N=701", "echo 702 | read N", SHOW), "701"],
    ["a pipe that fails in the middle", bash("set -eo pipefail", "false | true", SET), "nothing"],
    ["a pipe that nobody asks about the middle of", bash("set -e", "false | true", SET), "700"],
    ["code for each line", bash(`f() { ${SET}; }`, "mapfile -c 1 -C f A <<< x"), "unknown"],

    ["a name for another variable", bash("N=701", "declare -n R=N", "R=702", SHOW), "unknown"],
    ["a name for a variable of the caller", bash("f() { local -n r=$1; r=702; }", "N=701", "f N", SHOW), "unknown"],
    ["a variable that calculates", bash("declare -i N", "N=700+1", SHOW), "unknown"],
    ["a variable of small letters", bash("declare -l K", `K=${KEY.toUpperCase()}`, "sysctl -w $K=701"), "unknown"],
    ["a variable of a function that calculates", bash("f() { typeset -i N=7; N=N+1; " + set("70$N") + "; }", "f"), "unknown"],
    ["a variable that is another each time", bash("RANDOM=701", set("$RANDOM")), "unknown"],
    ["the number of the line", bash("LINENO=701", set("$LINENO")), "unknown"],
    ["a subscript that assigns", bash("N=701", "A=(1 2)", ": ${A[N=1]}", SHOW), "unknown"],
    ["an offset that assigns", bash("N=701", "S=abc", ": ${S:N=1}", SHOW), "unknown"],
    ["a descriptor in a variable", bash("N=701", "exec {N}>/dev/null", SHOW), "unknown"],
    ["local outside of a function", sh("local N=701", SET), "unknown"],
    ["local outside of a function, in bash", bash("N=701", "local N=702", SHOW), "701"],

    ["a function that may be there", sh(`[ -e /nowhere ] && sysctl() { :; }`, SET), "unknown"],
    ["a function that is taken back", bash("sysctl() { :; }", "unset sysctl", SET), "unknown"],
    ["a function for other shells", bash(`sysctl() { /usr/sbin/sysctl -w ${KEY}=701; }`, "export -f sysctl", `bash -c '${SET}'`), "unknown"],
    ["a function that is not for other shells", bash("sysctl() { :; }", `bash -c '${SET}'`), "700"],
    ["code that comes before that of other shells", bash("echo 'sysctl() { :; }' > /tmp/env", "export BASH_ENV=/tmp/env", `bash -c '${SET}'`), "unknown"],
    ["another program behind a name", bash("hash -p /bin/true sysctl", SET), "unknown"],
    ["sysctl in a variable", sh(SET, "S=$(command -v sysctl)", `$S -w ${KEY}=701`), "unknown"],
    ["sysctl in a variable, which loads a file", sh(SET, `echo ${KEY}=701 > ${FILE}`, "S=$(command -v sysctl)", `$S -p ${FILE}`), "unknown", "unknown"],
    ["sysctl in a variable of a loop", sh(SET, `if [ -d /etc ]; then for s in sysctl; do $s -w ${KEY}=701; done; fi`), "unknown"],
    ["a program in a variable that is given something else", sh(SET, "S=$(command -v nginx)", "$S --port=80 -p 80"), "700"],
    ["a format behind the end of the options", sh(`printf -- '- ${KEY} = 701\n' > ${FILE}`), "nothing", "701"],
    ["no path to look for programs in", bash(`env -i sysctl -w ${KEY}=701`), "unknown"],
    ["no path but that of the system", bash(`command -p sysctl -w ${KEY}=701`), "unknown"],
    ["another program that is found first", sh("mkdir -p /opt/bin", "printf '#!/bin/sh\\n' > /opt/bin/sysctl", "chmod +x /opt/bin/sysctl", "PATH=/opt/bin:$PATH", SET), "unknown"],

    ["a count from nothing, which fails", bash("set -e", "i=0", "((i++))", SET), "nothing"],
    ["a count from one", bash("set -e", "i=1", "((i++))", SET), "700"],
    ["a count before it is used", bash("set -e", "i=0", "((++i))", SET), "700"],
    ["let, which fails at nothing", bash("set -e", "let i=0", SET), "nothing"],
    ["a text that is read to its end, which fails", bash("set -e", "read -r -d '' N <<EOT", "a", "EOT", SET), "nothing"],

    ["a copy into a directory that is made here", sh("mkdir -p /opt/out", `echo ${KEY}=701 > /tmp/a.conf`, "cp /tmp/a.conf /opt/out", "sysctl -p /opt/out/a.conf"), "701"],
    ["a copy that is not where it looks", sh("mkdir -p /opt/out", `echo ${KEY}=701 > /tmp/a.conf`, "cp /tmp/a.conf /opt/out", "sysctl -p /opt/out"), "nothing"],
    ["a file that is moved into a directory with a file", sh("mkdir /opt/out", "echo a > /opt/out/b", `echo ${KEY}=701 > /tmp/a.conf`, "mv /tmp/a.conf /opt/out", "sysctl -p /opt/out/a.conf"), "701"],
    ["a copy to where a directory was", sh("mkdir /opt/out", "rm -rf /opt/out", `echo ${KEY}=701 > /tmp/a.conf`, "cp /tmp/a.conf /opt/out", "sysctl -p /opt/out"), "unknown"],
    ["a file in place of the link to /etc/sysctl.conf", sh("rm -f /etc/sysctl.d/99-sysctl.conf", `echo ${KEY}=701 > /etc/sysctl.d/99-sysctl.conf`, `echo ${KEY}=702 > /etc/sysctl.conf`), "nothing", "701"],
    ["a file in place of the link, which sysctl --system reads before /etc/sysctl.conf", sh("rm -f /etc/sysctl.d/*", `echo ${KEY}=701 > /etc/sysctl.d/99-sysctl.conf`, `echo ${KEY}=702 > /etc/sysctl.conf`, "sysctl --system"), "702", "701"],
    ["the link to /etc/sysctl.conf, which may be there", sh("[ -e /nowhere ] && rm -f /etc/sysctl.d/99-sysctl.conf", `echo ${KEY}=701 > /etc/sysctl.d/99-sysctl.conf`, "sysctl -p"), "unknown", "unknown"],
    ["a directory of sysctl files that is not there any more", sh("rm -rf /etc/sysctl.d", `echo ${KEY}=701 > ${FILE}`, SET), "700", "unknown"],
    ["a directory of sysctl files that is made again", sh("rm -rf /etc/sysctl.d", "mkdir /etc/sysctl.d", `echo ${KEY}=701 > ${FILE}`, SET), "700", "701"],
    ["cat that numbers the lines", sh(`echo ${KEY}=701 > /tmp/a`, `cat -n /tmp/a > ${FILE}`, `sysctl -p ${FILE}`), "unknown"],
    ["cat that has nothing to do with them", sh(`echo ${KEY}=701 > /tmp/a`, "cat -u /tmp/a | tee /etc/sysctl.d/a.conf", "sysctl --system"), "701", "701"],

    ["two writes to one open file below /proc", bash(`{ echo 701; echo 702; } > ${PROC}`), "unknown"],
    ["a number in two pieces", bash(`{ printf 70; printf 1; } > ${PROC}`), "unknown"],
    ["two writes, one after the other", bash(`echo 701 > ${PROC}`, `echo 702 > ${PROC}`), "702"],
    ["/proc by way of the root of a process", sh("echo 701 > /proc/self/root/proc/sys/net/core/somaxconn"), "701"],
  ] as const satisfies readonly (readonly [string, string, Answer, Answer?])[]
).map(([name, userData, live, next]) => ({ name, userData, live, ...(next === undefined ? {} : { next }) })); // prettier-ignore
