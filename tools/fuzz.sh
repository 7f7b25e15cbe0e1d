#!/usr/bin/env bash
# Runs every fuzz target of the packages given (default: all), each for
# FUZZ_TIME seconds, all together for about FUZZ_TOTAL seconds at most: with
# many targets each gets less, but never less than a second. What a target
# finds is written to its package's testdata/fuzz; commit it with the mend.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

each=${FUZZ_TIME:-5}
total=${FUZZ_TOTAL:-180}
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# The listing has a package's targets and, after them, the line "ok <package>".
targets=()
names=()
go test -list '^Fuzz' "${@:-./...}" >"$out" || {
	cat "$out" >&2
	echo "fuzz: the packages do not build" >&2
	exit 1
}
while read -r word rest; do
	case "$word" in
	Fuzz*) names+=("$word") ;;
	ok)
		for name in ${names[@]+"${names[@]}"}; do
			targets+=("${rest%%[[:space:]]*} $name")
		done
		names=()
		;;
	esac
done <"$out"

n=${#targets[@]}
if ((n == 0)); then
	echo "no fuzz targets"
	exit 0
fi
if ((n * each > total)); then
	each=$((total / n > 0 ? total / n : 1))
fi
echo "$n fuzz targets, $each s each"

# build makes the test program of a package, instrumented, once for all its
# targets, and names its folder.
bin=$(mktemp)
trap 'rm -f "$out" "$bin"' EXIT
built=
build() {
	[[ $1 != "$built" ]] || return 0
	built=
	go test -c -fuzz . -o "$bin" "$1" >"$out" 2>&1 || return 1
	dir=$(go list -f '{{.Dir}}' "$1")
	built=$1
}

# fuzz runs one target. The fuzzer sometimes ends with a bare "context deadline
# exceeded" when its time is up and the machine is busy; that found nothing,
# so the target gets one more try.
fuzz() {
	local try
	build "$1" || return 1
	for try in 1 2; do
		if (cd "$dir" && "$bin" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "${each}s" -test.fuzzminimizetime 5s -test.parallel 2 \
			-test.fuzzcachedir "$cache/$1") >"$out" 2>&1; then
			return 0
		fi
		if ((try == 2)) || ! grep -q 'context deadline exceeded' "$out" || grep -qE 'Failing input|^panic:' "$out"; then
			return 1
		fi
	done
}

cache=$(go env GOCACHE)/fuzz
failed=0
for target in "${targets[@]}"; do
	read -r pkg name <<<"$target"
	if fuzz "$pkg" "$name"; then
		echo "ok    $pkg $name $(grep -oE 'execs: [0-9]+' "$out" | tail -1)"
	else
		echo "FAIL  $pkg $name"
		cat "$out"
		failed=1
	fi
done
exit $failed
