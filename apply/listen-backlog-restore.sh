#!/bin/sh
# listen-backlog restore: runs the script on standard input on a host, with OpenSSH, when a stack goes that asked for it.
#
# A host that cannot be reached, or that is another one by now, has nothing to restore: that is said, and exit is 0, because
# a host that is gone must not keep a stack from going. Exit 1: the host answered, and the values could not be put back.
#
#   sh -c "$LISTEN_BACKLOG_RESTORE" listen-backlog check
#   sh -c "$LISTEN_BACKLOG_RESTORE" listen-backlog --host HOST --user USER --port PORT [--host-key KEY] [--agent SOCKET]
#      [--bastion HOST --bastion-user USER --bastion-port PORT --bastion-host-key KEY] --command COMMAND <SCRIPT
#
# Without --host-key any key is taken. `check` only says whether the commands are here that it takes. This script and what is secret come in
# the environment: LISTEN_BACKLOG_RESTORE, _KEY, _PASSPHRASE, _BASTION_KEY, _BASTION_PASSPHRASE; empty is none. Keys go from there into an
# agent that ends with this script: never into a file, nor onto a command line. A bastion without a key gets that of the host; behind
# keys, the user's agent is asked: the one at --agent, or at SSH_AUTH_SOCK.
set -u

LC_ALL=C SHELL=/bin/sh
export LC_ALL SHELL
LONGEST=180 # seconds, for everything together
MOST=256    # blocks of 512 bytes or more, of all that the host may send: an answer has far fewer
host='the host'

skip() { # WHY
  printf 'listen-backlog: nothing was restored on %s: %s\n' "$host" "$1"
  exit 0
}

failed() { # WHY
  printf 'listen-backlog: the values on %s could not be put back: %s\n' "$host" "$1" >&2
  exit 1
}

requires() {
  for tool in ssh ssh-add ssh-agent mktemp; do
    command -v "$tool" >/dev/null 2>&1 || failed "$tool is not installed on this machine; install the OpenSSH client"
  done
}

# Into a command line of the shell that ssh starts: only what can be nothing else there. After % comes the zone of an IPv6 address.
is_plain() {
  case $1 in
    '' | -* | *[!A-Za-z0-9._:@+=/%-]*) return 1 ;;
  esac
}

is_user() { # which ssh would expand in a command for a proxy, so without %
  case $1 in *%*) return 1 ;; esac
  is_plain "$1"
}

is_port() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
  esac
  [ ${#1} -le 5 ]
}

is_key() { # one line of known_hosts, without the host
  case $1 in
    *[!A-Za-z0-9+/=@.\ -]*) return 1 ;;
    ?*' '?*) ;;
    *) return 1 ;;
  esac
}

# The arguments are checked here once more: they end up on command lines.
read_arguments() {
  host='' user='' port=22 host_key='' agent='' bastion='' bastion_user='' bastion_port=22 bastion_host_key='' command=''
  while [ $# -ge 2 ]; do
    case $1 in
      --host) is_plain "$2" && host=$2 ;;
      --user) is_user "$2" && user=$2 ;;
      --port) is_port "$2" && port=$2 ;;
      --host-key) is_key "$2" && host_key=$2 ;;
      --agent) agent=$2 ;;
      --bastion) is_plain "$2" && bastion=$2 ;;
      --bastion-user) is_user "$2" && bastion_user=$2 ;;
      --bastion-port) is_port "$2" && bastion_port=$2 ;;
      --bastion-host-key) is_key "$2" && bastion_host_key=$2 ;;
      --command) command=$2 ;;
      *) false ;;
    esac || bad_arguments
    shift 2
  done
  if [ $# -ne 0 ] || [ -z "$host" ] || [ -z "$user" ] || [ -z "$command" ]; then bad_arguments; fi
  [ -z "$bastion" ] || { [ -n "$bastion_user" ] && [ -n "$bastion_host_key" ]; } || bad_arguments
}

bad_arguments() {
  host=${host:-the host}
  failed 'bad arguments'
}

# KEY PASSPHRASE: into the agent. The program that ssh-add asks for a passphrase holds none itself.
add_key() {
  # shellcheck disable=SC2016 # expanded when it is asked
  printf '#!/bin/sh\nprintf "%%s\\n" "$LISTEN_BACKLOG_ASKED"\n' >"$dir/askpass"
  chmod 0700 "$dir/askpass"
  printf '%s\n' "$1" | tr -d '\r' |
    LISTEN_BACKLOG_ASKED=$2 DISPLAY=:0 SSH_ASKPASS=$dir/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q - >/dev/null 2>&1 ||
    failed 'the private key cannot be read, or its passphrase is wrong'
}

# NAME HOST-KEY: the options of both connections. The alias stands for every address that the host may have.
options() {
  printf '%s' "-F /dev/null -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
  printf ' %s' "-o IdentityFile=none -o ForwardAgent=no -o ControlPath=none -o LogLevel=ERROR -o UpdateHostKeys=no"
  printf ' %s' "-o CheckHostIP=no -o GlobalKnownHostsFile=/dev/null -o PreferredAuthentications=publickey"
  if [ -n "$2" ]; then
    printf '%s %s\n' "$1" "$2" >>"$dir/known_hosts"
    printf ' %s' "-o StrictHostKeyChecking=yes -o HostKeyAlias=$1 -o UserKnownHostsFile=$dir/known_hosts"
  else
    printf ' %s' "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
  fi
}

last_words() {
  tr -c ' -~\n' '?' <"$dir/err" | sed '/^ *$/d' | tail -n 1 | cut -c 1-400
}

# AGENT BASTION-AGENT: the sockets of the agents that have the keys; empty is none
connect() {
  proxy=
  if [ -n "$bastion" ]; then
    # %h and %p are for ssh, and in brackets an IPv6 address is one as well. The shell that ssh starts expands the rest.
    # shellcheck disable=SC2089,SC2016
    proxy='env SSH_AUTH_SOCK="$LISTEN_BACKLOG_HOP" ssh'
    proxy="$proxy $hop -l $bastion_user -p $bastion_port -W [%h]:%p -- $(printf '%s' "$bastion" | sed 's/%/%%/g')"
  fi
  (
    # What the host sends goes to the disk, and must not fill it.
    ulimit -f "$MOST"
    # shellcheck disable=SC2086,SC2090 # options without spaces in them, made for splitting
    exec env SSH_AUTH_SOCK="$1" LISTEN_BACKLOG_HOP="$2" ssh -T $way ${proxy:+-o "ProxyCommand=$proxy"} -l "$user" -p "$port" -- "$host" \
      "echo answered; $command" <&3 >"$dir/out" 2>"$dir/err"
  ) &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    if [ "$fifths" -ge $((LONGEST * 5)) ]; then
      kill "$pid"
      break
    fi
    if sleep 0.2 2>/dev/null; then fifths=$((fifths + 1)); else sleep 1 && fifths=$((fifths + 5)); fi
  done
  wait "$pid" 2>/dev/null
}

# Every agent that may have a key of the host, with every one that may have a key of the bastion: ssh asks one, and who is denied has
# not read the script yet.
connect_somehow() {
  hop=$(options listen-backlog-bastion "$bastion_host_key")
  way=$(options listen-backlog-host "$host_key")
  ours='' hops=''
  [ -z "$has_key" ] || ours=own
  [ -z "$has_key$has_bastion_key" ] || hops=own
  [ -z "$theirs" ] || { ours="$ours theirs" && hops="$hops theirs"; }
  [ -n "$bastion" ] || hops=none
  fifths=0 status=255
  for one in ${ours:-none}; do
    for other in ${hops:-none}; do
      connect "$(socket_of "$one")" "$(socket_of "$other")"
      status=$?
      [ "$status" = 255 ] && [ ! -s "$dir/out" ] && was_denied || return 0
    done
  done
}

socket_of() { # own, theirs or none
  case $1 in
    own) printf '%s' "$own" ;;
    theirs) printf '%s' "$theirs" ;;
  esac
}

was_denied() {
  case $(tr -d '\000' <"$dir/err") in
    *'Permission denied'* | *'Too many authentication failures'*) ;;
    *) return 1 ;;
  esac
}

restore() {
  dir=$(mktemp -d /tmp/listen-backlog.XXXXXX) || failed 'there is no room in /tmp on this machine'
  trap 'rm -rf "$dir"' EXIT
  has_key=${LISTEN_BACKLOG_KEY:+yes} has_bastion_key=${LISTEN_BACKLOG_BASTION_KEY:+yes}
  [ -z "$has_key" ] || add_key "$LISTEN_BACKLOG_KEY" "$LISTEN_BACKLOG_PASSPHRASE"
  [ -z "$has_bastion_key" ] || add_key "$LISTEN_BACKLOG_BASTION_KEY" "$LISTEN_BACKLOG_BASTION_PASSPHRASE"
  unset LISTEN_BACKLOG_KEY LISTEN_BACKLOG_PASSPHRASE LISTEN_BACKLOG_BASTION_KEY LISTEN_BACKLOG_BASTION_PASSPHRASE
  connect_somehow
  said=$(sed -n '2{s/[^ -~]/?/g;p;q;}' "$dir/out" | cut -c 1-900)
  answered=$(sed -n '1p' "$dir/out")
  words=$(last_words)
  case $status in
    0) printf 'listen-backlog: %s\n' "${said:-the host said nothing}" ;;
    255)
      [ -z "$answered" ] || failed "the connection broke in the middle (${words:-no reason given}); run it again"
      case $(tr -d '\000' <"$dir/err") in
        *'ost key verification failed'* | *'HOST IDENTIFICATION HAS CHANGED'* | *'no hostkey alg'* | *'no matching host key'*)
          skip 'it, or its bastion, showed another host key than the pinned one, so it is not the same host any more'
          ;;
        *'Permission denied'* | *'Too many authentication failures'*)
          failed "it did not let $user log in ($words); give a key that it takes, or take the resource out of the state: pulumi state delete"
          ;;
      esac
      skip "it cannot be reached (${words:-it does not answer})"
      ;;
    153) failed 'it sent more than any answer has; look at what it runs for a login, then run it again, or take the resource out of the state: pulumi state delete' ;;
    *)
      [ -n "$answered" ] || skip "it did not answer within $LONGEST seconds"
      failed "${words:-the script ended with $status}"
      ;;
  esac
}

main() {
  requires
  if [ "${1:-}" = check ]; then
    return 0
  fi
  read_arguments "$@"
  # The keys are given to an agent of our own, which ends with this.
  if [ -n "$LISTEN_BACKLOG_KEY$LISTEN_BACKLOG_BASTION_KEY" ] && [ -z "${LISTEN_BACKLOG_IN_AGENT+set}" ]; then
    export LISTEN_BACKLOG_IN_AGENT="${SSH_AUTH_SOCK-}"
    exec ssh-agent sh -c "$LISTEN_BACKLOG_RESTORE" listen-backlog "$@"
  fi
  own='' theirs=${agent:-${SSH_AUTH_SOCK-}}
  if [ -n "${LISTEN_BACKLOG_IN_AGENT+set}" ]; then
    own=$SSH_AUTH_SOCK theirs=${agent:-$LISTEN_BACKLOG_IN_AGENT}
  fi
  exec 3<&0
  restore
}

main "$@"
