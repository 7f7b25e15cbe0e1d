#!/usr/bin/env bash
# Runs everything a change must pass, step by step, and says what each step
# took. A step that fails does not keep the others from running, so that one
# run tells everything; what failed, and why, is told again at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FUZZ_TIME=${FUZZ_TIME:-5} FUZZ_TOTAL=${FUZZ_TOTAL:-90}

tool() { go tool -modfile=tools/go.mod "$@"; }

# dirty prints what git sees as changed; nothing outside a git work tree.
dirty() { git status --porcelain 2>/dev/null || true; }

formatted() {
	local files
	files=$(tool gofumpt -l .)
	[[ -z $files ]] || {
		echo "not formatted; run make fmt:"
		echo "$files"
		return 1
	}
}

# tests runs them under the race detector, which needs cgo and a C compiler. The
# packages that take longest come first, so that no core waits for them at the end, and
# one more runs than there are cores: those that watch processes mostly wait.
#
# SQLite is C turned into Go that works in memory of its own, which the detector
# does not watch: instrumented it finds nothing and takes four times as long. No more
# than that package is left out: others share instances of generic functions with the
# rest of the program, and one without the detector's marks has it see races in sync.Map.
# The step before has vetted all but what only the detector compiles.
tests() {
	local slow=(./cmd/waybill ./printer/spool ./internal/dockday ./internal/printfaults ./tracking/store ./sync/... ./internal/labelproof ./agent/...)
	if command -v gcc >/dev/null || command -v cc >/dev/null; then
		export CGO_ENABLED=1
		local flags=(-race '-gcflags=modernc.org/sqlite/lib=-race=false' '-gcflags=github.com/ncruces/go-sqlite3-wasm/v6=-race=false') tagged
		tagged=$(grep -rlE '^//go:build .*\<race\>' --include='*.go' . | xargs -r -n1 dirname | sort -u)
		[[ -z $tagged ]] || go vet "${flags[@]}" $tagged
		go test "${flags[@]}" -p $(($(nproc) + 1)) -vet=off -shuffle=on -timeout 20m "${slow[@]}" ./...
		return
	fi
	echo "!! NO C COMPILER: the tests run WITHOUT the race detector" >&2
	[[ ${CI:-} != true ]] || return 1
	go test -vet=off -shuffle=on -timeout 20m "${slow[@]}" ./...
}

# unwatched runs, without the race detector, the tests that ask for that.
unwatched() {
	local skips='(raced|powercut)[.]Skip[(]' files names
	files=$(grep -rlE "$skips" --include='*_test.go' .)
	names=$(declared "$skips" $files)
	go test -vet=off -shuffle=on -timeout 20m -run "$names" $(folders $files)
}

# walks has the properties walk more often that walk less under the race detector.
walks() {
	local packages files names
	packages=$(folders $(grep -rl 'raced[.]Walks(' --include='*_test.go' .))
	files=$(grep -lE 'rapid[.]Check[(]' $(printf '%s/*_test.go ' $packages))
	names=$(declared 'rapid[.]Check[(]' $files)
	go test -vet=off -shuffle=on -timeout 20m -run "$names" $packages -rapid.checks=30
}

# declared matches the tests of files in which a line matches a pattern. It fails where
# one stands in no test: that would be run nowhere.
declared() {
	local pattern=$1 names
	shift
	names=$(awk -v p="$pattern" '
		/^func / { name = "" }
		/^func Test/ { name = $2; sub(/\(.*/, "", name) }
		$0 ~ p && name == "" { print FILENAME ":" FNR ": it stands in no test" >"/dev/stderr"; bad = 1 }
		$0 ~ p { print name }
		END { exit bad }' "$@" | sort -u | paste -sd'|') || return 1
	echo "^($names)\$"
}

# folders names the packages of files.
folders() {
	printf '%s\n' "$@" | xargs -n1 dirname | sort -u
}

# having names the packages with tests that declare what the pattern says.
having() {
	grep -rlE "$1" --include='*_test.go' . | xargs -r -n1 dirname | sort -u
}

# benchmarks runs each once, so that they keep compiling and working; their
# figures mean nothing at one turn, so only the names are shown.
benchmarks() {
	local out
	out=$(go test -vet=off -run '^$' -bench . -benchtime 1x $(having '^func Benchmark') 2>&1) || {
		echo "$out"
		return 1
	}
	awk '/^Benchmark/ {print $1; n++} END {print n+0 " benchmarks ran"}' <<<"$out"
}

# clean fails only in CI, where the tree was clean before: a test that leaves
# files behind would leave them in everybody's tree.
clean() {
	local now
	now=$(dirty)
	if [[ $now == "$before" ]]; then
		echo "the run left nothing behind"
		return
	fi
	echo "the run changed the tree:"
	diff <(echo "$before") <(echo "$now") || true
	[[ ${CI:-} != true ]]
}

# essence prints of a failed step's output what tells why: the tests that failed
# with what they said, each in short, or the end of it where there are none.
essence() {
	local found
	found=$(awk '
		/^ *--- FAIL|^panic:|^fatal error:|^WARNING: DATA RACE|^FAIL/ { left = 30 }
		/^-test.shuffle|^# / { left = left > 10 ? left : 10 }
		/^(ok|\?|===|PASS|FAIL$)/ { left = 0 }
		left > 0 && told < 150 { left--; told++; print (length > 300 ? substr($0, 1, 300) " …" : $0) }' "$1")
	echo "${found:-$(tail -n 30 "$1")}"
}

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failures=()
step() {
	local name=$1 start=$SECONDS ok=true log=$logs/${#failures[@]}
	shift
	echo
	echo "== $name"
	# A function called in a condition would run on after its first error, so
	# each step gets a shell of its own.
	set +e
	(
		set -e
		"$@"
	) 2>&1 | tee "$log"
	[[ ${PIPESTATUS[0]} == 0 ]] || ok=false
	set -e
	if $ok; then
		echo "-- $name: ok, $((SECONDS - start)) s"
	else
		echo "-- $name: FAILED, $((SECONDS - start)) s"
		failures+=("$name")
	fi
}

before=$(dirty)
step "install what the tests need" tools/install.sh
step "format: gofumpt" formatted
step "modules: go mod tidy -diff" go mod tidy -diff
step "vet: go vet" go vet ./...
step "vet: what runs in virtual machines (make usb, make rig)" go vet -tags usbrig,rig ./internal/link ./cmd/waybill
step "lint: golangci-lint" tool golangci-lint run ./...
step "tests: go test -race -shuffle=on" tests
step "tests that the race detector has no part in" unwatched
step "walks of properties, more of them" walks
step "benchmarks, once each" benchmarks
step "cross-builds" tools/cross.sh
step "fuzz, briefly" tools/fuzz.sh
step "the tree is clean" clean

echo
if ((${#failures[@]} > 0)); then
	for i in "${!failures[@]}"; do
		echo "FAILED: ${failures[$i]}"
		essence "$logs/$i"
		echo
	done
	printf 'FAILED: %s\n' "${failures[@]}"
	echo "in $SECONDS s"
	exit 1
fi
echo "All steps passed in $SECONDS s."
