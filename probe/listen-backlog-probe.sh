#!/bin/sh
# listen-backlog probe: looks at one host and says whether its TCP listen backlogs are as declared.
#
#   sh -s -- --host NAME [--mode exact|at-least] [--wait SECONDS] [--settle SECONDS]
#            [--setting KEY VALUE]...
#            [--service NAME PORT EFFECTIVE DEFAULT|- ADDRESS|- UNIT|- FIX|-]...
#
# --wait bounds the wait for cloud-init, --settle the wait for a declared service that does not listen yet.
# It only reads: no writes, no temporary files, no network. stdout: one line for people, then one JSON document
# (schema listen-backlog-report/1). stderr: each finding in full, for people. Exit 0: as declared, 1: not as
# declared, 2: could not look. Everything stands in functions that the last line calls, because the script
# usually arrives on standard input and no command in it may eat the rest of it.
set -u

# Byte order and plain digits, whatever the locale of the caller is.
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
NL='
'
TAB='	'

cannot_look() { # REASON, made of printable ASCII without quotes and backslashes
  printf 'could not look: %s\n' "$1"
  printf '{"schema":"listen-backlog-report/1","host":"%s","verdict":"unknown","reason":"%s"}\n' "$host" "$1"
  printf 'could not look at %s: %s\n' "${host:-this host}" "$1" >&2
  exit 2
}

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

is_text() {
  case $1 in
    '' | *[!\ -~]*) return 1 ;;
  esac
  [ ${#1} -le 400 ]
}

# The arguments are checked here as strictly as where they are made: this script runs as whoever connects.
read_arguments() {
  host='' mode=exact wait_seconds=300 settle_seconds=0 settings='' keys='' services='' ports=''
  while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
      --host) takes 1 $# && is_word "$1" && host=$1 && shift 1 && continue ;;
      --mode) takes 1 $# && mode=$1 && shift && case $mode in exact | at-least) continue ;; esac ;;
      --wait) takes 1 $# && is_number "$1" && wait_seconds=$1 && shift && continue ;;
      --settle) takes 1 $# && is_number "$1" && settle_seconds=$1 && shift && continue ;;
      --setting)
        if takes 2 $# && is_word "$1" && is_text "$2"; then
          case $1 in
            *..* | [/.-]* | *[!a-zA-Z0-9_./-]*) ;; # no path out of /proc/sys, and no option of sysctl
            *)
              settings=$settings@setting$TAB$1$TAB$2$NL
              keys="$keys $1"
              shift 2
              continue
              ;;
          esac
        fi
        ;;
      --service)
        if takes 7 $# && is_word "$1" && is_number "$2" && is_number "$3" && is_word "$4" && is_word "$5" &&
          is_word "$6" && is_text "$7"; then
          services=$services@service$TAB$1$TAB$2$TAB$3$TAB$4$TAB$5$TAB$6$TAB$7$NL
          ports="$ports $2"
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

# A service may still be starting: only "nothing listens" is waited for, never a wrong number.
read_sockets() {
  sockets=
  [ -n "$ports" ] || return 0
  command -v ss >/dev/null 2>&1 ||
    cannot_look 'ss is not installed here, and nothing else shows the effective backlog; install iproute2'
  slept=0
  while :; do
    sockets=$(ss -ltn 2>/dev/null </dev/null) || cannot_look 'ss -ltn failed'
    missing=
    for port in $ports; do
      case $sockets in
        *":$port "*) ;;
        *) missing=1 ;;
      esac
    done
    [ -n "$missing" ] && [ "$slept" -lt $((settle_seconds * 5)) ] || return 0
    nap
  done
}

# Every candidate, in order of precedence of the directories; which one counts is decided in the awk program.
list_sysctl_files() {
  for dir in /etc /run /usr/local/lib /usr/lib /lib; do
    for path in "$dir"/sysctl.d/*.conf; do
      if [ ! -f "$path" ] && { [ -h "$path" ] || [ -e "$path" ]; }; then
        # A link to /dev/null or to nothing, and a directory, mask the same name in a later directory.
        printf '@mask\t%s\n' "$path"
      elif [ -f "$path" ]; then
        case $path in
          *"$NL"* | *"$TAB"*) printf '@unseen\ta file in %s whose name has a line break or a tab\n' "$dir/sysctl.d" ;;
          *)
            if [ -r "$path" ]; then
              printf '@file\t%s\n' "$path"
            else
              printf '@unseen\t%s: this user may not read it\n@mask\t%s\n' "$path" "$path"
            fi
            ;;
        esac
      fi
    done
  done
}

gather() {
  printf '%s%s' "$settings" "$services"
  if [ -n "$keys" ]; then
    list_sysctl_files
    printf '@sysctl\n'
    # A missing key makes sysctl exit non-zero; what it prints for the others still counts.
    # shellcheck disable=SC2086 # keys of a strict grammar, made for splitting
    if command -v sysctl >/dev/null 2>&1; then sysctl $keys 2>/dev/null </dev/null || :; fi
  fi
  printf '@sockets\n%s\n' "$sockets"
}

# shellcheck disable=SC2016 # an awk program
PROGRAM='
function json(s,  out, i, c) {
  out = ""
  for (i = 1; i <= length(s); i++) {
    c = substr(s, i, 1)
    if (c == "\\" || c == "\"") out = out "\\" c
    else if (c < " " || c > "~") out = out "?"
    else out = out c
  }
  return "\"" out "\""
}
function trim(s) { sub(/^[ \t\r]+/, "", s); sub(/[ \t\r]+$/, "", s); return s }
function one_space(s) { gsub(/[ \t]+/, " ", s); return trim(s) }
function base(path) { sub(/.*\//, "", path); return path }
function find(rule, subject, wanted, got, cause, fix) {
  count++
  if (count == 1) first = subject ": wanted " wanted ", got " got
  print "FINDING on " host ": " subject "\n  wanted: " wanted "\n  got:    " got "\n  cause:  " cause "\n  fix:    " fix | "cat 1>&2"
  findings = findings (count > 1 ? "," : "") "{\"rule\":" json(rule) ",\"severity\":\"error\",\"subject\":" json(subject) \
    ",\"wanted\":" json(wanted) ",\"got\":" json(got) ",\"cause\":" json(cause) ",\"fix\":" json(fix) "}"
}
# True when what is there is not what was declared.
function differs(wanted, got) {
  if (mode == "at-least" && wanted ~ /^[0-9]+$/ && got ~ /^[0-9]+$/) return got + 0 < wanted + 0
  return (wanted "") != (got "")
}

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

# What the next boot sets, by the rules of systemd-sysctl: one file for each base name, where the first directory
# wins; base names in byte order. The lines make a table by key: a line with another value than an earlier one for the
# same key or pattern takes its place and moves to the end. A line that names the key itself decides alone, one that
# names it without a value sets nothing; else the last pattern that matches decides.
function read_files(  i, j, n, sorted) {
  n = 0
  for (i = 1; i <= candidates; i++) {
    if (base(candidate[i]) in taken) continue
    taken[base(candidate[i])] = 1
    for (j = ++n; j > 1 && base(sorted[j - 1]) > base(candidate[i]); j--) sorted[j] = sorted[j - 1]
    sorted[j] = candidate[i]
  }
  for (i = 1; i <= n; i++) if (!(sorted[i] in masked)) read_file(sorted[i])
}
function read_file(file,  line, number, at, name, has, value, k) {
  number = 0
  while ((getline line < file) > 0) {
    number++
    line = trim(line)
    if (line == "" || line ~ /^[#;]/) continue
    at = index(line, "=")
    has = at > 0
    if (!has && line !~ /^-/) continue
    name = has ? trim(substr(line, 1, at - 1)) : line
    value = has ? one_space(substr(line, at + 1)) : ""
    sub(/^-[ \t]*/, "", name)
    name = path_of(name)
    for (k = 1; k <= keys; k++) if (name == path[k] || (name ~ /[*?[]/ && matches(path[k], name))) break
    if (k > keys) continue
    if (!(name in table_has) || table_has[name] != has || table_value[name] != value) table_place[name] = ++places
    table_has[name] = has
    table_value[name] = value
    table_file[name] = file
    table_line[name] = number
  }
  close(file)
}
# The line that decides a key; empty if none does.
function deciding(k,  name, best) {
  if (path[k] in table_has) return table_has[path[k]] ? path[k] : ""
  best = ""
  for (name in table_has)
    if (table_has[name] && matches(path[k], name) && (best == "" || table_place[name] > table_place[best])) best = name
  return best
}

function check_setting(k,  live, boot, decides, file, line, told, proc, before) {
  before = count
  live = ""
  proc = "/proc/sys/" path[k]
  if ((getline live < proc) > 0) live = one_space(live)
  close(proc)
  boot = file = line = ""
  decides = deciding(k)
  if (decides != "") { boot = table_value[decides]; file = table_file[decides]; line = table_line[decides] }
  told = (key[k] in sysctl) ? sysctl[key[k]] : ""
  if (key[k] == "net.core.somaxconn") somaxconn = live
  if (told != "" && live != "" && told != live)
    find("live-setting", key[k] " (live)", live " from sysctl as from /proc/sys", told, \
      "sysctl and /proc/sys disagree, so one of them does not show this network namespace.", "look at both by hand")
  if (live == "")
    find("live-setting", key[k] " (live)", want[k], "no such key", \
      "This kernel or this container does not show the key.", "check the spelling, or set it on the host that owns the network namespace")
  else if (differs(want[k], live)) {
    if (!differs(want[k], boot))
      find("live-setting", key[k] " (live)", want[k], live, \
        "It was changed by hand after it had been applied: " file " line " line " has the right value.", "sudo sysctl -p " file)
    else
      find("live-setting", key[k] " (live)", want[k], live, file == "" ? "No sysctl.d file sets it." : file " line " line " sets " boot ".", \
        "sudo sysctl -w " key[k] "=" want[k])
  }
  if (boot == "")
    find("persisted-setting", key[k] " (next boot)", want[k], "nothing", \
      "No sysctl.d file sets it, so a reboot loses it.", "write \"" key[k] " = " want[k] "\" to /etc/sysctl.d/99-zz-listen-backlog.conf")
  else if (differs(want[k], boot))
    find("persisted-setting", key[k] " (next boot)", want[k], boot, \
      file " line " line " is the last to set it.", "remove line " line " from " file)
  settings = settings (k > 1 ? "," : "") "{\"key\":" json(key[k]) ",\"wanted\":" json(want[k]) ",\"live\":" json(live) \
    ",\"sysctl\":" json(told) ",\"persisted\":" json(boot) ",\"file\":" json(file) ",\"line\":" (line == "" ? "null" : line) ",\"holds\":" (count > before ? "false" : "true") "}"
}

# LOCAL is ADDRESS:PORT as ss prints it: 0.0.0.0:80, [::]:80, *:80, 127.0.0.53%lo:53.
function check_service(s,  before, i, seen, list, local, address, got, subject, cause) {
  before = count
  seen = 0
  list = ""
  for (i = 1; i <= sockets; i++) {
    local = socket_local[i]
    if (local !~ (":" service_port[s] "$")) continue
    address = local
    sub(/:[0-9]+$/, "", address)
    sub(/%[^]]*/, "", address)
    gsub(/[][]/, "", address)
    # ss prints * for a socket on :: that takes IPv4 as well.
    if (address == "*" && service_address[s] == "::") address = "::"
    if (service_address[s] != "-" && address != service_address[s]) continue
    seen++
    got = socket_sendq[i]
    list = list (seen > 1 ? "," : "") "{\"local\":" json(local) ",\"recvQ\":" socket_recvq[i] ",\"sendQ\":" got "}"
    if (!differs(service_want[s], got)) continue
    subject = service_name[s] " on " local
    if (got + 0 > service_want[s] + 0)
      cause = "Its configuration asks for more than was declared."
    else if (got == somaxconn)
      cause = "The kernel cut it to net.core.somaxconn, which is " somaxconn " now, when the service called listen()."
    else if (got == service_default[s])
      cause = got " is what this software asks for by itself: its configuration names no backlog."
    else
      cause = "It has listened since before somaxconn was raised, or its configuration asks for " got "."
    find("effective-backlog", subject, service_want[s], got, cause, fix_for(s, got))
  }
  if (!seen) {
    subject = service_name[s] " on port " service_port[s]
    find("effective-backlog", subject, service_want[s], "no listening socket", "Nothing listens there: the service is down, or uses another port or address.", \
      service_unit[s] == "-" ? "start the service, or correct its declared port" : "systemctl status " service_unit[s])
  }
  services = services (s > 1 ? "," : "") "{\"name\":" json(service_name[s]) ",\"port\":" service_port[s] ",\"wanted\":" service_want[s] ",\"holds\":" (count > before ? "false" : "true") ",\"sockets\":[" list "]}"
}
# What somaxconn must be for all services: as it was told to be, or as large as the largest declared backlog.
function needed(  k, s, most) {
  for (k = 1; k <= keys; k++) if (key[k] == "net.core.somaxconn") return want[k]
  for (s = 1; s <= declared; s++) if (service_want[s] + 0 > most + 0) most = service_want[s]
  return most
}
function fix_for(s, got,  restart) {
  restart = service_unit[s] == "-" ? "restart the service" : "sudo systemctl restart " service_unit[s]
  if (got + 0 > service_want[s] + 0) return "declare " got ", or lower it in the configuration of the service; then " restart
  if (somaxconn + 0 < service_want[s] + 0) return "sudo sysctl -w net.core.somaxconn=" needed() ", then " restart
  if (service_fix[s] != "-") return service_fix[s] ", then " restart
  return restart
}

BEGIN { FS = "\t"; section = "" }
section == "" && $1 == "@setting" { key[++keys] = $2; path[keys] = path_of($2); want[keys] = $3; next }
section == "" && $1 == "@service" {
  n = ++declared
  service_name[n] = $2; service_port[n] = $3; service_want[n] = $4; service_default[n] = $5
  service_address[n] = $6; service_unit[n] = $7; service_fix[n] = $8
  next
}
section == "" && $1 == "@file" { candidate[++candidates] = $2; next }
section == "" && $1 == "@mask" { candidate[++candidates] = $2; masked[$2] = 1; next }
section == "" && $1 == "@unseen" { unseen = unseen (unseen == "" ? "" : ",") json($2); next }
section == "" && $1 == "@sysctl" { section = "sysctl"; next }
$1 == "@sockets" { section = "sockets"; next }
section == "sysctl" { at = index($0, " = "); if (at) sysctl[substr($0, 1, at - 1)] = one_space(substr($0, at + 3)); next }
section == "sockets" {
  split($0, field, " ")
  if (field[1] == "LISTEN") { sockets++; socket_recvq[sockets] = field[2] + 0; socket_sendq[sockets] = field[3] + 0; socket_local[sockets] = field[4] }
  next
}
END {
  read_files()
  for (k = 1; k <= keys; k++) check_setting(k)
  if (somaxconn == "" && (getline somaxconn < "/proc/sys/net/core/somaxconn") <= 0) somaxconn = ""
  for (s = 1; s <= declared; s++) check_service(s)
  if (cloud_init == "running")
    find("cloud-init-finished", "cloud-init", "done", "still running", "It had not finished when the wait ended.", "look at /var/log/cloud-init-output.log, or allow more time")
  if (count) close("cat 1>&2")
  if ((getline kernel < "/proc/sys/kernel/osrelease") <= 0) kernel = ""
  if (count) print "not as declared: " host ": " first (count > 1 ? " (and " count - 1 " more)" : "")
  else print "as declared: " host ": " keys + 0 " settings live and persisted, " declared + 0 " services with their backlog in effect"
  print "{\"schema\":\"listen-backlog-report/1\",\"host\":" json(host) ",\"verdict\":" (count ? "\"not-as-declared\"" : "\"as-declared\"") \
    ",\"mode\":" json(mode) ",\"kernel\":" json(kernel) ",\"cloudInit\":" json(cloud_init) ",\"settings\":[" settings "],\"services\":[" services "],\"findings\":[" findings "],\"unseen\":[" unseen "]}"
  exit count ? 1 : 0
}'

main() {
  read_arguments "$@"
  command -v awk >/dev/null 2>&1 || cannot_look 'awk is not installed here'
  wait_for_cloud_init
  read_sockets
  gather | awk -v host="$host" -v mode="$mode" -v cloud_init="$cloud_init" "$PROGRAM"
  status=$?
  case $status in
    0 | 1) exit $status ;;
  esac
  cannot_look "awk failed with status $status"
}

main "$@"
