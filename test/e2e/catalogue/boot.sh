#!/bin/sh
# boot.sh ROOTFS FILES TARGET
# Boots ROOTFS under a real systemd (PID 1 of a container) on a throw-away overlay, with the tree FILES put over it and
# TARGET as the only goal. When it has powered off, prints the file /result of it. Its console goes to standard error. All
# processes, mounts and files of it are gone afterwards.
set -eu
if [ "${1-}" != --inside ]; then
  exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private -- "$0" --inside "$@"
fi
rootfs=$2 files=$3 target=$4
mount -t tmpfs -o mode=755 catalogue /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay catalogue -o "lowerdir=$files:$rootfs,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
# Locks and cgroups of the container stay out of the machine's: a private /run/systemd, one cgroup with all of it.
mkdir -p /run/systemd
mount -t tmpfs -o mode=755 run /run/systemd
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
group=/sys/fs/cgroup/catalogue-$(cat /proc/sys/kernel/random/uuid)
# Empty ones are what killed runs left.
find /sys/fs/cgroup -depth -path '/sys/fs/cgroup/catalogue-*' -type d -exec rmdir {} + 2>/dev/null || :
mkdir "$group"
echo $$ >"$group/cgroup.procs"
status=0
systemd-nspawn --quiet --directory=/mnt/root --machine=catalogue --boot --register=no --keep-unit --settings=no \
  --private-network --link-journal=no --resolv-conf=off --timezone=off --suppress-sync=yes --console=pipe \
  -- "--unit=$target" </dev/null >&2 || status=$?
echo $$ >/sys/fs/cgroup/cgroup.procs
echo 1 >"$group/cgroup.kill"
find "$group" -depth -type d -exec rmdir {} \;
cat /mnt/root/result
exit "$status"
