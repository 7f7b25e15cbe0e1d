#!/usr/bin/env bash
# Installs what the tests need beside Go, on Debian and its kin, and only what
# is missing. Where it cannot, it says so and what will be skipped; with
# CI=true a missing thing is a failure, since a skipped test proves nothing.
set -euo pipefail

missing=()
lost=()

# need NAME PACKAGE WHAT: NAME is looked for, PACKAGE brings it, and without it
# WHAT does not happen.
need() {
	local found=false name
	for name in ${1//|/ }; do
		case "$name" in
		/*) [[ -e $name ]] && found=true ;;
		*) command -v "$name" >/dev/null && found=true ;;
		esac
	done
	if $found; then
		echo "have     $2"
		return
	fi
	echo "missing  $2"
	missing+=("$2")
	lost+=("$3")
}

need "chromium|chromium-browser|google-chrome" chromium "the tests that look at the pages in a browser are skipped"
need zbarimg zbar-tools "the tests that read labels with a second decoder are skipped"
need zint zint "the tests that compare barcodes with a second encoder are skipped"
need pdftoppm poppler-utils "the tests that draw PDF labels with poppler are skipped"
need gs ghostscript "the tests that draw PDF labels with ghostscript are skipped"
need mutool mupdf-tools "the tests that draw PDF labels with mupdf are skipped"
need "gcc|cc" gcc "the race detector cannot run"
need "/usr/include/stdlib.h" libc6-dev "the race detector cannot run"
need "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf" fonts-dejavu-core "the tests of Arabic and Hebrew labels are skipped"

if ((${#missing[@]} == 0)); then
	exit 0
fi
if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
	echo "installing with apt-get: ${missing[*]}"
	if apt-get update -q >/dev/null &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null; then
		echo "installed ${missing[*]}"
		exit 0
	fi
	echo "apt-get could not install them" >&2
fi

{
	echo
	echo "!! NOT INSTALLED: ${missing[*]}"
	printf '!!   %s\n' "${lost[@]}" | sort -u
	echo "!! To install by hand on Debian:  sudo apt-get install ${missing[*]}"
	echo
} >&2
[[ ${CI:-} != true ]]
