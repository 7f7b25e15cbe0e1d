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

# fuzz runs one target. Where its time is up while the machine is busy, Go's fuzzer
# may end with a bare "context deadline exceeded"; that found nothing and says so of
# no input. The target then has to pass as many runs as it had had, by their number:
# then there is no deadline to exceed, and whatever fails is a finding.
fuzz() {
	local until=${each}s
	for _ in 1 2; do
		if (cd "$2" && "${program[$1]}" -test.run '^$' -test.fuzz "^$3\$" -test.fuzztime "$until" -test.fuzzminimizetime 5s -test.parallel 2 \
			-test.fuzzcachedir "$cache/$1") >"$out" 2>&1; then
			return 0
		fi
		if ! grep -q 'context deadline exceeded' "$out" || grep -qE 'Failing input|^panic:' "$out"; then
			return 1
		fi
		until=$(($(execs) > 100 ? $(execs) : 100))x
	done
	return 1
}

# execs is how often the last target ran.
execs() {
	local n
	n=$(sed -nE 's/.*execs: ([0-9]+).*/\1/p' "$out" | tail -1)
	echo "${n:-0}"
}

cache=$(go env GOCACHE)/fuzz
why=$work/why
: >"$why"
for target in "${targets[@]}"; do
	read -r pkg dir name <<<"$target"
	if fuzz "$pkg" "$dir" "$name"; then
		echo "ok    $pkg $name execs: $(execs)"
	else
		echo "FAIL  $pkg $name"
		{
			echo "FAIL  $pkg $name"
			awk '/^fuzz: elapsed/ { next }
				length > 500 { $0 = substr($0, 1, 500) " …" }
				++n <= 40 { print; next }
				/Failing input|go test -run/ { print }' "$out"
			input=$(sed -nE 's/.*Failing input written to (.*)/\1/p' "$out" | tail -1)
			[[ -z $input ]] || head -c 4000 "$dir/$input" # it goes with CI's clone
		} >>"$why"
	fi
done
# What failed comes last, for those who see only a log's end.
[[ ! -s $why ]] || {
	echo
	cat "$why"
	exit 1
}
