#!/bin/sh
# Boots this machine's systemd as process 1 on a root file system that looks like the machine's and ends with it: an overlay in memory,
# without what the machine has enabled, and with the units that its packages bring. To be run in a mount and a PID namespace of its own,
# under a name of its own for the cgroup, whose folder the caller removes. As systemd's container interface has it, it leaves alone what is
# the machine's: the kernel's settings, devices and clock.
#
#   boot-systemd.sh FOLDER CGROUP [SOURCE TARGET]…     FOLDER is empty; each SOURCE is seen as TARGET, an absolute path, inside
set -eu

folder=$1
cgroup=$2
shift 2

enter_cgroup() {
  mount -t cgroup2 cgroup2 "$folder"
  mkdir "$folder/$cgroup"
  echo $$ >"$folder/$cgroup/cgroup.procs"
  umount "$folder"
}

# A root of the cgroup tree of its own: seen from inside, the tree begins there.
if [ "${BOOT_STAGE-}" != 2 ]; then
  enter_cgroup
  BOOT_STAGE=2 exec unshare --cgroup "$0" "$folder" "$cgroup" "$@"
fi

mount -t tmpfs -o mode=755 tmpfs "$folder"
root=$folder/root
mkdir "$root" "$folder/upper" "$folder/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"

mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"

mount -t tmpfs -o mode=755 tmpfs "$root/run"
for shared in tmp var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$root/$shared"; done
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"

# A host that has just been set up: its own identity, nothing enabled.
rm -rf "$root"/etc/systemd/system/* "$root"/etc/rc?.d/* "$root/etc/fstab" "$root/etc/machine-id"
: >"$root/etc/machine-id"
# The machine's may be a mount, which an overlay does not show.
for file in resolv.conf hosts; do
  rm -f "$root/etc/$file"
  cat "/etc/$file" >"$root/etc/$file"
done

while [ $# -gt 0 ]; do
  if [ -d "$1" ]; then
    mkdir -p "$root$2"
  else
    mkdir -p "$(dirname "$root$2")"
    : >"$root$2"
  fi
  mount --bind "$1" "$root$2"
  shift 2
done

mkdir "$root/old"
cd "$root"
pivot_root . old
umount --lazy /old
rmdir /old
exec env --ignore-environment container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --bounding-set=-sys_module,-sys_rawio,-sys_time,-syslog,-sys_boot \
  /lib/systemd/systemd --log-target=console --show-status=no --unit=multi-user.target
