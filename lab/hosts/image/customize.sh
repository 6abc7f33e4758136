#!/bin/sh
# customize.sh ROOT: turns a fresh Debian tree into the image of the lab hosts. mmdebstrap runs it as its last hook.
set -eu
root=$1
here=$(dirname "$(readlink -f "$0")")

# Not `cp`: what the checkout's owner may read is no measure for the users of a host.
umask 022
(cd "$here/files" && find . -type f -exec install -D -m 0644 {} "$root/{}" \;)

# Cloud images come with servers installed by the user; here they are installed already, and off until user data starts them.
chroot "$root" systemctl --quiet disable nginx.service redis-server.service
chroot "$root" systemctl --quiet enable systemd-networkd.service
# No clock, disk, console or package mirror of its own: nothing for these to do but to cost time at boot.
chroot "$root" systemctl --quiet mask \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-timesyncd.service console-getty.service getty.target systemd-networkd-wait-online@.service

# These set kernel.* and fs.* keys, which belong to the whole machine and are read-only in a host: `sysctl --system` would
# fail because of files that the user never wrote.
for file in 50-pid-max.conf 99-protect-links.conf; do
  ln -sf /dev/null "$root/etc/sysctl.d/$file"
done

# Made at first boot, like on every cloud image.
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
: >"$root/etc/hostname"

# Where the packages came from is this machine's business: mirrors, proxies and how they were fetched stay out.
rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d" "$root/etc/apt/apt.conf.d/99mmdebstrap" \
  "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$root/var/lib/apt/lists" "$root/var/cache/apt"/*.bin "$root/etc/resolv.conf"
mkdir -p "$root/etc/apt/sources.list.d" "$root/var/lib/apt/lists/partial"
: >"$root/etc/apt/sources.list"
: >"$root/etc/resolv.conf"
