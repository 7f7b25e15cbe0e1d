# Sourced by the stages that try devices against a real kernel: a small virtual
# machine whose kernel emulates USB buses and the devices on them (dummy_hcd and
# the gadget drivers), and whose whole userland is one test. Nothing of this
# machine is touched. The kernel is Debian's own, fetched by apt into WORK, which
# stays for the next run; what else is missing is installed where that is allowed.
# RELEASE=name takes the kernel of another release of Debian than this machine's.
work=${WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill-usb}
kernel=$work/kernel${RELEASE:+-$RELEASE}

# machine_tools STAGE: everything the stage needs is there, or it says what is not.
machine_tools() {
	local stage=$1 missing=() tool package
	while read -r tool package; do
		command -v "$tool" >/dev/null || missing+=("$package")
	done <<-TOOLS
		qemu-system-x86_64 qemu-system-x86
		busybox busybox-static
		modprobe kmod
		cpio cpio
		dpkg-deb dpkg
		xz xz-utils
	TOOLS
	if ((${#missing[@]} > 0)); then
		if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
			echo "$stage: missing; install them by hand: sudo apt-get install ${missing[*]}" >&2
			exit 1
		fi
		echo "$stage: installing ${missing[*]}"
		apt-get update -q >/dev/null
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
	fi
	mkdir -p "$work"
	machine_kernel "$stage"
	root=$(mktemp -d)
	trap 'rm -rf "$root" "$root.gz"' EXIT
	mkdir -p "$root"/{bin,proc,sys,dev,tmp,modules}
	cp "$(command -v busybox)" "$root/bin/busybox"
}

# machine_apt STAGE: apt is what follows, of RELEASE where that is given: with lists
# of its own, so that this machine's stay as they are.
machine_apt() {
	apt=()
	[[ -n ${RELEASE:-} ]] || return 0
	local own=$work/apt-$RELEASE
	mkdir -p "$own/lists/partial" "$own/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${MIRROR:-http://deb.debian.org/debian} $RELEASE main" >"$own/sources.list"
	apt=(-o "Dir::Etc::SourceList=$own/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$own/lists" -o "Dir::Cache=$own" -o APT::Sandbox::User=)
	echo "$1: asking $RELEASE for its kernel"
	apt-get "${apt[@]}" update -q >/dev/null
}

# machine_kernel STAGE: Debian's kernel lies in WORK, and version is its version.
machine_kernel() {
	local package apt
	if [[ ! -d $kernel ]]; then
		machine_apt "$1"
		package=$(apt-cache "${apt[@]}" depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-/{print $2; exit}')
		if [[ -z $package ]]; then
			echo "$1: apt knows no kernel linux-image-amd64; this stage wants a Debian on amd64 (apt-get update first)" >&2
			exit 1
		fi
		echo "$1: fetching $package into $work"
		rm -rf "$work/fetched" && mkdir "$work/fetched"
		(cd "$work/fetched" && apt-get "${apt[@]}" download -q "$package" && dpkg-deb -x "$package"_*.deb kernel)
		mv "$work/fetched/kernel" "$kernel" && rm -r "$work/fetched"
	fi
	# From Debian 13 on, what was in /lib lies in /usr/lib.
	[[ -d $kernel/lib/modules ]] || ln -s usr/lib "$kernel/lib"
	version=$(basename "$kernel"/lib/modules/*)
	[[ -e $kernel/lib/modules/$version/modules.dep.bin ]] || depmod -b "$kernel" "$version"
}

# machine_run STAGE BUSES "MODULES" TEST PATTERN SECONDS: boots with so many
# emulated buses and runs the test binary in $root. What it writes stays in
# WORK/STAGE.log. APPEND is more of the kernel's command line.
machine_run() {
	local stage=$1 buses=$2 modules=$3 test=$4 pattern=$5 seconds=$6 load=() m path name ended=0
	for m in $modules; do
		while read -r _ path; do
			name=$(basename "$path" .xz) # so they are packed from Debian 13 on
			[[ ! -e $root/modules/$name ]] || continue
			if [[ $path == *.xz ]]; then xz -dc "$path" >"$root/modules/$name"; else cp "$path" "$root/modules/$name"; fi
			load+=("$name")
		done < <(modprobe -d "$kernel" -S "$version" --show-depends "$m" | grep '^insmod')
	done
	cat >"$root/init" <<-INIT
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t devtmpfs dev /dev
		mount -t tmpfs tmp /tmp
		ifconfig lo 127.0.0.1 up
		for m in ${load[*]}; do
			if [ \$m = dummy_hcd.ko ]; then insmod /modules/\$m num=$buses; else insmod /modules/\$m; fi
		done
		mkdir -p /sys/kernel/config
		mount -t configfs config /sys/kernel/config
		HOME=/tmp TMPDIR=/tmp /$test -test.run '$pattern' -test.v -test.timeout ${seconds}s && echo RIG PASSED
		poweroff -f
	INIT
	chmod +x "$root/init"
	(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$root.gz"
	# No hardware acceleration: it runs wherever the tests do.
	timeout $((seconds + 240)) qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 768 -nodefaults -serial stdio -display none -no-reboot \
		-kernel "$kernel"/boot/vmlinuz-"$version" -initrd "$root.gz" -append "console=ttyS0 panic=-1 quiet ${APPEND:-}" </dev/null |
		sed -u 's|\r||g' | tee "$work/$stage.log" || ended=$?
	if ! grep -q '^RIG PASSED$' "$work/$stage.log"; then
		echo "$stage: FAILED; what failed is above and in $work/$stage.log" >&2
		[[ $ended != 124 ]] || echo "$stage: the virtual machine did not end within $((seconds + 240)) s and was switched off" >&2
		exit 1
	fi
}
