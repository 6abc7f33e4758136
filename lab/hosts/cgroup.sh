#!/bin/sh
# cgroup.sh list|clear CGROUP: in a mount namespace of its own, where cgroup v2 can be seen whatever the machine has mounted.
#
# list   prints the paths of the cgroup and of all below it
# clear  kills every process in it, and removes it with all below it
set -eu
action=$1 cgroup=$2
umount --recursive /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup
cd /sys/fs/cgroup
[ -d "$cgroup" ] || exit 0
case $action in
list) find "$cgroup" -type d ;;
clear)
  echo 1 >"$cgroup/cgroup.kill"
  # Killed processes leave their cgroup only when they are really gone: at most 5 seconds.
  tries=0
  until find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 250 ] || exit 1
    sleep 0.02
  done
  ;;
esac
