#!/usr/bin/env bash
# Tries scanners, a scale and a printer against a real kernel that emulates them
# on USB, pulls each out and puts it back, and runs the station over them; see
# tools/rig/machine.sh. RUN=regexp for a part, RELEASE=name for the kernel of another
# release of Debian than this machine, WORK=dir for where the kernel and
# the log are kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tools/rig/machine.sh
machine_tools rig
CGO_ENABLED=0 go test -c -tags rig -ldflags "-s -w" -o "$root/waybill.test" ./cmd/waybill
machine_run rig 10 "configfs dummy_hcd usb_f_acm usb_f_hid usb_f_printer cdc-acm usbhid hid-generic evdev usblp" waybill.test "${RUN:-^TestDeviceRig}" 480
sed -n '/^RIG /p' "$work/rig.log"
