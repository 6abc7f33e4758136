#!/bin/sh
# chamber.sh ROOTFS SOMAXCONN SCRIPT [ARG...]
# Runs SCRIPT (sh) as root in ROOTFS: a throw-away overlay, with network, process and mount namespaces of its own and
# this somaxconn. When it ends, every process, mount and file of it is gone.
set -eu
if [ "${1-}" != --inside ]; then
  exec unshare --net --mount --pid --ipc --uts --fork --kill-child --propagation private -- "$0" --inside "$@"
fi
rootfs=$2 somaxconn=$3
shift 3
mount -t tmpfs -o mode=755 catalogue /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay catalogue -o "lowerdir=$rootfs,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
mount -t proc proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
mount -t tmpfs -o mode=755 run /mnt/root/run
mkdir -m 1777 /mnt/root/run/lock
ip link set lo up
echo "$somaxconn" >/mnt/root/proc/sys/net/core/somaxconn
exec chroot /mnt/root /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 /bin/sh -c "$@"
