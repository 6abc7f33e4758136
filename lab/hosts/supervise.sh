#!/bin/bash
# supervise.sh FOLDER IMAGE SOURCE CGROUP BRIDGE MACHINE HOSTNAME: runs one lab host until it powers off.
#
# It is started as the first process of its own process and mount namespaces (see supervisor.ts). So the kernel clears up
# however it ends: with this process every process of the host is gone, and with the last of them every mount and the
# host's network. File descriptor 3 is a pipe to the starter, which reads `ready` once the boot is under way.
#
# FOLDER  the host's folder, with seed/, upper/, work/
# IMAGE   the root file system below the host's disk
# SOURCE  what the disk is called in mountinfo
# CGROUP  path of the host's cgroup
set -euo pipefail
umask 022
folder=$1 image=$2 source=$3 cgroup=$4 bridge=$5 machine=$6 hostname=$7

# While /proc is still that of the machine, it tells what this process is there.
read -r stat </proc/self/stat
pid=${stat%% *}
read -ra fields <<<"${stat##*) }"
identity="$pid ${fields[19]} $(</proc/sys/kernel/random/boot_id)"
mount -t proc proc /proc

# systemd-nspawn leaves files in /run and /tmp when it is killed: they get their own, which go away with it. In there the
# folders have short names, which no option or file name can be confused by.
mount -t tmpfs -o mode=755,size=4m tmpfs /run
mkdir -p /run/systemd /run/host-folder /run/image
mount --bind "$folder" /run/host-folder
mount --bind "$image" /run/image
mount -t tmpfs -o mode=1777,size=4m tmpfs /tmp
cd /run/host-folder
mkdir -p root work
mount -t overlay "$source" -o lowerdir=/run/image,upperdir=upper,workdir=work root

install -d -m 0700 root/var/lib/cloud/seed/nocloud
install -m 0600 seed/user-data seed/meta-data seed/network-config root/var/lib/cloud/seed/nocloud/

# A view with cgroup v2 alone, whatever the machine has mounted there (v1, both, or v2).
umount --recursive /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$cgroup"
echo 0 >"/sys/fs/cgroup/$cgroup/cgroup.procs"

nspawn='' stopping='' told=''
stop() {
  stopping=yes
  [ -z "$nspawn" ] || kill -TERM "$nspawn" 2>/dev/null || true # a clean shutdown of the host
}
trap stop TERM

echo "$identity" >supervisor.new
mv supervisor.new supervisor

while [ -z "$stopping" ]; do
  systemd-nspawn --quiet --directory=root --machine="$machine" --hostname="$hostname" --boot --register=no --keep-unit \
    --settings=no --network-bridge="$bridge" --link-journal=no --resolv-conf=off --timezone=off --suppress-sync=yes \
    --console=pipe </dev/null 3>&- &
  nspawn=$!
  # A stop that came before there was anything to stop.
  [ -z "$stopping" ] || stop
  if [ -z "$told" ]; then
    # nspawn makes this cgroup when the bridge, the disk and the namespaces are as they should be.
    until [ -d "/sys/fs/cgroup/$cgroup/payload" ] || ! kill -0 "$nspawn" 2>/dev/null; do
      sleep 0.01
    done
    [ ! -d "/sys/fs/cgroup/$cgroup/payload" ] || echo ready >&3
    exec 3>&-
    told=yes
  fi
  # A signal ends `wait` as well, before nspawn is gone.
  status=0
  wait "$nspawn" || status=$?
  while kill -0 "$nspawn" 2>/dev/null; do
    status=0
    wait "$nspawn" || status=$?
  done
  nspawn=''
  # 133: the host asked for a reboot.
  [ "$status" = 133 ] || break
done

# An empty cgroup does not go away by itself. What cannot be removed from in here, the next sweep removes.
if echo 0 >/sys/fs/cgroup/cgroup.procs; then
  find "/sys/fs/cgroup/$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
fi
rm -f supervisor
