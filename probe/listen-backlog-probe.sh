#!/bin/sh
# listen-backlog probe: looks at one host and says whether its listen backlogs are as declared.
#
#   sh -s -- --host NAME [--mode exact|at-least] [--wait SECONDS] [--settle SECONDS] [--namespaces auto|all]
#            [--setting KEY VALUE]...
#            [--service NAME PORT|PATH EFFECTIVE DEFAULT|- ADDRESS|- UNIT|- FIX|-]...
#
# --wait bounds the wait for cloud-init, --settle the wait for a declared service that does not listen yet. A service is
# looked for in the network namespace of the probe; only if it is not there, in those of containers (auto), or in all of
# them (all). PATH is that of a Unix socket.
#
# It only reads: no writes, no temporary files, no network. stdout: one line for people, then one JSON document
# (schema listen-backlog-report/1, see docs/report.md), together less than 24,000 characters. stderr: each finding in
# full, for people. Exit 0: as declared, 1: not as declared, 2: could not look. Everything stands in functions that the
# last line calls, because the script usually arrives on standard input and no command in it may eat the rest of it.
begun=$$
set -u

# Byte order and plain digits, whatever the locale of the caller is.
LC_ALL=C
export LC_ALL
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
export PATH
NL='
'
TAB='	'

cannot_look() { # REASON, made of printable ASCII without quotes and backslashes
  printf 'could not look: %s\n' "$1"
  printf '{"schema":"listen-backlog-report/1","host":"%s","verdict":"unknown","reason":"%s"}\n' "$host" "$1"
  printf 'could not look at %s: %s\n' "${host:-this host}" "$1" >&2
  exit 2
}

# ---- numbers and words
is_number() { # without leading zeros, which JSON and shell arithmetic read differently
  case $1 in
    '' | *[!0-9]* | 0?*) return 1 ;;
  esac
  [ ${#1} -le 10 ]
}

is_word() {
  case $1 in
    '' | *[!]A-Za-z0-9._:@/%[-]*) return 1 ;;
  esac
  [ ${#1} -le 255 ]
}

# ---- what is given

is_text() {
  case $1 in
    '' | *[!\ -~]*) return 1 ;;
  esac
  [ ${#1} -le 400 ]
}

is_port() {
  is_number "$1" && [ ${#1} -le 5 ]
}

is_socket_path() { # at most what fits into the address of a Unix socket
  case $1 in
    *[!A-Za-z0-9._@/-]*) return 1 ;;
    /?*) [ ${#1} -le 107 ] ;;
    *) return 1 ;;
  esac
}

# The arguments are checked here as strictly as where they are made: this script runs as whoever connects.
read_arguments() {
  host='' mode=exact wait_seconds=300 settle_seconds=0 namespaces=auto settings='' keys='' proc_files='' socket_files=''
  services='' ports='' unix_filter=''
  while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
      --host) takes 1 $# && is_word "$1" && host=$1 && shift 1 && continue ;;
      --mode) takes 1 $# && mode=$1 && shift && case $mode in exact | at-least) continue ;; esac ;;
      --wait) takes 1 $# && is_number "$1" && wait_seconds=$1 && shift && continue ;;
      --settle) takes 1 $# && is_number "$1" && settle_seconds=$1 && shift && continue ;;
      --namespaces) takes 1 $# && namespaces=$1 && shift && case $namespaces in auto | all) continue ;; esac ;;
      --setting)
        if takes 2 $# && is_word "$1" && is_text "$2"; then
          case $1 in
            *..* | [/.-]* | *[!a-zA-Z0-9_./-]*) ;; # no path out of /proc/sys, and no option of sysctl
            *)
              settings=$settings@setting$TAB$1$TAB$2$NL
              keys="$keys $1"
              to_path "$1"
              proc_files="$proc_files /proc/sys/$path"
              shift 2
              continue
              ;;
          esac
        fi
        ;;
      --service)
        if takes 7 $# && is_word "$1" && { is_port "$2" || is_socket_path "$2"; } && is_number "$3" &&
          is_word "$4" && is_word "$5" && is_word "$6" && is_text "$7"; then
          if is_port "$2"; then
            ports=1
          else
            unix_filter="$unix_filter${unix_filter:+ or }src unix:$2"
            socket_files="$socket_files $2 ${2%/*}/."
          fi
          services=$services@service$TAB$1$TAB$2$TAB$3$TAB$4$TAB$5$TAB$6$TAB$7$NL
          shift 7
          continue
        fi
        ;;
    esac
    # Never echoed back: a hostile argument must not reach a terminal or a log.
    is_word "$option" || option='(unprintable)'
    cannot_look "bad argument at $option"
  done
  is_word "$host" || cannot_look 'bad argument: --host NAME is missing'
  [ -n "$settings$services" ] || cannot_look 'bad argument: nothing is declared, neither --setting nor --service'
}

takes() { [ "$2" -ge "$1" ]; }

# The file of a key below /proc/sys. Its first separator decides: after a dot, dots separate, and slashes stand for the
# dots of a name.
to_path() {
  path=$1
  case ${1%%/*} in *.*) ;; *) return ;; esac
  path='' rest=$1
  while :; do
    word=${rest%%[./]*}
    path=$path$word
    case ${rest#"$word"} in
      .*) path=$path/ ;;
      /*) path=$path. ;;
      *) return ;;
    esac
    rest=${rest#"$word"?}
  done
}

# /run/cloud-init/result.json appears when the last stage of cloud-init ends, on every version. `cloud-init
# status --wait` has exit codes that differ by version, and starts a Python each time.
wait_for_cloud_init() {
  cloud_init=absent
  [ -d /run/cloud-init ] || return 0
  if [ -e /run/cloud-init/disabled ]; then
    cloud_init=disabled
    return 0
  fi
  [ -e /run/cloud-init/enabled ] || [ -e /run/cloud-init/status.json ] || return 0
  slept=0
  until [ -e /run/cloud-init/result.json ]; do
    if [ "$slept" -ge $((wait_seconds * 5)) ]; then
      cloud_init=running
      return 0
    fi
    nap
  done
  cloud_init='done'
}

# Sleeps a fifth of a second, or a whole one where sleep takes no fractions; counts in fifths.
nap() {
  if sleep 0.2 2>/dev/null; then
    slept=$((slept + 1))
  else
    sleep 1
    slept=$((slept + 5))
  fi
}

# Whether a command can be executed. Not by `command -v`: that of bash also names files that cannot.
has_command() {
  directories=$PATH:
  while [ -n "$directories" ]; do
    found=${directories%%:*}/$1
    if [ -f "$found" ] && [ -x "$found" ]; then return 0; fi
    directories=${directories#*:}
  done
  found=
  return 1
}

# What can be used: commands that can be executed, and files that can be read.
list_tools() {
  tools=
  for tool in ss sysctl stat grep nsenter; do
    if has_command "$tool"; then tools="$tools $tool"; fi
  done
  for file in /.dockerenv /run/.containerenv /run/systemd/container /etc/os-release /usr/lib/os-release \
    /run/cloud-init/result.json /run/cloud-init/status.json /etc/sysctl.conf; do
    # Some awks end at a file that can be opened and not be read, such as a directory.
    if [ -f "$file" ] && [ -r "$file" ]; then tools="$tools $file"; fi
  done
  printf '@tools\t%s\n' "$tools"
}

# How the next boot sets what stands in files: by systemd-sysctl, or, where systemd does not run, by `sysctl --system` or what
# amounts to it. Nobody does where that unit is masked.
tell_boot() {
  if [ ! -d /run/systemd/system ]; then
    printf '@boot\tsysctl\n'
    if [ -f /etc/sysctl.conf ] && [ ! -r /etc/sysctl.conf ]; then printf '@closed\t/etc/sysctl.conf\n'; fi
    return
  fi
  printf '@boot\tsystemd\n'
  # The first is made at each boot, from the command line of the kernel. A mask in /run/systemd/system ends with this boot.
  for path in /run/systemd/generator.early/systemd-sysctl.service /etc/systemd/system/systemd-sysctl.service; do
    if [ -e "$path" ]; then
      # A link to /dev/null, or an empty file.
      if [ ! -s "$path" ]; then printf '@boot\tmasked\t%s\n' "$path"; fi
      return
    fi
  done
}

# Some keys are only for root to read.
tell_hidden_keys() {
  for file in $proc_files; do
    if [ -f "$file" ] && [ ! -r "$file" ]; then printf '@hidden-key\t%s\n' "$file"; fi
  done
}

# Everything that is there to be read, in the order in which the awk program wants it. What can hold any text comes last.
gather() {
  printf '%s%s' "$settings" "$services"
  list_tools
  set --
  if [ -n "$keys" ]; then
    tell_boot
    tell_hidden_keys
    # Every candidate, in order of precedence of the directories; which one counts is decided in the awk program.
    for dir in /etc /run /usr/local/lib /usr/lib /lib; do
      dir=$dir/sysctl.d
      if [ -d "$dir" ]; then
        if [ ! -r "$dir" ] || [ ! -x "$dir" ]; then printf '@blind\t%s\n' "$dir"; fi
      elif [ -h "$dir" ]; then
        printf '@far\t%s\n' "$dir"
      fi
      # systemd does not see hidden files.
      if [ -d /run/systemd/system ]; then hidden=; else hidden="$dir/.*.conf"; fi
      # shellcheck disable=SC2086 # one pattern or none
      for path in "$dir"/*.conf $hidden; do
        case $path in
          *"$NL"* | *"$TAB"*)
            printf '@blind\ta file in %s whose name has a line break or a tab\n' "$dir"
            continue
            ;;
        esac
        if [ -f "$path" ]; then
          if [ -r "$path" ]; then
            printf '@file\t%s\n' "$path"
            set -- "$@" "$path"
          else
            printf '@closed\t%s\n' "$path"
          fi
        elif [ -e "$path" ]; then
          # A link to /dev/null, and a directory, mask the same name in a later directory.
          printf '@mask\t%s\n' "$path"
        elif [ -h "$path" ]; then
          printf '@far\t%s\n' "$path"
        fi
      done
    done
  fi
  for file in /run/docker.sock /run/containerd/containerd.sock /run/crio/crio.sock /run/podman; do
    if [ -e "$file" ]; then printf '@engine\n'; fi
  done
  for tool in awk sysctl; do
    if has_command $tool; then
      printf '@%s-path\t%s\n' "$tool" "$found"
      set -- "$@" "$found"
    fi
  done
  if has_command stat; then
    # One process tells the times of the files, which sockets stand there, and the network namespace of every process.
    # shellcheck disable=SC2086 # paths of a strict grammar, made for splitting
    stat -L -c '@stat %d:%i %Y %n' "$@" $socket_files /etc/sysctl.conf /proc/self/ns/net /usr/bin/mawk /usr/bin/gawk \
      /usr/bin/original-awk /bin/busybox /usr/bin/busybox /proc/[0-9]*/ns/net 2>/dev/null </dev/null || :
  fi
  printf '@sysctl\n'
  # A missing key makes sysctl exit non-zero; what it prints for the others still counts.
  # shellcheck disable=SC2086 # keys of a strict grammar, made for splitting
  if [ -n "$keys" ] && has_command sysctl; then sysctl $keys 2>/dev/null </dev/null || :; fi
  # By grep, because it names the file before each line, and some awks end at a file that refuses to be read.
  printf '@proc\n'
  if has_command grep; then
    # shellcheck disable=SC2086 # files below /proc/sys, made for splitting
    grep -s '' /proc/sys/net/core/somaxconn /proc/sys/kernel/osrelease $proc_files /dev/null 2>/dev/null </dev/null || :
  fi
  printf '@ss\n'
  if has_command ss; then
    if [ -n "$ports" ]; then ss -lntpe 2>/dev/null </dev/null || :; fi
    # Only Unix sockets with exactly these names: a name can hold line breaks, and what looks like the line of another socket.
    # shellcheck disable=SC2086 # paths of a strict grammar, made for splitting
    if [ -n "$unix_filter" ]; then ss -lnxpe $unix_filter 2>/dev/null </dev/null || :; fi
  fi
}

# shellcheck disable=SC2016 # an awk program
PROGRAM='
# ---- text and JSON
function json(s,  out, i, c) {
  if (s !~ /[^ -~]/ && s !~ /[\\"]/) return "\"" s "\""
  out = ""
  for (i = 1; i <= length(s); i++) {
    c = substr(s, i, 1)
    if (c == "\\" || c == "\"") out = out "\\" c
    else if (c < " " || c > "~") out = out "?"
    else out = out c
  }
  return "\"" out "\""
}
function number_or_null(s) { return s ~ /^[0-9]+$/ ? s : "null" }
# Nothing else reaches a terminal or a log, whatever files and processes are called.
function plain(s) { gsub(/[^ -~]/, "?", s); return s }
function clip(s, most) { return length(s) > most ? substr(s, 1, most) "..." : s }
function trim(s) { sub(/^[ \t\r]+/, "", s); sub(/[ \t\r]+$/, "", s); return s }
function one_space(s) { gsub(/[ \t]+/, " ", s); return trim(s) }
function base(path) { sub(/.*\//, "", path); return path }
function joined(list, item) { return list (list == "" ? "" : ",") item }
function first_line(file,  line, got) {
  got = (getline line < file)
  close(file)
  return got > 0 ? line : ""
}
# What grep prints: the name of the file, and a line of it, into lines[file, number] and line_count[file].
function take_line(line,  at, file) {
  at = index(line, ":")
  file = substr(line, 1, at - 1)
  lines[file, ++line_count[file]] = substr(line, at + 1)
}
# Reads some files of /proc. By grep, because a process can end between open and read, and there some awks end with an error.
function read_lines(files,  command, line, part, n, i) {
  n = split(files, part, " ")
  for (i = 1; i <= n; i++) line_count[part[i]] = 0
  if (!has_tool["grep"]) {
    for (i = 1; i <= n; i++) { while ((getline line < part[i]) > 0) lines[part[i], ++line_count[part[i]]] = line; close(part[i]) }
    return
  }
  command = quietly("exec grep -s \"\" " files " /dev/null")
  while ((command | getline line) > 0) take_line(line)
  close(command)
}
# A command that only prints: nothing on its standard input, and its complaints to nobody.
function quietly(command) { return command " 2>/dev/null </dev/null" }

# A report is cut where it gets too long, and says so: a channel that cuts it anywhere would leave no report at all.
function fits(what, list, item, most) {
  if (list == "" || length(list) + length(item) <= most) return 1
  omitted[what]++
  return 0
}
function finding_json(rule, severity, subject, wanted, got, cause, fix) {
  return "{\"rule\":" json(rule) ",\"severity\":\"" severity "\",\"subject\":" json(subject) ",\"wanted\":" json(wanted) \
    ",\"got\":" json(got) ",\"cause\":" json(cause) ",\"fix\":" json(fix) "}"
}
function find(rule, subject, wanted, got, cause, fix,  text, item) {
  count++
  subject = plain(subject); wanted = plain(clip(wanted, 400)); got = plain(clip(got, 400))
  cause = plain(clip(cause, 900)); fix = plain(clip(fix, 900))
  if (count == 1) first = subject ": wanted " wanted ", got " got
  text = "FINDING on " host ": " subject "\n  wanted: " wanted "\n  got:    " got "\n  cause:  " cause "\n  fix:    " fix
  if (count == 1 || length(told_people) + length(text) <= 7000) told_people = told_people text "\n"
  else untold++
  item = finding_json(rule, "error", subject, wanted, got, cause, fix)
  if (fits("findings", findings, item, 6500)) findings = joined(findings, item)
}
# What does not make the host wrong, and is worth knowing.
function note(rule, severity, subject, wanted, got, cause, fix,  item) {
  subject = plain(subject); wanted = plain(clip(wanted, 400)); got = plain(clip(got, 200))
  cause = plain(clip(cause, 500)); fix = plain(clip(fix, 500))
  item = finding_json(rule, severity, subject, wanted, got, cause, fix)
  if (!fits("notes", notes, item, 2000)) return
  notes = joined(notes, item)
  told_notes = told_notes "NOTE on " host ": " subject ": wanted " wanted ", got " got ". Cause: " cause " Fix: " fix "\n"
}
function cannot_see(what,  item) {
  if (what in told_unseen) return
  told_unseen[what] = 1
  item = json(clip(what, 300))
  if (fits("unseen", unseen, item, 1200)) unseen = joined(unseen, item)
}
# True when what is there is not what was declared. A number with a leading zero, which is octal to the kernel, is no more.
function differs(wanted, got) {
  if (mode == "at-least" && wanted ~ /^[0-9]+$/ && got ~ /^(0|[1-9][0-9]*)$/) return got + 0 < wanted + 0
  return (wanted "") != (got "")
}

# The same for what a file says. What does not fit into an int is refused for most keys, unless it is there already.
function differs_in_file(wanted, got, live) {
  return differs(wanted, got) || (got != wanted && got != live && got ~ /^[0-9]+$/ && got + 0 > 2147483647)
}

# ---- keys and patterns
# The first separator of a key decides: after a dot, dots separate, and slashes stand for the dots of a name.
function path_of(key,  at) {
  at = match(key, /[.\/]/)
  if (at && substr(key, at, 1) == ".") { gsub(/\./, "\001", key); gsub(/\//, ".", key); gsub(/\001/, "/", key) }
  return key
}
# As glob(3). By hand, because a pattern from a file that became a regular expression could fail to compile.
function matches(text, glob,  c, at, end) {
  while (glob != "") {
    c = substr(glob, 1, 1)
    if (c == "*") {
      sub(/^\*+/, "", glob)
      for (at = 1; ; at++) {
        if (matches(substr(text, at), glob)) return 1
        if (at > length(text) || substr(text, at, 1) == "/") return 0
      }
    }
    if (text == "") return 0
    end = c == "[" ? set_end(glob) : 0
    if (end) {
      if (substr(text, 1, 1) == "/" || !in_set(substr(text, 1, 1), substr(glob, 2, end - 2))) return 0
    } else if (c == "?") {
      if (substr(text, 1, 1) == "/") return 0
    } else if (c != substr(text, 1, 1)) return 0
    glob = substr(glob, end ? end + 1 : 2)
    text = substr(text, 2)
  }
  return text == ""
}
# Where a bracket expression ends; 0 if it does not, and the bracket stands for itself.
function set_end(glob,  at) {
  at = index(substr(glob, glob ~ /^\[[!^]/ ? 4 : 3), "]")
  return at ? at + (glob ~ /^\[[!^]/ ? 3 : 2) : 0
}
function in_set(c, set,  negated, at, last, found) {
  negated = set ~ /^[!^]/
  for (at = 1 + negated; at <= length(set); at++) {
    last = at
    if (substr(set, at + 1, 1) == "-" && at + 2 <= length(set)) last = at + 2
    if (c >= substr(set, at, 1) && c <= substr(set, last, 1)) found = 1
    at = last
  }
  return negated ? !found : found
}

# ---- sysctl.d
# What the next boot sets: one file for each base name, where the first directory wins; base names in byte order. By the rules
# of systemd-sysctl, the lines make a table by key: a line with another value than an earlier one for the same key or pattern
# takes its place and moves to the end. A line that names the key itself decides alone, one that names it without a value sets
# nothing; else the last pattern that matches decides. By those of sysctl, the last line counts, /etc/sysctl.conf is read last
# of all, and a line without a value only keeps patterns away.
function read_files(  i, j, n, sorted, file) {
  n = 0
  for (i = 1; i <= candidates; i++) {
    if (base(candidate[i]) in taken) continue
    taken[base(candidate[i])] = 1
    for (j = ++n; j > 1 && base(sorted[j - 1]) > base(candidate[i]); j--) sorted[j] = sorted[j - 1]
    sorted[j] = candidate[i]
  }
  if (boot == "sysctl" && has_tool["/etc/sysctl.conf"]) sorted[++n] = "/etc/sysctl.conf"
  if (boot == "sysctl" && ("/etc/sysctl.conf" in closed)) sorted[++n] = "/etc/sysctl.conf"
  for (i = 1; i <= n; i++) {
    file = sorted[i]
    # Root reaches what is there, so that for root this is a link to nothing.
    if ((file in masked) || ((file in far) && uid == "0")) continue
    if (!(file in closed) && !(file in far)) read_file(file, i)
    if ((file in closed) || (file in far)) {
      cannot_see(file ": this user may not read it")
      last_closed = i
      closed_file = file
    }
  }
}
function read_file(file, order,  line, number, got, n, i, part) {
  number = 0
  while ((got = (getline line < file)) > 0) {
    number++
    # systemd takes a carriage return for the end of a line.
    n = boot == "sysctl" ? 1 : split(line, part, "\r")
    if (n == 1) part[1] = line
    for (i = 1; i <= n; i++) read_line(file, order, trim(part[i]), number)
  }
  close(file)
  if (got < 0) closed[file] = 1
}
function read_line(file, order, line, number,  at, name, has, value, k, known) {
  if (line == "" || line ~ /^[#;]/) return
  at = index(line, "=")
  has = at > 0
  if (!has && line !~ /^-/) return
  name = has ? trim(substr(line, 1, at - 1)) : line
  value = has ? one_space(substr(line, at + 1)) : ""
  sub(/^-[ \t]*/, "", name)
  name = simplified(path_of(name))
  known = 0
  for (k = 1; k <= keys; k++) {
    if (name != path[k] && !(name ~ /[*?[]/ && matches(path[k], name))) continue
    known = 1
    if (!has) continue
    setters[k]++
    setter_file[k, setters[k]] = file
    setter_line[k, setters[k]] = number
    setter_value[k, setters[k]] = value
  }
  if (!known || (boot == "sysctl" && !has && (name in table_has))) return
  if (boot == "sysctl" || !(name in table_has) || table_has[name] != has || table_value[name] != value) table_place[name] = ++places
  table_has[name] = has
  table_value[name] = value
  table_file[name] = file
  table_line[name] = number
  table_order[name] = order
}
# What could decide a key otherwise than what was read, if anything: a line that names the key itself is only undone later.
function undecided(k, decides) {
  if (boot == "masked") return ""
  if (blind_place != "") return blind_place
  if (!last_closed || (decides == path[k] && table_order[decides] > last_closed)) return ""
  return closed_file
}
# Empty words of a path, and dots for words, stand for nothing.
function simplified(path) {
  path = "/" path "/"
  while (path ~ /\/\.?\//) sub(/\/\.?\//, "/", path)
  return substr(path, 2, length(path) - 2)
}
# The line that decides a key; empty if none does.
function deciding(k,  name, best) {
  if (boot == "masked") return ""
  if (path[k] in table_has) return table_has[path[k]] ? path[k] : ""
  best = ""
  for (name in table_has)
    if (table_has[name] && matches(path[k], name) && (best == "" || table_place[name] > table_place[best])) best = name
  return best
}
# /etc/sysctl.conf as procps reads it: the last line for a key counts, and it is read after all of sysctl.d. The init of a host
# with the sysctl of BusyBox may read it first, or without the rest.
function read_sysctl_conf(  file, line, number, at, name, k) {
  file = "/etc/sysctl.conf"
  if (!has_tool[file]) return
  while ((getline line < file) > 0) {
    number++
    line = trim(line)
    at = index(line, "=")
    if (line ~ /^[#;]/ || !at) continue
    name = trim(substr(line, 1, at - 1))
    sub(/^-[ \t]*/, "", name)
    name = simplified(path_of(name))
    for (k = 1; k <= keys; k++) if (name == path[k]) { conf_value[k] = one_space(substr(line, at + 1)); conf_line[k] = number }
  }
  close(file)
}

# ---- files and namespaces
# What stat prints of a file: which one it is, when it was changed, its name; and the namespace of a process.
function take_stat(line,  field, id, when, pid) {
  split(line, field, " ")
  id = field[1]
  when = field[2]
  line = substr(line, length(id) + length(when) + 3)
  if (line !~ /^\/proc\/([0-9]+|self)\/ns\/net$/) { mtime[line] = when; file_id[line] = id; return }
  sub(/.*:/, "", id)
  if (line == "/proc/self/ns/net") { own_ns = id; return }
  pid = substr(line, 7)
  sub(/\/.*/, "", pid)
  if (!(id in nsid_pids)) { nsids++; nsid[nsids] = id; nsid_pids[id] = "" }
  # A process may be gone before it is looked at: some more of the same namespace.
  if (split(nsid_pids[id], field, " ") < 3) nsid_pids[id] = nsid_pids[id] " " pid
}
# The namespaces and the files of Unix sockets again: some may have come while a service was waited for.
function read_stat_again(  command, line, files, s) {
  if (!has_tool["stat"]) return
  nsids = 0
  split("", nsid_pids)
  for (s = 1; s <= declared; s++) if (service_path[s] != "") {
    delete file_id[service_path[s]]
    files = files " " service_path[s] " " parent_of(service_path[s])
  }
  command = quietly("exec stat -L -c \"%d:%i %Y %n\"" files " /proc/[0-9]*/ns/net")
  while ((command | getline line) > 0) take_stat(line)
  close(command)
}
# Its entry can only be looked up by who may search the directory.
function parent_of(path) { sub(/\/[^\/]*$/, "", path); return path "/." }
# Which file of these a command is: they can be links to one another.
function real_name(path, names,  name) {
  for (name in file_id)
    if (name != path && name ~ names && file_id[name] == file_id[path]) return base(name)
  return ""
}
function awk_name(path,  name) {
  name = real_name(path, "^/(usr/)?bin/(mawk|gawk|original-awk|busybox)$")
  return name != "" ? name : (path in file_id && base(path) != "awk" ? base(path) : "unknown")
}

# ---- processes
function learn(pids,  part, n, i, files) {
  n = split(pids, part, " ")
  files = ""
  for (i = 1; i <= n && i <= 1000; i++) if (!(part[i] in p_seen)) {
    p_seen[part[i]] = 1
    files = files " /proc/" part[i] "/stat /proc/" part[i] "/limits /proc/" part[i] "/cgroup"
  }
  if (files == "") return
  read_lines(files)
  for (i = 1; i <= n; i++) learn_one(part[i])
}
function learn_one(pid,  file, stat, line, field, i) {
  file = "/proc/" pid "/stat"
  if ((pid in p_ticks) || !line_count[file]) return
  # A name can hold line breaks.
  stat = lines[file, 1]
  for (i = 2; i <= line_count[file]; i++) stat = stat "\n" lines[file, i]
  if (btime == "") {
    btime = 0
    while ((getline line < "/proc/stat") > 0) if (line ~ /^btime /) { btime = substr(line, 7) + 0; break }
    close("/proc/stat")
  }
  line = stat
  sub(/^[^(]*\(/, "", line)
  sub(/\)[^)]*$/, "", line)
  p_name[pid] = line
  stat = substr(stat, index(stat, "(") + length(line) + 3)
  split(stat, field, " ")
  p_ticks[pid] = field[20] + 0
  # USER_HZ, in which the kernel counts for user space, is 100 on every architecture that servers have.
  if (btime) p_started[pid] = sprintf("%.0f", btime + int(field[20] / 100))
  file = "/proc/" pid "/limits"
  for (i = 1; i <= line_count[file]; i++)
    if (lines[file, i] ~ /^Max open files /) { split(lines[file, i], field, " "); if (field[4] ~ /^[0-9]+$/) p_files[pid] = field[4] }
  file = "/proc/" pid "/cgroup"
  for (i = 1; i <= line_count[file]; i++) {
    line = lines[file, i]
    if ((line ~ /^0::/ || line ~ /^[0-9]+:name=systemd:/) && unit_of(line) != "") p_unit[pid] = unit_of(line)
  }
}
# The innermost unit of a path such as /system.slice/nginx.service.
function unit_of(cgroup,  part, n) {
  for (n = split(cgroup, part, "/"); n > 0; n--) if (part[n] ~ /\.(service|scope)$/) return part[n]
  return ""
}
# Of the processes that hold a socket: the oldest called listen(), unless it inherited the socket; the youngest is one
# that accepts, and its limit of open files counts. systemd holds the sockets that it passes on.
function look_at_holders(i,  part, n, j, pid, oldest, youngest) {
  n = split(sock_pids[i], part, " ")
  oldest = youngest = ""
  for (j = 1; j <= n && j <= 64; j++) {
    pid = part[j]
    if (!(pid in p_ticks)) continue
    if (oldest == "" || p_ticks[pid] < p_ticks[oldest]) oldest = pid
    if (youngest == "" || p_ticks[pid] > p_ticks[youngest]) youngest = pid
  }
  if (oldest == "") {
    sock_unit[i] = unit_of(sock_cgroup[i])
    return
  }
  sock_pid[i] = oldest
  sock_unit[i] = p_unit[youngest]
  sock_files[i] = p_files[youngest]
  if (changed == "" || !(oldest in p_started)) return
  # Both are known to the second.
  if (p_started[oldest] + 1 < changed + 0) sock_since[i] = "before-change"
  if (p_started[oldest] + 0 > changed + 1) sock_since[i] = "after-change"
}
# The files that name the processes of the unit that a socket belongs to; empty if its path could mean anything to a shell.
function unit_processes(i,  path) {
  path = sock_cgroup[i]
  sub(/^cgroup:/, "", path)
  if (path !~ /^\/[A-Za-z0-9_.@:\/-]+\.service$/) return ""
  path = path "/cgroup.procs"
  return "/sys/fs/cgroup" path " /sys/fs/cgroup/unified" path " /sys/fs/cgroup/systemd" path
}
# Only root sees who holds the sockets of others. The kernel tells everybody to which unit they belong.
function guess_holders(from,  i, j, n, k, part, files, known) {
  files = ""
  for (i = from; i <= sockets; i++) if (sock_pids[i] == "" && !(unit_processes(i) in known)) {
    known[unit_processes(i)] = 1
    files = files " " unit_processes(i)
  }
  if (files !~ /[^ ]/) return
  read_lines(files)
  for (i = from; i <= sockets; i++) if (sock_pids[i] == "") {
    n = split(unit_processes(i), part, " ")
    for (j = 1; j <= n && sock_pids[i] == ""; j++)
      for (k = 1; k <= line_count[part[j]] && k <= 64; k++) if (lines[part[j], k] ~ /^[1-9][0-9]*$/) { sock_pids[i] = sock_pids[i] " " lines[part[j], k]; sock_guess[i] = 1 }
  }
}
# All the processes of the sockets from one on, in one look.
function learn_holders(from,  i, j, n, part, pids, known) {
  pids = ""
  check_told(from)
  guess_holders(from)
  for (i = from; i <= sockets; i++) {
    n = split(sock_pids[i], part, " ")
    for (j = 1; j <= n && j <= 64; j++) if (!(part[j] in p_seen) && !(part[j] in known)) { known[part[j]] = 1; pids = pids " " part[j] }
  }
  learn(pids)
  for (i = from; i <= sockets; i++) look_at_holders(i)
}
# A socket that belongs to no unit but that of PID 1 is one that systemd listens on for another.
function is_of_systemd(i) { return (sock_pid[i] == "1" && p_name["1"] == "systemd") || (sock_pid[i] == "" && sock_unit[i] == "init.scope") }

# ---- sockets
function add_socket(n, local, recvq, sendq, pids, cgroup) {
  sockets++
  sock_ns[sockets] = n
  sock_local[sockets] = local
  sock_recvq[sockets] = recvq
  sock_sendq[sockets] = sendq
  sock_pids[sockets] = pids
  sock_cgroup[sockets] = cgroup
  sock_guess[sockets] = 0
  sock_told[sockets] = 0
  sock_inode[sockets] = ""
  sock_overlooked[sockets] = 0
  sock_pid[sockets] = sock_unit[sockets] = sock_files[sockets] = sock_since[sockets] = sock_file[sockets] = sock_uid[sockets] = ""
}
# Reads what ss prints for the declared ports and paths, after what a shell has said of somaxconn. A socket has 0, 4096,
# 0.0.0.0:80 and so on in fixed places, after one more word where it is a Unix socket. False if ss could not list anything.
function read_ss(n, command,  line, number) {
  ss_listed = last_taken = 0
  while ((command | getline line) > 0) {
    if (n > 1 && !number++) ns_somaxconn[n] = line ~ /^[0-9]+$/ ? line : ""
    else take_ss(n, line)
  }
  close(command)
  return ss_listed
}
# The command for it, in any namespace.
function ss_command(  s, names) {
  names = ""
  for (s = 1; s <= declared; s++) if (service_path[s] != "") names = names (names == "" ? "" : " or ") "src unix:" service_path[s]
  return (ports ? "ss -lntpe" (names == "" ? "" : "; ") : "") (names == "" ? "" : "ss -lnxpe " names)
}
function take_ss(n, line,  field, a) {
  split(line, field, " ")
  if (line ~ /^(State|Netid) / && line !~ /"/) { ss_listed = 1; return }
  a = field[1] == "LISTEN" ? 0 : 1
  # What is no socket continues the one before it: the name of a process can hold a line break.
  if ((!a || (field[1] ~ /^u_[a-z]+$/ && field[2] ~ /^[A-Z-]+$/)) && field[2 + a] ~ /^[0-9]+$/ && field[3 + a] ~ /^[0-9]+$/ && field[4 + a] !~ /"/) {
    last_taken = 0
    if (field[1 + a] != "LISTEN" || !wanted_local(field[4 + a])) return
    add_socket(n, field[4 + a], field[2 + a], field[3 + a], "", "")
    last_taken = sockets
  }
  if (last_taken) take_holders(last_taken, line " ")
}
function take_holders(i, rest,  pid) {
  while (match(rest, /",pid=[0-9]+,fd=[0-9]+\)(,\("|\) )/)) {
    pid = substr(rest, RSTART + 6)
    sub(/[^0-9].*/, "", pid)
    rest = substr(rest, RSTART + RLENGTH - 2)
    if (index(" " sock_pids[i] " ", " " pid " ") == 0) {
      # The one with the lowest number comes first: it is the oldest, as a rule, and not all of many are looked at.
      if (pid + 0 < sock_lowest[i] + 0 || sock_pids[i] == "") { sock_pids[i] = " " pid sock_pids[i]; sock_lowest[i] = pid }
      else sock_pids[i] = sock_pids[i] " " pid
    }
  }
  # Behind all names of processes.
  sub(/.*\)\)/, "", rest)
  if (match(rest, / cgroup:[^ ]+/)) sock_cgroup[i] = substr(rest, RSTART + 1, RLENGTH - 1)
  if (match(rest, / ino:[0-9]+ /)) sock_inode[i] = substr(rest, RSTART + 5, RLENGTH - 6)
  if (match(rest, / uid:[0-9]+ /)) sock_uid[i] = substr(rest, RSTART + 5, RLENGTH - 6)
  if (match(rest, /<-> ino:[0-9]+ dev:/)) sock_file[i] = substr(rest, RSTART + 8, RLENGTH - 13)
  # Where the kernel does not answer its questions, ss reads /proc/net, shows 0 as Send-Q, and not how a socket was shut down.
  if (rest ~ /(<|-)-(>|-)/) sock_told[i] = 1
}
# An effective backlog that ss has not from the kernel is none.
function check_told(from,  i) {
  for (i = from; i <= sockets; i++) if (sock_sendq[i] == "0" && !sock_told[i]) { sock_sendq[i] = ""; ss_mute = 1 }
}
# A listing of ss that ended early, or of something else by that name, looks like any other: nothing is proven of a socket that
# /proc shows and it does not. Adds those, and tells how many they are.
function add_overlooked(n, dir,  i) {
  split("", listed_inode)
  for (i = 1; i <= sockets; i++) if (sock_ns[i] == n && sock_local[i] !~ /^\//) listed_inode[sock_inode[i]] = 1
  i = sockets
  read_proc_tcp(n, dir "/tcp", "overlooked")
  read_proc_tcp(n, dir "/tcp6", "overlooked")
  return sockets - i
}
function wanted_local(local,  port) {
  if (local ~ /^\//) return local in declared_path
  port = local
  sub(/.*:/, "", port)
  return port in declared_port
}
# The sockets of a namespace as far as /proc shows them: where they listen and what is queued, not the effective backlog.
# Listening sockets stand first. With what = "look", nothing is kept; the answer is how many there are.
function read_proc_net(n, dir, what,  found) {
  found = read_proc_tcp(n, dir "/tcp", what) + read_proc_tcp(n, dir "/tcp6", what)
  if (paths) found += read_proc_unix(n, dir "/unix", what)
  return found
}
function read_proc_tcp(n, file, what,  line, field, part, queue, local, found, lines) {
  found = lines = 0
  while ((getline line < file) > 0) {
    if (!lines++) continue
    split(line, field, " ")
    if (field[4] != "0A") break
    split(field[2], part, ":")
    local = from_hex(part[2])
    if (!(local in declared_port)) continue
    found++
    found_port[local]++
    if (what == "look" || (what == "overlooked" && (field[10] == "0" || (field[10] in listed_inode)))) continue
    split(field[5], queue, ":")
    add_socket(n, address_of(part[1]) ":" local, from_hex(queue[2]), "", "", "")
    sock_overlooked[sockets] = what == "overlooked"
  }
  close(file)
  return found
}
function read_proc_unix(n, file, what,  line, field, found) {
  found = 0
  while ((getline line < file) > 0) {
    split(line, field, " ")
    # 00010000: it accepts connections.
    if (field[4] != "00010000" || !(field[8] in declared_path)) continue
    found++
    found_port[field[8]]++
    if (what != "look") add_socket(n, field[8], "", "", "", "")
  }
  close(file)
  return found
}
function from_hex(s,  i, value) {
  value = 0
  for (i = 1; i <= length(s); i++) value = value * 16 + index("0123456789ABCDEF", substr(s, i, 1)) - 1
  return sprintf("%.0f", value)
}
# 0100007F is 127.0.0.1, and an IPv6 address is four such words: as ss prints them.
function address_of(hex,  i, group, at, best, length_of, longest, out) {
  if (length(hex) == 8)
    return from_hex(substr(hex, 7, 2)) "." from_hex(substr(hex, 5, 2)) "." from_hex(substr(hex, 3, 2)) "." from_hex(substr(hex, 1, 2))
  if (hex ~ /^0000000000000000FFFF0000/) return "[::ffff:" address_of(substr(hex, 25)) "]"
  for (i = 0; i < 8; i++) {
    at = int(i / 2) * 8 + (i % 2 ? 1 : 5)
    group[i] = tolower(substr(hex, at + 2, 2) substr(hex, at, 2))
    sub(/^0+/, "", group[i])
  }
  longest = 1
  best = -1
  for (i = 0; i < 8; i++) {
    length_of = 0
    while (i + length_of < 8 && group[i + length_of] == "") length_of++
    if (length_of > longest) { longest = length_of; best = i }
  }
  out = ""
  for (i = 0; i < 8; i++) {
    if (i == best) { out = out "::"; i += longest - 1; continue }
    out = out (out == "" || out ~ /:$/ ? "" : ":") (group[i] == "" ? "0" : group[i])
  }
  return "[" out "]"
}

# ---- where services are looked for
function belongs(i, s,  local, address) {
  local = sock_local[i]
  if (service_path[s] != "") return local == service_path[s] && (sock_ns[i] != 1 || is_reached(i))
  if (local !~ (":" service_port[s] "$")) return 0
  if (service_address[s] == "-") return 1
  address = local
  sub(/:[0-9]+$/, "", address)
  sub(/%[^]]*/, "", address)
  gsub(/[][]/, "", address)
  # ss prints * for a socket on :: that takes IPv4 as well.
  if (address == "*" && (service_address[s] == "::" || service_address[s] == "0.0.0.0")) address = service_address[s]
  # /proc does not tell whether one on :: takes IPv4.
  if (address == "::" && sock_sendq[i] == "" && service_address[s] == "0.0.0.0") return 1
  # Software of dual stack, such as Java, binds to an IPv4 address by way of IPv6.
  return address == service_address[s] || address == "::ffff:" service_address[s]
}
# Whether the path of a Unix socket still leads to it: a socket keeps its name when its file is removed or replaced. The kernel
# tells the lower half of the number of the file.
function is_reached(i,  path, id, n, low) {
  path = sock_local[i]
  if (!has_tool["stat"] || own_ns == "") return 1
  if (!(path in file_id)) {
    if (uid == "0" || (parent_of(path) in file_id)) return 0
    cannot_see("whether " path " still leads to its socket: this user may not search its directory")
    return 1
  }
  if (sock_file[i] == "") return 1
  id = file_id[path]
  sub(/.*:/, "", id)
  low = 0
  # By digit, because no awk has exact numbers for 64 bits.
  for (n = 1; n <= length(id); n++) low = (low * 10 + substr(id, n, 1)) % 4294967296
  return low == sock_file[i] + 0
}
# A forwarder of a container engine listens on the host for a service that is inside, or only keeps the port for it.
function is_forwarder_name(name) { return name ~ FORWARDERS }
function is_forwarder(i) { return (sock_pid[i] in p_name) && is_forwarder_name(p_name[sock_pid[i]]) }
# Whether a socket, of which nobody tells who holds it, may be that of a forwarder. The processes of its unit are known to
# everybody; else it may be where a container runs whose engine could have made it.
function may_forward(i,  n, part, j) {
  if (sock_pid[i] != "" && !sock_guess[i]) return 0
  # Root sees every process that there is, unless it is root in a container: that can have the network of its host alone.
  if (uid == "0" && (container == "none" || ss_failed)) return 0
  if (sock_guess[i]) {
    n = split(sock_pids[i], part, " ")
    for (j = 1; j <= n; j++) if ((part[j] in p_name) && is_forwarder_name(p_name[part[j]])) return 1
    # As many as are looked at.
    if (n < 64) return 0
  }
  look_for_containers()
  return containers == "some" || (containers == "of root" && sock_uid[i] == "")
}
# Into containers: none, those of root, whose engine listens as root, or some. The names of processes tell, and where those of
# others are hidden, what engines leave behind.
function look_for_containers(  command, line) {
  if (containers != "") return
  containers = "none"
  if (uid == "0" || first_line("/proc/1/stat") == "" || !has_tool["grep"]) {
    if (engine) containers = "some"
    while ((getline line < "/proc/net/dev") > 0) if (line ~ /^ *(docker|br-|cni|podman|veth)/) containers = "some"
    close("/proc/net/dev")
    return
  }
  command = quietly("exec grep -sE \"" substr(FORWARDERS, 1, length(FORWARDERS) - 2) "|containerd-shim.*)$\" /dev/null /proc/[0-9]*/comm")
  while ((command | getline line) > 0) {
    sub(/^[^:]*:/, "", line)
    # It always runs, and listens by itself only for containers, which have a process of their own.
    if (line == "dockerd") continue
    if (line !~ /^(docker-proxy|conmon|kube-proxy|lxd|incusd|containerd-shim.*)$/) containers = "some"
    else if (containers == "none") containers = "of root"
  }
  close(command)
}
# Whether anything listens for a service in the namespace of the probe, and whether that is the service itself. What a forwarder
# has for some addresses does not get better by what listens on others.
function look_here(s,  i) {
  listens[s] = here[s] = 0
  forwarded[s] = ""
  for (i = 1; i <= sockets; i++) if (sock_ns[i] == 1 && belongs(i, s)) { listens[s] = 1; if (is_forwarder(i)) forwarded[s] = p_name[sock_pid[i]] }
  here[s] = listens[s] && forwarded[s] == ""
}
# What another namespace may have to show for a service: nothing listens here, or only for something there.
function is_missing(s) { return !listens[s] || (forwarded[s] != "" && uid == "0") }
function read_sockets(  s, missing, slept, command, again) {
  command = ss_command()
  for (slept = 0; ; ) {
    # The first time, the sockets have been read already.
    if (slept || again) {
      read_stat_again()
      sockets = 0
      if (has_tool["ss"]) read_ss(1, "{ " command "; } 2>/dev/null </dev/null")
    }
    ss_failed = !ss_listed
    if (ss_failed) { sockets = 0; read_proc_net(1, "/proc/net", "keep") }
    # A socket may have been opened in between.
    else if (add_overlooked(1, "/proc/net") && again++ < 3) { if (again > 1) system(quietly("exec sleep 0.2")); continue }
    learn_holders(1)
    missing = 0
    for (s = 1; s <= declared; s++) { look_here(s); if (is_missing(s)) missing++ }
    if (uid == "0" && (missing || nsids > 1)) {
      look_elsewhere()
      for (s = 1; s <= declared; s++) if (is_missing(s) && elsewhere[s]) missing--
    }
    # A service may still be starting: only "nothing listens" is waited for, never a wrong number.
    if (missing <= 0 || slept >= settle * 5) break
    if (system(quietly("exec sleep 0.2")) == 0) slept++
    else { system(quietly("exec sleep 1")); slept += 5 }
  }
  enter_namespaces()
}
# Counts for each service the other namespaces in which something listens on its port or path.
function look_elsewhere(  n, i, s, id, part, pids, tried) {
  for (s = 1; s <= declared; s++) elsewhere[s] = 0
  others = 0
  for (n = 1; n <= nsids; n++) {
    id = nsid[n]
    if (id == own_ns) continue
    if (others >= 200) {
      cannot_see("more than 200 other network namespaces: the rest was not looked at")
      if (namespaces == "all") unknown = unknown_here(unknown, "not every network namespace with a declared service was entered")
      break
    }
    pids = split(nsid_pids[id], part, " ")
    for (i = 1; i <= pids; i++) {
      split("", found_port)
      if (!(read_proc_net(0, "/proc/" part[i] "/net", "look"))) {
        # Nothing listens there, or the process is gone.
        if ((getline tried < ("/proc/" part[i] "/net/tcp")) > 0) { close("/proc/" part[i] "/net/tcp"); break }
        continue
      }
      others++
      other_id[others] = id
      other_pid[others] = part[i]
      for (s = 1; s <= declared; s++) {
        other_has[others, s] = (service_path[s] != "" ? service_path[s] : service_port[s]) in found_port
        if (other_has[others, s]) elsewhere[s]++
      }
      break
    }
  }
}
# Enters the namespaces that have a service which is not here, or whatever is declared where all shall be judged.
function enter_namespaces(  n, s, enter, before, entered, command) {
  if (uid != "0") return
  entered = 0
  for (n = 1; n <= others; n++) {
    enter = 0
    for (s = 1; s <= declared; s++) if (other_has[n, s] && (!here[s] || namespaces == "all")) enter = 1
    if (!enter) continue
    if (++entered > 16) { cannot_see("more than 16 network namespaces with a declared service: the rest was not entered"); unknown = unknown_here(unknown, "not every network namespace with a declared service was entered"); break }
    ns = ++ns_count
    ns_id[ns] = other_id[n]
    ns_pid[ns] = other_pid[n]
    ns_somaxconn[ns] = ""
    before = sockets
    # By cat, because the read of a shell takes byte by byte, and the kernel only gives the first one that way.
    command = "exec nsenter -t " other_pid[n] " -n -- sh -c \047cat /proc/sys/net/core/somaxconn || echo; " ss_command() "\047"
    if (!has_tool["nsenter"] || ss_failed || !read_ss(ns, quietly(command))) {
      sockets = before
      read_proc_net(ns, "/proc/" other_pid[n] "/net", "keep")
      if (!ss_failed) cannot_see("network namespace " other_id[n] " of process " other_pid[n] ": " (has_tool["nsenter"] ? "it could not be entered" : "nsenter is not installed here"))
    } else add_overlooked(ns, "/proc/" other_pid[n] "/net")
    learn_holders(before + 1)
  }
}
function unknown_here(already, reason) { return already == "" ? reason : already }

# ---- judging
function check_setting(k,  live, next_value, decides, file, line, told, before, i, losers, item, lost, open, hidden) {
  before = count
  live = one_space(lines["/proc/sys/" path[k], 1])
  next_value = file = line = ""
  decides = deciding(k)
  if (decides != "") { next_value = table_value[decides]; file = table_file[decides]; line = table_line[decides] }
  open = undecided(k, decides)
  if (open != "")
    unknown = unknown_here(unknown, clip(open, 300) (open ~ /^\// ? " may set " key[k] " at the next boot, and this user may not read it; look as root" : " may set " key[k] " at the next boot; remove it"))
  else if (busybox_may_differ(k, next_value)) {
    open = "/etc/sysctl.conf"
    unknown = unknown_here(unknown, "/etc/sysctl.conf and /etc/sysctl.d do not agree on " key[k] ", and which of them counts differs where BusyBox sets it at boot; remove line " conf_line[k] " from /etc/sysctl.conf")
  }
  told = (key[k] in sysctl) ? sysctl[key[k]] : ""
  if (key[k] == "net.core.somaxconn") {
    somaxconn = live
    # When it was set for the last time, as far as anybody can tell: when the file was written, or at the boot.
    if (live != "" && !differs(want[k], live) && !differs_in_file(want[k], next_value, live) && mtime[file] ~ /^[0-9]+$/) { changed = mtime[file]; changed_file = file }
  }
  if (told != "" && live != "" && told != live)
    find("live-setting", key[k] " (live)", live " from sysctl as from /proc/sys", told, \
      "sysctl and /proc/sys disagree, so one of them does not show this network namespace.", "look at both by hand")
  if (live == "" && uid != "0" && (("/proc/sys/" path[k]) in hidden_key)) {
    hidden = 1
    cannot_see(key[k] ": this user may not read it")
    unknown = unknown_here(unknown, "this user may not read " key[k] "; look as root")
  } else if (live == "")
    find("live-setting", key[k] " (live)", want[k], "no such key", \
      "This kernel or this container does not show the key.", "check the spelling, or set it on the host that owns the network namespace")
  else if (differs(want[k], live)) {
    if (!differs_in_file(want[k], next_value, live))
      find("live-setting", key[k] " (live)", want[k], live, \
        "It was changed by hand after it had been applied: " file " line " line " has the right value.", "sudo sysctl -p " file)
    else
      find("live-setting", key[k] " (live)", want[k], live, file == "" ? "No sysctl.d file sets it." : file " line " line " sets " clip(next_value, 400) ".", \
        "sudo sysctl -w " key[k] "=" want[k])
  }
  if (open == "" && boot == "masked")
    find("persisted-setting", key[k] " (next boot)", want[k], "nothing", \
      "systemd-sysctl.service is masked, so no boot reads any sysctl.d file.", \
      mask ~ /generator/ ? "take systemd.mask=systemd-sysctl.service off the command line of the kernel" : "sudo systemctl unmask systemd-sysctl.service")
  else if (open == "" && next_value == "")
    find("persisted-setting", key[k] " (next boot)", want[k], "nothing", \
      "No sysctl.d file sets it, so a reboot loses it.", "write \"" key[k] " = " want[k] "\" to /etc/sysctl.d/99-zz-listen-backlog.conf")
  else if (open == "" && differs_in_file(want[k], next_value, live))
    find("persisted-setting", key[k] " (next boot)", want[k], next_value, \
      file " line " line " is the last to set it.", "remove line " line " from " file)
  losers = ""
  lost = 0
  for (i = setters[k]; i >= 1; i--) {
    if (setter_file[k, i] == file && setter_line[k, i] == line) continue
    item = "{\"file\":" json(clip(setter_file[k, i], 300)) ",\"line\":" setter_line[k, i] ",\"value\":" json(clip(setter_value[k, i], 100)) "}"
    if (length(losers) + length(item) > 600) lost++
    else losers = joined(losers, item)
  }
  if (boot != "sysctl" && (k in conf_line) && differs(want[k], conf_value[k]) && file_id[file] != file_id["/etc/sysctl.conf"])
    note("sysctl-conf-agrees", "warning", "/etc/sysctl.conf line " conf_line[k], key[k] " = " want[k], conf_value[k], \
      "sysctl --system and sysctl -p read this file last, over every file of sysctl.d, so whoever runs them undoes " (file == "" ? "the declared value" : file) ".", \
      "remove line " conf_line[k] " from /etc/sysctl.conf")
  item = "{\"key\":" json(key[k]) ",\"wanted\":" json(want[k]) ",\"live\":" json(clip(live, 400)) \
    ",\"sysctl\":" json(clip(told, 400)) ",\"persisted\":" json(clip(next_value, 400)) ",\"file\":" json(file) ",\"line\":" (line == "" ? "null" : line) \
    ",\"changed\":" number_or_null(mtime[file]) ",\"losers\":[" losers "],\"losersOmitted\":" lost ",\"holds\":" (count > before ? "false" : (open != "" || hidden ? "null" : "true")) "}"
  if (fits("settings", settings, item, 5000)) settings = joined(settings, item)
}

# OpenRC has the sysctl of BusyBox read /etc/sysctl.conf before /etc/sysctl.d and no other directory; others read it last.
function busybox_may_differ(k, next_value) {
  return boot == "sysctl" && (k in conf_line) && setters[k] > 1 && real_name(sysctl_path, "/busybox$") != "" && others_say(k, next_value)
}
function others_say(k, next_value,  i) {
  for (i = 1; i <= setters[k]; i++) if (differs(want[k], setter_value[k, i]) != differs(want[k], next_value)) return 1
  return 0
}

# What somaxconn must be for all services: as it was told to be, or as large as the largest declared backlog.
function needed(  k, s, most) {
  for (k = 1; k <= keys; k++) if (key[k] == "net.core.somaxconn") return want[k]
  for (s = 1; s <= declared; s++) if (service_want[s] + 0 > most + 0) most = service_want[s]
  return most
}
function fix_for(s, i, got,  restart, limit, unit) {
  # The unit that holds this socket need not be the one that was declared: only its restart helps.
  unit = sock_ns[i] == 1 && sock_unit[i] ~ /^[A-Za-z0-9:_.@-]+\.service$/ ? sock_unit[i] : service_unit[s]
  restart = unit == "-" ? "restart the service" : "sudo systemctl restart " unit
  limit = ns_somaxconn[sock_ns[i]]
  if (got + 0 > service_want[s] + 0) return "declare " got ", or lower it in the configuration of the service; then " restart
  if (limit != "" && limit + 0 < service_want[s] + 0) {
    if (sock_ns[i] == 1) return "sudo sysctl -w net.core.somaxconn=" needed() ", then " restart
    return "start the container with --sysctl net.core.somaxconn=" service_want[s] ", or set that inside it and restart the service there"
  }
  if (is_of_systemd(i))
    return "write \"Backlog=" service_want[s] "\" under [Socket] with sudo systemctl edit of its socket unit, which systemctl list-sockets names; then stop the service, and restart the socket unit"
  if (service_fix[s] != "-") return service_fix[s] ", then " restart
  return restart
}
function cause_for(s, i, got,  limit, since) {
  limit = ns_somaxconn[sock_ns[i]]
  if (got + 0 > service_want[s] + 0) return "Its configuration asks for more than was declared."
  if (got == limit && sock_ns[i] == 1)
    return "The kernel cut it to net.core.somaxconn, which is " limit " now, when the service called listen()."
  if (got == limit)
    return "Its network namespace, that of a container, has a net.core.somaxconn of its own, which is " limit ": the one of the host does not reach it."
  since = sock_since[i] == "before-change" && limit + 0 >= service_want[s] + 0
  if (is_of_systemd(i))
    return "systemd listens for it: its socket unit was started " (since ? "before the change" : "while somaxconn was lower") ", or has Backlog=" got ". A restart of the service alone keeps the socket."
  if (got == service_default[s])
    return (since ? "It has listened since before the change, and " : "") got " is what this software asks for by itself: its configuration names no backlog."
  if (since)
    return "It has listened since before the change: its process, " p_name[sock_pid[i]] " (" sock_pid[i] "), is older than " changed_file "."
  return "It has listened since before somaxconn was raised, or its configuration asks for " got "."
}
function subject_of(s, i, alike) {
  return service_name[s] " on " sock_local[i] (alike > 1 ? " (" alike " sockets)" : "") \
    (sock_ns[i] == 1 ? "" : " in network namespace " ns_id[sock_ns[i]] (sock_pid[i] == "" ? "" : " (" p_name[sock_pid[i]] ", process " sock_pid[i] ")"))
}
function socket_json(i, full,  out, pid) {
  out = "{\"local\":" json(sock_local[i]) ",\"recvQ\":" number_or_null(sock_recvq[i]) ",\"sendQ\":" number_or_null(sock_sendq[i])
  if (sock_ns[i] != 1) out = out ",\"namespace\":" json(ns_id[sock_ns[i]])
  pid = sock_pid[i]
  if (full) {
    if (pid != "") out = out ",\"process\":" json(p_name[pid]) ",\"pid\":" pid
    if (sock_unit[i] != "") out = out ",\"unit\":" json(clip(sock_unit[i], 100))
    if (pid in p_started) out = out ",\"started\":" p_started[pid]
    if (sock_since[i] != "") out = out ",\"listeningSince\":\"" sock_since[i] "\""
    if (sock_files[i] != "") out = out ",\"openFiles\":" sock_files[i]
  }
  return out "}"
}
# Judges a service on every socket that it has where it lives: wrong ones are listed first.
function check_service(s,  before, i, seen, wrong, right, got, holders, group, alike, order, n, k, cause, blind, where, inside, unsure, stranger) {
  before = count
  seen = wrong = right = holders = n = blind = inside = unsure = stranger = 0
  for (i = 1; i <= sockets; i++) {
    if (!belongs(i, s)) continue
    # Somebody else may have the same port in a container: the service is judged where it is found first.
    if (sock_ns[i] != 1 && here[s] && namespaces != "all") continue
    seen++
    if (sock_ns[i] != 1) { inside++; if (service_unit[s] == "-" || sock_unit[i] != service_unit[s]) stranger = i }
    else if (may_forward(i)) unsure++
    got = sock_sendq[i]
    if (sock_pid[i] != "" && !((s, sock_pid[i]) in holder)) { holder[s, sock_pid[i]] = 1; holders++ }
    if (sock_overlooked[i]) { blind++; overlooked++; right_one[++right] = i; continue }
    if (sock_pid[i] == "") hidden_sockets++
    else if (sock_guess[i]) guessed_sockets++
    if (got == "") { blind++; blinds++ }
    if (got == "" || !differs(service_want[s], got)) { right_one[++right] = i; continue }
    wrong_one[++wrong] = i
    group = sock_local[i] " " sock_ns[i] " " got
    if (!((s, group) in alike)) { alike[s, group] = 0; order[++n] = i }
    alike[s, group]++
  }
  for (k = 1; k <= n; k++) {
    i = order[k]
    got = sock_sendq[i]
    cause = cause_for(s, i, got)
    # Which of several processes has the wrong socket is what one would look for next.
    if (holders > 1 && sock_pid[i] != "") cause = cause " It is held by " p_name[sock_pid[i]] " (" sock_pid[i] ")."
    find("effective-backlog", subject_of(s, i, alike[s, sock_local[i] " " sock_ns[i] " " got]), service_want[s], got, cause, fix_for(s, i, got))
  }
  where = service_path[s] != "" ? service_path[s] : "port " service_port[s]
  if (seen && forwarded[s] != "" && !inside) {
    unsure++
    unknown = unknown_here(unknown, forwarded[s] " only forwards " where ", and " (uid == "0" ? "no container was found that listens on it: declare the service as it is inside, and look there" : "this user cannot see where to; look as root"))
  } else if (unsure) {
    cannot_see("whether a container engine only forwards " where ": " (uid == "0" ? "this container does not show the processes of its host" : "this user is not root"))
    unknown = unknown_here(unknown, "who listens on " where " is hidden from this " (uid == "0" ? "container" : "user") ", and may be a forwarder of a container engine, which runs here; look " (uid == "0" ? "from outside of it" : "as root"))
  }
  if (!seen) {
    find("effective-backlog", service_name[s] " on " where, service_want[s], "no listening socket", \
      (is_stale(s) ? "Nothing can reach it there: a socket of that name listens, and its file was removed or replaced." : \
      "Nothing listens there: the service is down, or uses another " (service_path[s] != "" ? "path." : "port or address.") (uid == "0" ? "" : " Or it is in a container, where only root can look.")), \
      service_unit[s] == "-" ? "start the service, or correct its declared " (service_path[s] != "" ? "path" : "port") : "systemctl status " service_unit[s])
  } else if (here[s] && namespaces != "all" && elsewhere[s])
    note("service-has-one-place", "info", service_name[s], "one network namespace", "listeners on the same port in " elsewhere[s] " more", \
      "The service was found in the namespace of the host, so what listens in containers was not judged.", \
      "nothing, if these are other services; otherwise judge them too with --namespaces all")
  # Any container may have the same port, and the unit of the service tells that it is this one.
  if (stranger && !listens[s])
    note("service-is-on-host", "warning", service_name[s], "a listener on " where " of the host", "one in another network namespace" (sock_pid[stranger] == "" ? "" : ", of " p_name[sock_pid[stranger]] " (" sock_pid[stranger] ")"), \
      "Nothing listens there on the host itself, so what has it in a container was judged in its place.", \
      "nothing, if this is the service; otherwise start the service on the host")
  service_sockets[s] = seen
  for (k = 1; k <= wrong; k++) service_socket[s, k] = wrong_one[k]
  for (k = 1; k <= right; k++) service_socket[s, wrong + k] = right_one[k]
  service_holds[s] = count > before ? "false" : (blind || unsure ? "null" : "true")
}
function is_stale(s,  i) {
  for (i = 1; i <= sockets; i++) if (service_path[s] != "" && sock_local[i] == service_path[s]) return 1
  return 0
}
# Every service first, then a socket of each, then what else there is room for.
function services_json(left,  s, k, out, item, more, small) {
  for (s = 1; s <= declared; s++) {
    item = "{\"name\":" json(service_name[s]) ",\"port\":" (service_path[s] == "" ? service_port[s] : "null") \
      (service_path[s] == "" ? "" : ",\"path\":" json(service_path[s])) (service_address[s] == "-" ? "" : ",\"address\":" json(service_address[s])) ",\"wanted\":" service_want[s] ",\"holds\":" service_holds[s]
    if (elsewhere[s]) item = item ",\"elsewhere\":" elsewhere[s]
    more = item ",\"socketsOmitted\":" service_sockets[s] ",\"sockets\":[]}"
    if (length(more) + 1 > left) { omitted["services"]++; continue }
    left -= length(more) + 1
    entry[s] = item
    placed[s] = 0
    placed_list[s] = ""
  }
  for (s = 1; s <= declared; s++) if ((s in entry) && service_sockets[s]) {
    small = socket_json(service_socket[s, 1], 0)
    if (length(small) > left) continue
    left -= length(small)
    placed_list[s] = small
    placed[s] = 1
  }
  for (s = 1; s <= declared; s++) if (placed[s]) {
    item = socket_json(service_socket[s, 1], 1)
    if (length(item) - length(placed_list[s]) > left) continue
    left -= length(item) - length(placed_list[s])
    placed_list[s] = item
  }
  for (k = 2; k <= 50; k++) for (s = 1; s <= declared; s++) if (placed[s] == k - 1 && service_sockets[s] >= k) {
    item = socket_json(service_socket[s, k], 1)
    if (length(item) + 1 > left) continue
    left -= length(item) + 1
    placed_list[s] = joined(placed_list[s], item)
    placed[s] = k
  }
  out = ""
  for (s = 1; s <= declared; s++) if (s in entry) {
    omitted["sockets"] += service_sockets[s] - placed[s]
    out = joined(out, entry[s] ",\"socketsOmitted\":" service_sockets[s] - placed[s] ",\"sockets\":[" placed_list[s] "]}")
  }
  return out
}

# ---- the host
function counters_json(file,  head, values, name, value, n, i, out) {
  out = ""
  while ((getline head < file) > 0) {
    if (head !~ /^TcpExt:/) continue
    if ((getline values < file) <= 0) break
    n = split(head, name, " ")
    split(values, value, " ")
    for (i = 2; i <= n; i++)
      if (name[i] ~ /^(ListenOverflows|ListenDrops|TCPReqQFullDoCookies|TCPReqQFullDrop|SyncookiesSent)$/ && value[i] ~ /^[0-9]+$/)
        out = joined(out, json(name[i]) ":" value[i])
    break
  }
  close(file)
  return "{" out "}"
}
function namespaces_json(  n, out, item) {
  out = "{\"namespace\":\"host\",\"somaxconn\":" number_or_null(somaxconn) ",\"counters\":" counters_json("/proc/net/netstat") "}"
  for (n = 2; n <= ns_count; n++) {
    item = "{\"namespace\":" json(ns_id[n]) ",\"pid\":" ns_pid[n] ",\"somaxconn\":" number_or_null(ns_somaxconn[n]) \
      ",\"counters\":" counters_json("/proc/" ns_pid[n] "/net/netstat") "}"
    if (fits("namespaces", out, item, 3000)) out = joined(out, item)
  }
  return out
}
function os_json(  file, line, at, value, os, try) {
  os["ID"] = os["VERSION_ID"] = os["PRETTY_NAME"] = ""
  for (try = 1; try <= 2 && os["ID"] == ""; try++) {
    file = try == 1 ? "/etc/os-release" : "/usr/lib/os-release"
    while (has_tool[file] && (getline line < file) > 0) {
      at = index(line, "=")
      if (!at || !(substr(line, 1, at - 1) in os)) continue
      value = substr(line, at + 1)
      gsub(/^["\047]|["\047]$/, "", value)
      os[substr(line, 1, at - 1)] = clip(value, 80)
    }
    close(file)
  }
  return "{\"id\":" json(os["ID"]) ",\"version\":" json(os["VERSION_ID"]) ",\"name\":" json(os["PRETTY_NAME"]) "}"
}
# What kind of container this is, if it says so.
function container_name(  line, file) {
  line = has_tool["/run/systemd/container"] ? first_line("/run/systemd/container") : ""
  if (line ~ /^[a-z0-9-]+$/) return line
  if (has_tool["/run/.containerenv"]) return "podman"
  if (has_tool["/.dockerenv"]) return "docker"
  line = first_line("/proc/1/environ")
  if (match(line, /(^|[^A-Za-z0-9_])container=[a-z0-9-]+/)) {
    line = substr(line, RSTART, RLENGTH)
    sub(/.*=/, "", line)
    return line
  }
  file = "/proc/1/cgroup"
  while ((getline line < file) > 0) if (match(line, /(docker|kubepods|lxc|libpod)/)) { close(file); return substr(line, RSTART, RLENGTH) }
  close(file)
  return "none"
}
# cloud-init is done when result.json is there; whether it went well stands in there and in status.json.
function cloud_init_state(  file, line, text, status) {
  if (cloud_init != "done") return cloud_init
  file = "/run/cloud-init/result.json"
  while (has_tool[file] && (getline line < file) > 0 && length(text) < 20000) text = text line
  close(file)
  file = "/run/cloud-init/status.json"
  while (has_tool[file] && (getline line < file) > 0 && length(status) < 100000) status = status line
  close(file)
  gsub(/[ \t]/, "", text)
  gsub(/[ \t]/, "", status)
  if (text ~ /"errors":\[[^]]/) return "error"
  if (text ~ /"recoverable_errors":[{]"/ || status ~ /"recoverable_errors":[{]"/) return "degraded"
  return "done"
}
function tool_json(name) { return json(name) ":" (has_tool[name] ? "true" : "false") }
function omitted_json(  i, n, part, out) {
  n = split("findings notes settings services sockets namespaces unseen", part, " ")
  out = ""
  for (i = 1; i <= n; i++) out = joined(out, json(part[i]) ":" omitted[part[i]] + 0)
  return "{" out "}"
}
function read_uid(  line, field) {
  while ((getline line < "/proc/self/status") > 0) if (line ~ /^Uid:/) { split(line, field, "[ \t]+"); uid = field[3] }
  close("/proc/self/status")
}

BEGIN {
  FS = "\t"
  section = ""
  FORWARDERS = "^(docker-proxy|dockerd|conmon|rootlessport.*|rootlesskit.*|kube-proxy|gvproxy|slirp4netns|passt|pasta|passt[.]avx2|pasta[.]avx2|lxd|incusd)$"
}
section == "ss" { take_ss(1, $0); next }
$0 == "@ss" { section = "ss"; next }
section == "proc" { take_line($0); next }
$0 == "@proc" { section = "proc"; next }
section == "sysctl" { at = index($0, " = "); if (at) sysctl[substr($0, 1, at - 1)] = one_space(substr($0, at + 3)); next }
$0 == "@sysctl" { section = "sysctl"; next }
/^@stat / { take_stat(substr($0, 7)); next }
$1 == "@awk-path" { awk_path = $2; next }
$1 == "@sysctl-path" { sysctl_path = $2; next }
$1 == "@boot" { boot = $2; mask = $3; next }
$1 == "@hidden-key" { hidden_key[$2] = 1; next }
$1 == "@engine" { engine = 1; next }
$1 == "@setting" { key[++keys] = $2; path[keys] = path_of($2); want[keys] = $3; next }
$1 == "@service" {
  n = ++declared
  service_name[n] = $2; service_want[n] = $4; service_default[n] = $5
  service_address[n] = $6; service_unit[n] = $7; service_fix[n] = $8
  if ($3 ~ /^\//) { service_path[n] = $3; declared_path[$3] = 1; paths++ }
  else { service_path[n] = ""; service_port[n] = $3; declared_port[$3] = 1; ports++ }
  next
}
$1 == "@file" { candidate[++candidates] = $2; next }
$1 == "@mask" { candidate[++candidates] = $2; masked[$2] = 1; next }
$1 == "@closed" { if ($2 != "/etc/sysctl.conf") candidate[++candidates] = $2; closed[$2] = 1; next }
$1 == "@far" { if ($2 ~ /\.d$/) far_directory = $2; else { candidate[++candidates] = $2; far[$2] = 1 } next }
$1 == "@blind" { blind_place = $2; cannot_see($2 ($2 ~ /^\// ? ": this user may not read it" : "")); next }
$1 == "@tools" { n = split($2, tool, " "); for (i = 1; i <= n; i++) has_tool[tool[i]] = 1; next }
END {
  # What was gathered is not whole.
  if (section != "ss") exit 4
  read_uid()
  if (far_directory != "" && uid != "0") { blind_place = far_directory; cannot_see(far_directory ": this user may not read it") }
  read_files()
  read_sysctl_conf()
  if (!has_tool["grep"]) {
    list = " /proc/sys/net/core/somaxconn /proc/sys/kernel/osrelease"
    for (k = 1; k <= keys; k++) list = list " /proc/sys/" path[k]
    read_lines(list)
  }
  for (k = 1; k <= keys; k++) check_setting(k)
  if (somaxconn == "") somaxconn = one_space(lines["/proc/sys/net/core/somaxconn", 1])
  ns_count = 1
  ns_somaxconn[1] = somaxconn
  container = container_name()
  if (declared) read_sockets()
  if (declared && namespaces == "all" && (uid != "0" || own_ns == ""))
    unknown = unknown_here(unknown, "all network namespaces were asked for, and " (uid != "0" ? "this user cannot see those of containers; look as root" : "nothing tells them apart; install stat"))
  for (s = 1; s <= declared; s++) check_service(s)
  cloud = cloud_init_state()
  if (cloud == "running")
    find("cloud-init-finished", "cloud-init", "done", "still running", "It had not finished when the wait ended.", "look at /var/log/cloud-init-output.log, or allow more time")
  if (cloud == "error" || cloud == "degraded")
    note("cloud-init-succeeded", "warning", "cloud-init", "done", cloud, "It finished with errors, which may have nothing to do with these settings: the values decide.", "look at cloud-init status --long and at /var/log/cloud-init-output.log")
  if (blinds) {
    reason = has_tool["ss"] ? "ss does not work here" : "ss is not installed here"
    if (ss_failed) {
      cannot_see("the effective backlog of " blinds " socket" (blinds > 1 ? "s" : "") ": " reason)
      unknown = unknown_here(unknown, reason ", and nothing else shows the effective backlog; install iproute2")
    } else if (ss_mute) {
      reason = "the kernel does not answer ss here"
      cannot_see("the effective backlog of " blinds " socket" (blinds > 1 ? "s" : "") ": " reason)
      unknown = unknown_here(unknown, reason ", and nothing else shows the effective backlog; load the kernel modules " (ports ? "tcp_diag" (paths ? " and " : "") : "") (paths ? "unix_diag" : "") ", or look from outside of this sandbox")
    } else unknown = unknown_here(unknown, "a network namespace with a declared service could not be entered; enter it and run this probe there")
  }
  if (overlooked) {
    cannot_see("the effective backlog of " overlooked " socket" (overlooked > 1 ? "s" : "") ": ss leaves out what /proc/net shows")
    unknown = unknown_here(unknown, "ss leaves out " overlooked " listening socket" (overlooked > 1 ? "s" : "") " that /proc/net/tcp or tcp6 shows on a declared port; compare them with ss -lnte by hand, and look whether ss is that of iproute2")
  }
  if (hidden_sockets && !ss_failed)
    cannot_see("the processes of " hidden_sockets " socket" (hidden_sockets > 1 ? "s" : "") (uid == "0" ? ": the kernel holds them, or they are outside of this container" : ": they belong to other users, and this one is not root"))
  if (guessed_sockets)
    cannot_see("which processes hold " guessed_sockets " socket" (guessed_sockets > 1 ? "s" : "") ": this user is not root, so those of the unit are shown")
  if (declared && uid != "0") cannot_see("the network namespaces of containers: this user is not root")
  if (!has_tool["stat"]) cannot_see("when files changed" (paths ? ", whether the paths of Unix sockets lead to them" : "") ", and the network namespaces of containers: stat is not installed here")
  else if (own_ns == "") cannot_see("when files changed" (paths ? ", whether the paths of Unix sockets lead to them" : "") ", and the network namespaces of containers: stat does not work here")

  verdict = count ? "not-as-declared" : (unknown != "" ? "unknown" : "as-declared")
  if (verdict == "unknown") { print "could not look: " unknown; people = "could not look at " host ": " unknown "\n" }
  else if (count) {
    print "not as declared: " host ": " clip(first, 500) (count > 1 ? " (and " count - 1 " more)" : "")
    people = told_people (untold ? "and " untold " more findings on " host "\n" : "")
  } else print "as declared: " host ": " keys + 0 " settings live and persisted, " declared + 0 " services with their backlog in effect"
  people = people told_notes
  if (people != "") { printf "%s", people | "exec cat 1>&2"; close("exec cat 1>&2") }

  report = "{\"schema\":\"listen-backlog-report/1\",\"host\":" json(host) ",\"verdict\":\"" verdict "\"" (verdict == "unknown" ? ",\"reason\":" json(unknown) : "") \
    ",\"mode\":" json(mode) ",\"kernel\":" json(lines["/proc/sys/kernel/osrelease", 1]) ",\"os\":" os_json() ",\"container\":" json(container) \
    ",\"uid\":" number_or_null(uid) ",\"tools\":{" tool_json("ss") "," tool_json("sysctl") "," tool_json("stat") "," tool_json("nsenter") ",\"awk\":" json(awk_name(awk_path)) "}" \
    ",\"cloudInit\":\"" cloud "\",\"findings\":[" findings "],\"notes\":[" notes "],\"settings\":[" settings "],\"namespaces\":[" namespaces_json() "]"
  rest = ",\"unseen\":[" unseen "],\"omitted\":"
  # 23,000 for the document, of which 150 for what was omitted; the line for people has at most 800.
  list = services_json(23000 - 150 - length(report) - length(rest))
  print report ",\"services\":[" list "]" rest omitted_json() "}"
  # 2 is what awk itself ends with when it fails.
  exit count ? 1 : (verdict == "unknown" ? 3 : 0)
}'

main() {
  # What runs at the login may have read a part of this script. Nothing that it defines is sure to be here.
  if [ "${begun-}" != "$$" ]; then
    reason='the beginning of the probe did not arrive; what this shell runs at each login reads standard input'
    printf 'could not look: %s\n{"schema":"listen-backlog-report/1","host":"","verdict":"unknown","reason":"%s"}\n' "$reason" "$reason"
    printf 'could not look: %s\n' "$reason" >&2
    exit 2
  fi
  read_arguments "$@"
  command -v awk >/dev/null 2>&1 || cannot_look 'awk is not installed here'
  wait_for_cloud_init
  gather | awk -v host="$host" -v mode="$mode" -v namespaces="$namespaces" -v settle="$settle_seconds" \
    -v cloud_init="$cloud_init" "$PROGRAM"
  status=$?
  case $status in
    0 | 1) exit $status ;;
    3) exit 2 ;;
  esac
  cannot_look "awk failed with status $status"
}

main "$@"
