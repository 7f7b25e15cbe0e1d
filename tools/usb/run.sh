#!/usr/bin/env bash
# Tries the USB printer link against a real kernel: a small virtual machine in
# which the kernel emulates a USB bus and a printer on it (dummy_hcd and the
# printer gadget), and whose whole userland is the test. Nothing of this machine
# is touched. Needs Debian's qemu-system-x86, busybox-static, kmod and cpio; the
# kernel is Debian's own, fetched by apt into WORK, which stays for the next run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=${WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill-usb}
mkdir -p "$work"
for tool in qemu-system-x86_64 busybox modprobe depmod cpio dpkg-deb; do
	command -v "$tool" >/dev/null || { echo "usb: $tool is missing (apt-get install qemu-system-x86 busybox-static kmod cpio)"; exit 1; }
done

if ! compgen -G "$work/kernel/boot/vmlinuz-*" >/dev/null; then
	package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/{print $2; exit}')
	(cd "$work" && apt-get download "$package" && dpkg-deb -x "$package"_*.deb kernel && rm "$package"_*.deb)
fi
version=$(basename "$work"/kernel/lib/modules/*)
modules="$work/kernel/lib/modules/$version"
[[ -e $modules/modules.dep.bin ]] || depmod -b "$work/kernel" "$version"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,proc,sys,dev,tmp,modules}
cp "$(command -v busybox)" "$root/bin/busybox"
CGO_ENABLED=0 go test -c -tags usbrig -o "$root/link.test" ./internal/link
load=()
for m in configfs dummy_hcd usb_f_printer usblp; do
	while read -r _ path; do
		name=$(basename "$path")
		[[ -e $root/modules/$name ]] || { cp "$path" "$root/modules/$name"; load+=("$name"); }
	done < <(modprobe -d "$work/kernel" -S "$version" --show-depends "$m" | grep '^insmod')
done
cat >"$root/init" <<EOF
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
for m in ${load[*]}; do
	if [ \$m = dummy_hcd.ko ]; then insmod /modules/\$m num=1; else insmod /modules/\$m; fi
done
mkdir -p /sys/kernel/config
mount -t configfs config /sys/kernel/config
TMPDIR=/tmp /link.test -test.run '^TestUSBRig' -test.v -test.timeout 60s && echo RIG PASSED
poweroff -f
EOF
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"
# No hardware acceleration: it runs wherever the tests do.
timeout 300 qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 384 -nodefaults -serial stdio -display none -no-reboot \
	-kernel "$work"/kernel/boot/vmlinuz-"$version" -initrd "$work/initrd.gz" -append "console=ttyS0 panic=-1 quiet" </dev/null |
	tr -d '\r' | tee "$work/log"
grep -q '^RIG PASSED$' "$work/log"
