#!/usr/bin/env bash
# Runs every fuzz target of the packages given (default: all), each for
# FUZZ_TIME seconds, all together for about FUZZ_TOTAL seconds at most: with
# many targets each gets less, but never less than a second. What a target
# finds is written to its package's testdata/fuzz; commit it with the mend.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

each=${FUZZ_TIME:-5}
total=${FUZZ_TOTAL:-180}
work=$(mktemp -d)
out=$work/out
trap 'rm -rf "$work"' EXIT

# A target is a package, its folder and a name, as the test files declare it.
files='{{range $f := .TestGoFiles}}{{$.ImportPath}} {{$.Dir}} {{$f}}{{"\n"}}{{end}}{{range $f := .XTestGoFiles}}{{$.ImportPath}} {{$.Dir}} {{$f}}{{"\n"}}{{end}}'
go list -f "$files" "${@:-./...}" >"$out"
targets=()
packages=()
while read -r pkg dir file; do
	[[ -n $pkg ]] || continue
	while read -r name; do
		targets+=("$pkg $dir $name")
		[[ ${#packages[@]} != 0 && ${packages[-1]} == "$pkg" ]] || packages+=("$pkg")
	done < <(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\([a-z]+ \*testing\.F\).*/\1/p' "$dir/$file")
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

# The programs are built many at a time, which `go test -fuzz` does not do, with
# the instrumentation that it asks for: of all but what the fuzzer itself runs on.
flags=(-ldflags='-s -w' -gcflags=all=-d=libfuzzer)
for own in context internal/fuzz internal/godebug internal/runtime/maps internal/sync reflect runtime sync sync/atomic syscall testing time; do
	flags+=("-gcflags=$own=")
done
declare -A program
for ((round = 1; ${#packages[@]} > 0; round++)); do # no two of a name in one folder
	declare -A here=()
	later=()
	for pkg in "${packages[@]}"; do
		if [[ -n ${here[${pkg##*/}]:-} ]]; then
			later+=("$pkg")
		else
			here[${pkg##*/}]=$pkg
			program[$pkg]=$work/$round/${pkg##*/}.test
		fi
	done
	go test -c "${flags[@]}" -o "$work/$round/" "${here[@]}" || {
		echo "fuzz: the packages do not build" >&2
		exit 1
	}
	packages=(${later[@]+"${later[@]}"})
done

# fuzz runs one target. The fuzzer sometimes ends with a bare "context deadline
# exceeded" when its time is up and the machine is busy; that found nothing,
# so the target gets one more try.
fuzz() {
	local try
	for try in 1 2; do
		if (cd "$2" && "${program[$1]}" -test.run '^$' -test.fuzz "^$3\$" -test.fuzztime "${each}s" -test.fuzzminimizetime 5s -test.parallel 2 \
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
	read -r pkg dir name <<<"$target"
	if fuzz "$pkg" "$dir" "$name"; then
		echo "ok    $pkg $name $(grep -oE 'execs: [0-9]+' "$out" | tail -1)"
	else
		echo "FAIL  $pkg $name"
		cat "$out"
		failed=1
	fi
done
exit $failed
