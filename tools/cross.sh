#!/usr/bin/env bash
# Builds everything without cgo for each platform a station or hub runs on, and
# vets the files that only the other systems compile.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CGO_ENABLED=0

for os in linux windows darwin; do
	for arch in amd64 arm64; do
		start=$SECONDS
		GOOS=$os GOARCH=$arch go build ./...
		# One vet a system: no file of ours depends on the architecture.
		if [[ $os != "$(go env GOHOSTOS)" && $arch == amd64 ]]; then
			GOOS=$os GOARCH=$arch go vet ./...
		fi
		echo "built $os/$arch in $((SECONDS - start)) s"
	done
done
