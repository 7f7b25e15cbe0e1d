#!/usr/bin/env bash
# Tries the USB printer link against a real kernel that emulates a printer; see
# tools/rig/machine.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tools/rig/machine.sh
machine_tools usb
CGO_ENABLED=0 go test -c -tags usbrig -o "$root/link.test" ./internal/link
machine_run usb 1 "configfs dummy_hcd usb_f_printer usblp" link.test '^TestUSBRig' 60
