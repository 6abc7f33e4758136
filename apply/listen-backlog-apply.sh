#!/bin/sh
# listen-backlog apply: makes the settings of one host as declared, and lets its services listen again.
#
#   sh -s -- --host NAME [--mode exact|at-least] [--file NAME.conf] [--owner HEX] [--wait SECONDS] [--settle SECONDS]
#            [--dry-run | --restore]
#            [--setting KEY VALUE]...
#            [--relisten NAME PORT|PATH BACKLOG ADDRESS|- UNIT restart|reload]...
#
# It writes /etc/sysctl.d/NAME.conf in one step, applies that file alone, reads back, and lets each service whose
# effective backlog is not as declared listen again, in this order. What is right already is not touched.
# --restore puts back the values that the file says were there before, and removes it, if it has this owner.
# --wait bounds the wait for cloud-init and for another run, --settle the wait for a service to come back. --dry-run only says what it would do.
#
# stdout: one line for people, then one JSON document (schema listen-backlog-apply/1). stderr: the reason of a failure.
# Two runs on one host come one after the other: the second waits for the first, within --wait.
# Exit 0: done, or nothing to do; 1: failed, and what was changed is as it was before, unless the reason says otherwise;
# 2: refused before anything was changed. Needs root, or `sudo -n` for what it has to change, and nothing where
# nothing has to change. Everything stands in functions that the last line calls, because the script usually arrives
# on standard input, and half of it must do nothing.
begun=$$
set -u

LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
NL='
'
TAB='	'
FOLDER=/etc/sysctl.d
LOCK=/run/listen-backlog.lock
MARKER='# Written by listen-backlog: change the declaration, not this file.'

# ---- what is said

steps='' changed='' report_settings=''

printable() { # TEXT: on one line, of printable ASCII
  case $1 in
    *[!\ -~]*) printf '%.900s' "$(printf '%s' "$1" | tr '\n\t' '  ' | tr -c ' -~' '?')" ;;
    *) printf '%.900s' "$1" ;;
  esac
}

json() {
  case $1 in
    *[\\\"]*) printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')" ;;
    *) printf '"%s"' "$1" ;;
  esac
}

step() { # TEXT
  steps=$steps${steps:+$NL}$1
}

did() { # TEXT: a step that changed something
  changed=yes
  step "$1"
}

# VERDICT LINE REASON
report() {
  list='' listed=''
  split_lines
  for line in $steps; do
    listed="$listed${listed:+; }$line"
    list="$list${list:+,}$(json "$line")"
  done
  split_words
  printf '%s: %s%s\n' "$2" "$host" "${listed:+: $listed}"
  printf '{"schema":"listen-backlog-apply/1","host":%s,"verdict":"%s","mode":"%s","file":%s,"settings":[%s],"steps":[%s],"reason":%s}\n' \
    "$(json "$host")" "$1" "$mode" "$(json "$file")" "$report_settings" "$list" "$(json "$3")"
}

refuse() { # REASON
  reason=$(printable "$1")
  report refused 'nothing was changed' "$reason"
  printf 'could not apply on %s: %s\n' "${host:-this host}" "$reason" >&2
  exit 2
}

failed() { # REASON
  reason=$(printable "$1")
  report failed 'could not apply' "$reason"
  printf 'could not apply on %s: %s\n' "$host" "$reason" >&2
  exit 1
}

split_lines() {
  IFS=$NL
  set -f
}

split_words() {
  IFS=" $TAB$NL"
  set +f
}

# ---- what is given

# @NUMBERS_AND_WORDS@

# A path of /proc/sys that a declaration may name: no other of fs, kernel and vm, where keys run programs or act at once.
is_key() {
  case $1 in
    *[./][./]* | *[!A-Za-z0-9_:@+./-]* | *[./] | *[./]flush) return 1 ;;
    net.*) ;;
    fs.aio-max-nr | fs.file-max | fs.nr_open | fs.epoll.max_user_watches | fs.inotify.max_user_instances | fs.inotify.max_user_watches) ;;
    kernel.pid_max | kernel.threads-max | vm.max_map_count | vm.overcommit_memory | vm.swappiness) ;;
    *) return 1 ;;
  esac
  [ ${#1} -le 255 ]
}

is_value() {
  case $1 in
    '' | ' '* | *' ' | *'  '* | *[!A-Za-z0-9_.,:+@/\ -]*) return 1 ;;
  esac
  [ ${#1} -le 1024 ]
}

is_file() {
  case $1 in
    [!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | 99-sysctl.conf) return 1 ;;
    ?*.conf) [ ${#1} -le 105 ] ;;
    *) return 1 ;;
  esac
}

is_unit() {
  case $1 in
    [!A-Za-z0-9]* | *[!A-Za-z0-9:_.@-]*) return 1 ;;
    ?*.service | ?*.socket) [ ${#1} -le 210 ] ;;
    *) return 1 ;;
  esac
}

is_place() { # a port, or the path of a Unix socket
  case $1 in
    /*[!A-Za-z0-9._@/-]*) return 1 ;;
    /?*) [ ${#1} -le 107 ] ;;
    *) is_number "$1" ;;
  esac
}

is_hex() {
  case $1 in
    '' | *[!0-9a-f]*) return 1 ;;
  esac
  [ ${#1} -le 64 ]
}

read_arguments() {
  host='' mode=at-least name=99-zz-listen-backlog.conf owner='' wait_seconds=300 settle_seconds=30 task=apply
  settings='' services='' file=''
  while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
      --host) [ $# -ge 1 ] && is_word "$1" && host=$1 && shift && continue ;;
      --mode) [ $# -ge 1 ] && case $1 in exact | at-least) true ;; *) false ;; esac && mode=$1 && shift && continue ;;
      --file) [ $# -ge 1 ] && is_file "$1" && name=$1 && shift && continue ;;
      --owner) [ $# -ge 1 ] && is_hex "$1" && owner=$1 && shift && continue ;;
      --wait) [ $# -ge 1 ] && is_number "$1" && wait_seconds=$1 && shift && continue ;;
      --settle) [ $# -ge 1 ] && is_number "$1" && settle_seconds=$1 && shift && continue ;;
      --dry-run | --restore) task=${option#--} && continue ;;
      --setting)
        if [ $# -ge 2 ] && is_key "$1" && is_value "$2"; then
          settings=$settings${settings:+$NL}$1$TAB$2
          shift 2
          continue
        fi
        ;;
      --relisten)
        if [ $# -ge 6 ] && is_word "$1" && is_place "$2" && is_number "$3" && is_word "$4" && is_unit "$5" &&
          case $6 in restart | reload) true ;; *) false ;; esac; then
          services=$services${services:+$NL}$1$TAB$2$TAB$3$TAB$4$TAB$5$TAB$6
          shift 6
          continue
        fi
        ;;
    esac
    # Never echoed back: a hostile argument must not reach a terminal or a log.
    is_word "$option" || option='(unprintable)'
    refuse "bad argument at $option"
  done
  [ -n "$host" ] || refuse 'bad argument: --host NAME is missing'
  [ "$task" = restore ] || [ -n "$settings" ] || refuse 'bad argument: no --setting is given'
  file=$FOLDER/$name
  draft=$FOLDER/.$name.new
}

# ---- what is there

wait_for_cloud_init() {
  [ -d /run/cloud-init ] && [ ! -e /run/cloud-init/disabled ] || return 0
  [ -e /run/cloud-init/enabled ] || [ -e /run/cloud-init/status.json ] || return 0
  slept=0
  until [ -e /run/cloud-init/result.json ]; do
    [ "$slept" -lt $((wait_seconds * 5)) ] ||
      refuse "cloud-init still ran after $wait_seconds seconds, and may yet set values of its own; try again later"
    nap
  done
}

# Another run on this host would take our draft for its own. The folder itself is locked, so that nobody has to make a file, whoever
# they are; the lock goes with this process. Without flock, root makes a folder, and one whose process is gone counts for nothing.
lock() {
  slept=0
  if command -v flock >/dev/null 2>&1 && [ -d "$FOLDER" ] && [ -r "$FOLDER" ]; then
    exec 9<"$FOLDER"
    while :; do
      # By way of standard input: some shells give no other of their files to a command.
      flock -n 0 <&9 2>/dev/null
      case $? in
        0) return 0 ;;
        1) wait_for_other ;;
        *) break ;; # one that cannot do this
      esac
    done
    exec 9<&-
  fi
  [ "$uid" = 0 ] && [ -d /run ] || return 0
  until mkdir "$LOCK" 2>/dev/null; do
    other=$(cat "$LOCK/pid" 2>/dev/null)
    # Whoever moves it away owns what was left. A run that has just made it is given time to say who it is.
    if [ "$slept" -ge 10 ] && ! { is_number "$other" && kill -0 "$other" 2>/dev/null; } && mv "$LOCK" "$LOCK.$$" 2>/dev/null; then
      rm -rf "$LOCK.$$"
    else
      wait_for_other
    fi
  done
  trap 'rm -rf "$LOCK"' EXIT
  echo $$ >"$LOCK/pid"
}

wait_for_other() {
  [ "$slept" -lt $((wait_seconds * 5)) ] || [ "$slept" -lt 15 ] ||
    refuse "another run changes this host: it was not done after $wait_seconds seconds; run pulumi up again when it is"
  nap
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

# KEY: its value now, with one space between words; nothing if the host does not show it. Dots stand for slashes, and back.
live_value() {
  path=/proc/sys/$(printf '%s' "$1" | tr './' '/.')
  # shellcheck disable=SC2046,SC2005 # split on purpose: the kernel puts tabs between the words of a value
  [ -r "$path" ] && (set -f && echo $(cat "$path" 2>/dev/null))
}

# FILE: its content and a dot, so that no line end at its end is lost
content_of() {
  [ -e "$1" ] && cat "$1" 2>/dev/null && printf .
}

# Every declared setting `KEY<TAB>VALUE` that the next boot takes from other files than ours, by the rules of systemd-sysctl: one file for
# each base name, the first directory wins, base names in byte order. A line that names the key decides, the last of several; one that
# names it without a value keeps patterns away; else the last pattern that matches decides. A line `!FILE` is a file that is there and cannot be read.
boot_settings() {
  # shellcheck disable=SC2016 # an awk program
  {
    printf '%s\n' "$settings" | sed 's/^/=/'
    for folder in "$FOLDER" /run/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d /lib/sysctl.d; do
      for candidate in "$folder"/*.conf; do
        [ "$candidate" != "$file" ] || continue
        { [ -e "$candidate" ] || [ -h "$candidate" ]; } || continue
        # What is no file, such as a link to /dev/null, still takes the place of its name in a later folder.
        if [ ! -f "$candidate" ]; then
          printf -- '-%s\n' "$candidate"
        elif [ -r "$candidate" ]; then
          printf '+%s\n' "$candidate"
        else
          printf '!%s\n' "$candidate"
        fi
      done
    done
  } | awk '
# @KEYS_AND_PATTERNS@
    function read_file(file,  line, at, name, has, value) {
      while ((getline line < file) > 0) {
        gsub(/^[ \t\r]+|[ \t\r]+$/, "", line)
        if (line == "" || line ~ /^[#;]/) continue
        at = index(line, "=")
        has = at > 0
        if (!has && line !~ /^-/) continue
        name = has ? substr(line, 1, at - 1) : line
        value = has ? substr(line, at + 1) : ""
        sub(/^-[ \t]*/, "", name); gsub(/[ \t]+$/, "", name)
        gsub(/[ \t]+/, " ", value); sub(/^ /, "", value)
        name = path_of(name)
        # The same line once more stays where it is.
        if (!(name in has_value) || has_value[name] != has || value_of[name] != value) place[name] = ++places
        has_value[name] = has
        value_of[name] = value
      }
      close(file)
    }
    function deciding(path,  name, best) {
      if (path in has_value) return has_value[path] ? path : ""
      best = ""
      for (name in has_value)
        if (has_value[name] && name ~ /[*?[]/ && matches(path, name) && (best == "" || place[name] > place[best])) best = name
      return best
    }
    /^=/ { key[++count] = substr($0, 2); sub(/\t.*/, "", key[count]); next }
    { name = $0; sub(/.*\//, "", name) }
    name in taken { next }
    {
      taken[name] = 1
      for (i = ++n; i > 1 && base[i - 1] > name; i--) { base[i] = base[i - 1]; full[i] = full[i - 1] }
      base[i] = name; full[i] = $0
    }
    END {
      for (i = 1; i <= n; i++) {
        if (full[i] ~ /^\+/) read_file(substr(full[i], 2))
        else if (full[i] ~ /^!/) print full[i]
      }
      for (i = 1; i <= count; i++) {
        best = deciding(path_of(key[i]))
        if (best != "") printf "%s\t%s\n", key[i], value_of[best]
      }
    }'
}

is_count() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
  esac
}

# WANTED OTHER: the larger of both, where both are numbers; of any length, which test(1) cannot compare
larger() {
  if is_count "$1" && is_count "$2" && awk 'BEGIN {
    a = ARGV[1]; b = ARGV[2]
    sub(/^0+/, "", a); sub(/^0+/, "", b)
    exit !(length(b) > length(a) || (length(b) == length(a) && (b "") > (a "")))
  }' "$1" "$2" </dev/null; then
    printf '%s' "$2"
  else
    printf '%s' "$1"
  fi
}

# KEY NUMBER: whether no boot can bring it into force, so that a file which says so lowers nothing: what the network counts fits into an int.
# Some keys have more from their beginning, which is then the value now.
is_impossible() {
  case $1 in net.*) [ "$(larger 2147483647 "$2")" != 2147483647 ] ;; *) return 1 ;; esac
}

# LIST KEY: the value of the key in lines of `KEY<TAB>VALUE`; nothing and false if it has none
lookup() {
  case $NL$1$NL in
    *"$NL$2$TAB"*)
      found=${1#"$2$TAB"}
      case $1 in "$2$TAB"*) ;; *) found=${1#*"$NL$2$TAB"} ;; esac
      printf '%s' "${found%%"$NL"*}"
      ;;
    *) return 1 ;;
  esac
}

# TEXT PREFIX: the lines that begin so, without the prefix, `KEY = VALUE` as `KEY<TAB>VALUE`
settings_after() {
  split_lines
  for line in $1; do
    case $line in
      "${2:-#}"*) [ -n "$2" ] || continue ;; # a comment is no setting
    esac
    case $line in
      "$2"*' = '*)
        line=${line#"$2"}
        printf '%s\n' "${line%% = *}$TAB${line#* = }"
        ;;
    esac
  done
  split_words
}

# What our file says: of values before it, of an earlier file of this name, and for whom it was written.
read_own_file() {
  old='' own='' recorded='' earlier='' signed='' old_owner=''
  [ -h "$file" ] && refuse "$file is a link; remove it, or give sysctlFileName another name"
  [ -e "$file" ] || return 1
  [ -f "$file" ] || refuse "$file is not a file; move it away, or give sysctlFileName another name"
  [ -r "$file" ] || refuse "$file cannot be read by this user; chmod 0644 it, or connect as root"
  old=$(content_of "$file")
  case $old in
    "$MARKER$NL"*) ;;
    *) refuse "$file was not written by listen-backlog; give sysctlFileName another name, or move that file away" ;;
  esac
  text=${old%.}
  own=$(settings_after "$text" '')
  recorded=$(settings_after "$text" '# before: ')
  earlier=$(settings_after "$text" '# before in this file: ')
  case $old in
    *"$NL# owner: "*)
      old_owner=${old#*"$NL# owner: "}
      old_owner=${old_owner%%"$NL"*}
      signed=yes
      ;;
    # As cloud-init wrote it: what it holds is what was in it before.
    *) earlier=$own ;;
  esac
}

# What other files of ours say, such as one with an earlier name.
others_of_ours() { # PREFIX
  for candidate in "$FOLDER"/*.conf; do
    if [ "$candidate" != "$file" ] && [ -f "$candidate" ] && [ -r "$candidate" ]; then
      text=$(cat "$candidate" 2>/dev/null)
      case $text in
        "$MARKER$NL"*) settings_after "$text" "$1" ;;
      esac
    fi
  done
}

# ---- changing

# As root, or with sudo, without ever asking for a password. Nothing reads the rest of this script.
privileged() {
  if [ "$uid" = 0 ]; then
    "$@" </dev/null
  else
    sudo -n -- "$@" </dev/null
  fi
}

may() { # COMMAND...: refuses where this user may not run it
  [ "$uid" = 0 ] && return 0
  command -v sudo >/dev/null 2>&1 ||
    refuse 'this user is not root, and there is no sudo here; connect as root, or install sudo'
  permitted=$(sudo -n -l -- "$@" 2>/dev/null </dev/null) && without_password "$permitted" && return 0
  case $(sudo -n -l -- "$@" 2>&1 </dev/null) in
    *' tty'*) refuse "sudo lets this user run nothing without a terminal: $*; add 'Defaults:$(id -un) !requiretty' to sudoers, or connect as root" ;;
  esac
  refuse "this user is not root, and sudo does not let it run: $*; add that to sudoers with NOPASSWD (see docs/verification.md), or connect as root"
}

# COMMAND, as sudo shows it: whether it asks for no password. That a command is permitted says nothing of that, so the list of all
# commands is asked: the last line that is about this one decides. Other sudos with a list of another form are taken at their word.
without_password() {
  [ -n "${sudo_list+set}" ] || sudo_list=$(COLUMNS=2000 sudo -n -l 2>/dev/null </dev/null)
  printf '%s\n' "$sudo_list" | awk -v wanted="$1" '
    function about(entry) {
      gsub(/\\/, "", entry)
      return entry == "ALL" || entry == wanted || entry == program || (entry ~ /[*?[]/ && index(entry, program " ") == 1)
    }
    BEGIN { program = wanted; sub(/ .*/, "", program) }
    /!authenticate/ { free = 1 }
    /^    \(/ { lines++ }
    lines && /^    / { sub(/^ +/, ""); line[lines] = line[lines] (line[lines] == "" ? "" : " ") $0 }
    END {
      for (n = 1; n <= lines; n++) judge(line[n])
      exit needs && !free
    }
    # One line: for whom, tags that hold until another one comes, commands.
    function judge(text,  for_whom, asks, count, i, entry) {
      for_whom = substr(text, 2, index(text, ")") - 2)
      sub(/ *:.*/, "", for_whom)
      if ((", " for_whom ",") !~ /, (ALL|root|#0),/) return
      asks = 1
      text = substr(text, index(text, ")") + 2)
      gsub(/\\,/, "\001", text)
      count = split(text, entry, /, /)
      for (i = 1; i <= count; i++) {
        while (match(entry[i], /^[A-Z_]+: ?/)) {
          if (entry[i] ~ /^NOPASSWD:/) asks = 0
          if (entry[i] ~ /^PASSWD:/) asks = 1
          entry[i] = substr(entry[i], RLENGTH + 1)
        }
        gsub(/\001/, ",", entry[i])
        if (about(entry[i])) needs = asks
      }
    }'
}

may_write() {
  may rm -f "$draft"
  may tee "$draft"
  may chmod 0644 "$draft"
  may mv -f "$draft" "$file"
  may rm -f "$file"
  ! has_selinux || may restorecon "$draft"
}

has_selinux() {
  [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null 2>&1
}

may_apply() {
  command -v sysctl >/dev/null 2>&1 || refuse 'sysctl is not installed here; install procps'
  may sysctl -q -p "$file"
  may sysctl -q -p "$draft"
}

# CONTENT: draws it up beside its place, whole and on the disk. Says what went wrong.
write_draft() {
  privileged rm -f "$draft" 2>&1 || return 1
  # shellcheck disable=SC2069 # what goes wrong is what this prints
  if [ "$uid" = 0 ]; then
    said=$(printf '%s' "$1" | tee "$draft" 2>&1 >/dev/null)
  else
    said=$(printf '%s' "$1" | sudo -n -- tee "$draft" 2>&1 >/dev/null)
  fi || { printf '%s\n' "${said:-$draft took no text; is the disk full?}" && return 1; }
  privileged chmod 0644 "$draft" 2>&1 || return 1
  ! has_selinux || privileged restorecon "$draft" 2>&1 || return 1
  [ "$(content_of "$draft")" = "$1." ] || { echo "$draft does not hold what was written; is the disk full?" && return 1; }
  flush "$draft"
}

# FILE: on the disk before it counts. Old sync(1) takes no file, and writes everything.
flush() {
  sync "$1" >/dev/null 2>&1 </dev/null || sync </dev/null
}

# CONTENT: our file holds it, or is as it was. Says what went wrong.
place() {
  if write_draft "$1" && privileged mv -f "$draft" "$file" 2>&1; then
    flush "$FOLDER"
  else
    privileged rm -f "$draft" >/dev/null 2>&1
    return 1
  fi
}

# LINES of `KEY<TAB>VALUE`: in force, by way of the draft. Says what went wrong.
set_live() {
  text=
  split_lines
  for line in $1; do
    text="$text${line%%"$TAB"*} = ${line#*"$TAB"}$NL"
  done
  split_words
  write_draft "$text" && privileged sysctl -q -p "$draft" 2>&1
  status=$?
  privileged rm -f "$draft" >/dev/null 2>&1
  [ $status = 0 ] || return 1
}

# Lines of $wrong_live whose value is not what it was.
moved() {
  split_lines
  for line in $wrong_live; do
    split_words
    [ "$(live_value "${line%%"$TAB"*}")" = "${line#*"$TAB"}" ] || printf '%s\n' "$line"
    split_lines
  done
  split_words
}

# Everything as it was before; what cannot be put back is said.
undo() {
  undone='everything is as it was before'
  back=$(moved)
  if [ -n "$back" ]; then
    why=$(set_live "$back") || undone="not every value could be put back: $why"
    [ -z "$(moved)" ] || undone='not every value could be put back'
  fi
  if [ -n "$wrote" ]; then
    if [ -n "$old" ]; then
      place "${old%.}" >/dev/null || undone="$file could not be put back"
    else
      privileged rm -f "$file" >/dev/null 2>&1 || undone="$file could not be removed again"
    fi
  fi
}

# ---- the plan

# target, content and wrong_live (what has to change, with its value now), from what is there and what is declared
make_plan() {
  target='' wrong_live='' content="$MARKER$NL# owner: ${owner:-none}$NL"
  boot='' taken_over=$(others_of_ours '# before: ')
  if [ "$mode" = at-least ]; then
    boot=$(boot_settings)
    split_lines
    for line in $boot; do
      case $line in
        !*) step "could not read ${line#!}: what it sets at the next boot was not compared" ;;
      esac
    done
    split_words
  fi
  if [ -n "$earlier" ]; then
    split_lines
    for line in $earlier; do
      content="$content# before in this file: ${line%%"$TAB"*} = ${line#*"$TAB"}$NL"
    done
    split_words
  fi
  split_lines
  for line in $settings; do
    split_words
    key=${line%%"$TAB"*}
    wanted=${line#*"$TAB"}
    live=$(live_value "$key")
    [ -n "$live" ] || refuse "this host does not show $key; check the spelling, or set it where the network namespace belongs"
    if [ "$mode" = at-least ]; then
      case $wanted in
        *[0-9]' '*)
          [ "$live" = "$wanted" ] ||
            refuse "$key is $live here, and of several numbers nobody can say which are larger; declare that value, or mode exact"
          ;;
      esac
      # Never lower than the value now, nor than what the next boot would take without this.
      wanted=$(larger "$wanted" "$live")
      for list in "$boot" "$own"; do
        found=$(lookup "$list" "$key")
        ! is_impossible "$key" "$found" || found=
        wanted=$(larger "$wanted" "$found")
      done
    fi
    target=$target${target:+$NL}$key$TAB$wanted
    [ "$live" = "$wanted" ] || wrong_live=$wrong_live${wrong_live:+$NL}$key$TAB$live
    lookup "$recorded" "$key" >/dev/null ||
      recorded=$recorded${recorded:+$NL}$key$TAB$(lookup "$taken_over" "$key" || printf '%s' "$live")
    report_settings="$report_settings${report_settings:+,}{\"key\":$(json "$key"),\"wanted\":$(json "$wanted"),\"was\":$(json "$live")}"
    split_lines
  done
  # Values that are no longer declared stay recorded, so that they can be put back.
  for line in $recorded; do
    content="$content# before: ${line%%"$TAB"*} = ${line#*"$TAB"}$NL"
  done
  for line in $target; do
    content="$content${line%%"$TAB"*} = ${line#*"$TAB"}$NL"
  done
  # It may be another declaration for this host that wants it, and that would take the file back.
  for line in $own; do
    lookup "$target" "${line%%"$TAB"*}" >/dev/null ||
      step "$file no longer has ${line%%"$TAB"*}, which is not declared here: its value stays until the next boot"
  done
  split_words
}

# ---- services

# PORT|PATH ADDRESS|-: the effective backlog of every socket, as ss shows it. Where the kernel does not answer ss, that reads /proc/net,
# shows 0, and not how a socket was shut down: that is unknown.
effective() {
  case $1 in
    /*)
      # Only sockets of this name are asked for: another one, with a line end in its name, would print lines like theirs.
      ss -lxne src "$1" 2>/dev/null </dev/null | awk -v path="$1" '
        { known = $4 != "0" || $0 ~ /(<|-)-(>|-)/ }
        $2 == "LISTEN" && $5 == path { printf "%s%s", seen++ ? " " : "", known ? $4 : "unknown" }'
      return
      ;;
  esac
  ss -ltne 2>/dev/null </dev/null | awk -v port="$1" -v wanted="$2" '
    $1 == "LISTEN" && $4 ~ (":" port "$") {
      address = $4
      sub(/:[0-9]+$/, "", address); sub(/%[^]]*/, "", address); gsub(/[][]/, "", address)
      # A socket on :: that takes IPv4 as well, which ss shows as *.
      if (address == "*" && (wanted == "::" || wanted == "0.0.0.0")) address = wanted
      # Software of dual stack, such as Java, binds to an IPv4 address by way of IPv6.
      known = $3 != "0" || $0 ~ /(<|-)-(>|-)/
      if (wanted == "-" || address == wanted || address == "::ffff:" wanted) printf "%s%s", seen++ ? " " : "", known ? $3 : "unknown"
    }'
}

# BACKLOG LIST: whether every socket has it
has_backlog() {
  case $2 in '' | *unknown*) return 1 ;; esac
  for got in $2; do
    if [ "$mode" = exact ]; then
      [ "$got" -eq "$1" ] || return 1
    else
      [ "$got" -ge "$1" ] || return 1
    fi
  done
}

unit_state() {
  state=$(systemctl is-active "$1" 2>/dev/null </dev/null)
  printf '%s' "${state:-unknown}"
}

# shellcheck disable=SC2086 # what systemctl names is several words
# @AROUND_SOCKET@

# HOW UNIT: every systemctl command that it takes, in order: a verb and a unit each. systemd refuses to start a socket while its service
# runs, and a client that connects in between starts the service: so the socket is closed first.
relisten_commands() {
  case $2 in
    *.socket) ;;
    *)
      printf '%s %s\n' "$1" "$2"
      return
      ;;
  esac
  around_socket "$2" 2>/dev/null </dev/null
  # shellcheck disable=SC2154 # around_socket says which
  for other in "$2" $served; do printf 'stop %s\n' "$other"; done
  for other in "$2" $active; do printf 'start %s\n' "$other"; done
}

# HOW UNIT: does so, one command after the other. What is closed is opened again, also where something could not be stopped. What went
# wrong is in $problem.
relisten() {
  problem=
  # shellcheck disable=SC2046 # names of units have no spaces
  set -- $(relisten_commands "$1" "$2")
  while [ $# -ge 2 ]; do
    said=$(bounded systemctl "$1" "$2" 2>&1) ||
      problem="$problem${problem:+; }systemctl $1 $2 failed: ${said:-it was not done after 120 seconds}"
    shift 2
  done
  [ -z "$problem" ]
}

# systemd allows only so many starts of a unit in so short a time, whoever asked for them. What it refused for that is asked for again.
hit_start_limit() { # UNIT
  case $1 in *.socket) return 1 ;; esac
  [ "$(systemctl show -p Result "$1" 2>/dev/null </dev/null)" = Result=start-limit-hit ]
}

# UNIT PLACE-HAS-SOCKET: why it cannot be reached by what is set here; false if it can, as far as is known.
elsewhere() {
  shown=$(systemctl show -p PrivateNetwork -p NetworkNamespacePath -p MainPID "$1" 2>/dev/null </dev/null)
  case $NL$shown$NL in
    *"${NL}PrivateNetwork=yes$NL"* | *"${NL}NetworkNamespacePath=/"*) return 0 ;;
  esac
  pid=${shown#*MainPID=}
  pid=${pid%%"$NL"*}
  case $pid in
    '' | 0 | *[!0-9]*) return 1 ;;
  esac
  # Only root can see the namespace of another process.
  theirs=$(readlink "/proc/$pid/ns/net" 2>/dev/null)
  [ -z "$theirs" ] || ours=$(readlink /proc/1/ns/net 2>/dev/null)
  [ -z "$theirs" ] || [ -z "$ours" ] || [ "$theirs" = "$ours" ] || return 0
  # What runs a container stays outside, and a port of it that is forwarded without a socket is not here.
  [ -z "$2" ] || return 1
  case $(cat "/proc/$pid/comm" 2>/dev/null) in
    conmon | docker | nerdctl | podman | systemd-nspawn) ;;
    *) return 1 ;;
  esac
}

bounded() {
  if command -v timeout >/dev/null 2>&1; then
    if [ "$uid" = 0 ]; then timeout 120 "$@" </dev/null; else timeout 120 sudo -n -- "$@" </dev/null; fi
  else
    privileged "$@"
  fi
}

# Which services have to listen again; the others are as declared, or cannot be helped by it.
plan_services() {
  todo=''
  [ -n "$services" ] || return 0
  command -v systemctl >/dev/null 2>&1 || refuse 'systemctl is not here, and a service is to listen again; give relisten: none'
  sees=''
  ! command -v ss >/dev/null 2>&1 || sees=yes
  split_lines
  for line in $services; do
    split_words
    read_service "$line"
    got=
    [ -z "$sees" ] || got=$(effective "$port" "$address")
    case $got in *unknown*) known='' ;; *) known=$sees ;; esac
    if has_backlog "$backlog" "$got"; then
      :
    elif [ -z "$known" ] && [ -z "$wrong_live" ]; then
      : # Nothing shows effective backlogs here: only a value that changes is a reason.
    else
      state=$(unit_state "$unit")
      if elsewhere "$unit" "$(effective "$port" -)"; then
        step "left $unit alone: it has a network namespace of its own, which the settings of this host do not reach; set them in there"
        split_lines
        continue
      fi
      case $how-$state in
        *-active | *-reloading | *-activating | restart-failed) todo=$todo${todo:+$NL}$line ;;
        # What somebody stopped stays stopped.
        *) step "left $unit alone: it is $state" ;;
      esac
    fi
    split_lines
  done
  split_words
}

read_service() { # LINE
  split_fields=$1
  service_name=${split_fields%%"$TAB"*} split_fields=${split_fields#*"$TAB"}
  port=${split_fields%%"$TAB"*} split_fields=${split_fields#*"$TAB"}
  backlog=${split_fields%%"$TAB"*} split_fields=${split_fields#*"$TAB"}
  address=${split_fields%%"$TAB"*} split_fields=${split_fields#*"$TAB"}
  unit=${split_fields%%"$TAB"*} how=${split_fields#*"$TAB"}
  case $port in
    /*) place=$port ;;
    *) place="port $port" ;;
  esac
}

may_relisten() {
  split_lines
  for line in $todo; do
    split_words
    read_service "$line"
    # shellcheck disable=SC2046 # names of units have no spaces
    set -- $(relisten_commands "$how" "$unit")
    while [ $# -ge 2 ]; do
      may systemctl "$1" "$2"
      shift 2
    done
    split_lines
  done
  split_words
}

# One after the other; the first that does not come back ends it, so that the others go on serving.
relisten_all() {
  split_lines
  for line in $todo; do
    split_words
    read_service "$line"
    before=$(effective "$port" "$address")
    # The same unit may stand for several ports, and has listened again by now.
    if [ -n "$sees" ] && has_backlog "$backlog" "$before"; then
      split_lines
      continue
    fi
    slept=0
    until relisten "$how" "$unit"; do
      hit_start_limit "$unit" || failed "$(not_back "$problem")"
      [ "$slept" -lt $((settle_seconds * 5)) ] ||
        failed "$(not_back "systemd started it too often in too short a time and refuses to start it again for now: systemctl reset-failed $unit && systemctl start $unit")"
      sleep 1
      slept=$((slept + 5))
    done
    wait_for_service
    after=$(effective "$port" "$address")
    did "$how of $unit: $service_name on $place had ${before:-no socket}, has ${after:-an unknown backlog}"
    split_lines
  done
  split_words
}

wait_for_service() {
  slept=0
  while :; do
    state=$(unit_state "$unit")
    [ "$state" != failed ] || failed "$(not_back 'it failed')"
    if [ "$state" = active ]; then
      [ -n "$sees" ] || return 0
      got=$(effective "$port" "$address")
      # After a reload the old socket is there until the new one takes its place: two seconds are given to it.
      if has_backlog "$backlog" "$got" || { [ -n "$got" ] && { [ "$how" = restart ] || [ "$slept" -ge 10 ]; }; }; then
        return 0
      fi
    fi
    if [ "$slept" -ge $((settle_seconds * 5)) ] && [ "$slept" -ge 10 ]; then
      failed "$(not_back "after $settle_seconds seconds $unit is $state and ${got:+still }${got:-nothing} listens on $place")"
    fi
    nap
  done
}

not_back() { # WHY
  printf '%s did not come back after %s of %s: %s; the settings are in force, and the services after it were not touched; look at: systemctl status %s' \
    "$service_name" "$how" "$unit" "$1" "$unit"
}

# ---- the tasks

apply() {
  read_own_file || :
  make_plan
  wrote=''
  [ "$old" = "$content." ] || wrote=needed
  plan_services
  if [ "$task" = dry-run ]; then
    say_plan
    return 0
  fi
  [ -z "$wrote" ] || may_write
  [ -z "$wrong_live" ] || { may_apply && may_write; }
  may_relisten

  if [ -n "$wrote" ]; then
    problem=$(place "$content") || { wrote='' && failed "$file could not be written: $problem; everything is as it was before"; }
    did "wrote $file"
  fi
  if [ -n "$wrong_live" ]; then
    problem=$(privileged sysctl -q -p "$file" 2>&1)
    read_back
  fi
  relisten_all
  if [ -n "$changed" ]; then report changed applied ''; else report unchanged 'nothing to do' ''; fi
}

say_plan() {
  [ -z "$wrote" ] || did "would write $file"
  split_lines
  for line in $wrong_live; do
    split_words
    key=${line%%"$TAB"*}
    did "would set $key from ${line#*"$TAB"} to $(lookup "$target" "$key")"
    split_lines
  done
  for line in $todo; do
    split_words
    read_service "$line"
    got=$(effective "$port" "$address")
    did "would $how $unit: $service_name on $place has ${got:-no socket}, wanted $backlog"
    split_lines
  done
  split_words
  if [ -n "$changed" ]; then report planned planned ''; else report unchanged 'nothing to do' ''; fi
}

# Exit codes of sysctl prove nothing.
read_back() {
  split_lines
  for line in $wrong_live; do
    split_words
    key=${line%%"$TAB"*}
    wanted=$(lookup "$target" "$key")
    got=$(live_value "$key")
    if [ "$got" != "$wanted" ]; then
      steps=''
      undo
      failed "the kernel did not take $key = $wanted, it is $got${problem:+ ($problem)}; $undone"
    fi
    did "set $key from ${line#*"$TAB"} to $wanted"
    split_lines
  done
  split_words
}

# Whether what stands in our place begins as ours does. What cannot be read is refused later.
is_ours() {
  [ -r "$file" ] || return 0
  case $(content_of "$file") in
    "$MARKER$NL"*) ;;
    *) return 1 ;;
  esac
}

restore() {
  if [ ! -e "$file" ]; then
    step "$file is not there"
    report unchanged 'nothing to restore' ''
    return 0
  fi
  if [ -h "$file" ] || [ ! -f "$file" ] || ! is_ours; then
    step "left $file alone: it is not a file of listen-backlog"
    report unchanged 'nothing to restore' ''
    return 0
  fi
  read_own_file
  if [ -z "$signed" ] || [ "$old_owner" != "${owner:-none}" ]; then
    step "left $file alone: it belongs to another declaration by now"
    report unchanged 'nothing to restore' ''
    return 0
  fi
  others=$(others_of_ours '')
  target='' wrong_live=''
  split_lines
  for line in $recorded; do
    split_words
    key=${line%%"$TAB"*}
    # The file may have been edited: it is believed no more than an argument.
    if ! is_key "$key" || ! is_value "${line#*"$TAB"}"; then
      refuse "$file has a line '# before' that cannot be used; put the values back by hand"
    fi
    live=$(live_value "$key")
    back=${line#*"$TAB"}
    mine=$(lookup "$own" "$key") || mine=''
    # Of two declarations for this host, one stays: what it has is put back then, so that it can put back what was there before both.
    other=$(lookup "$others" "$key") || other=''
    if [ -n "$other" ] && { [ "$live" != "$mine" ] || [ "$live" = "$other" ] || ! is_value "$other"; }; then
      step "left $key alone: another file of listen-backlog sets it"
      split_lines
      continue
    fi
    back=${other:-$back}
    if [ -n "$mine" ] && [ "$live" != "$mine" ] && [ "$live" != "$back" ]; then
      step "left $key alone: it is $live by now, which is not ours"
    elif [ "$live" != "$back" ]; then
      target=$target${target:+$NL}$key$TAB$back
      wrong_live=$wrong_live${wrong_live:+$NL}$key$TAB$live
    fi
    split_lines
  done
  split_words
  may_write
  [ -z "$target" ] || may_apply
  wrote=''
  if [ -n "$target" ]; then
    problem=$(set_live "$target")
    read_back
  fi
  if [ -n "$earlier" ]; then
    content="$MARKER$NL"
    split_lines
    for line in $earlier; do
      content="$content${line%%"$TAB"*} = ${line#*"$TAB"}$NL"
    done
    split_words
    problem=$(place "$content") || failed "$file could not be written: $problem"
    step "$file is as it was before"
  else
    problem=$(privileged rm -f "$file" 2>&1) || failed "$file could not be removed: $problem"
    flush "$FOLDER"
    step "removed $file"
  fi
  report restored restored ''
}

main() {
  # What runs at the login may have read a part of this script. Nothing that it defines is sure to be here.
  if [ "${begun-}" != "$$" ]; then
    echo 'could not apply: the beginning of the script did not arrive; what this shell runs at each login reads standard input' >&2
    exit 2
  fi
  # Whoever asked may be gone: what has begun is finished.
  trap '' HUP PIPE
  umask 022
  read_arguments "$@"
  for tool in awk cat id sed tr; do
    command -v "$tool" >/dev/null 2>&1 || refuse "$tool is not installed here"
  done
  uid=$(id -u)
  [ "$task" = restore ] || wait_for_cloud_init
  [ "$task" = dry-run ] || lock
  if [ "$task" = restore ]; then restore; else apply; fi
}

main "$@"
