#!/usr/bin/env bash
# Builds everything without cgo for each platform a station or hub runs on, and
# vets the files that only the other systems compile. For this system it is built
# as it is shipped. For the others the question is whether it builds at all, so
# packages of ours are not optimised, which takes a third less.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CGO_ENABLED=0

for os in linux windows darwin; do
	flags=()
	[[ $os == "$(go env GOHOSTOS)" ]] || flags=('-gcflags=-N -l -dwarf=false' '-ldflags=-s -w')
	for arch in amd64 arm64; do
		start=$SECONDS
		GOOS=$os GOARCH=$arch go build ${flags[@]+"${flags[@]}"} ./...
		# One vet a system: no file of ours depends on the architecture.
		if [[ $os != "$(go env GOHOSTOS)" && $arch == amd64 ]]; then
			GOOS=$os GOARCH=$arch go vet "${flags[@]}" ./...
		fi
		echo "built $os/$arch in $((SECONDS - start)) s"
	done
done
