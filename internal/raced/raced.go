// Package raced leaves to a run of its own what the race detector has no part in.
// tools/check.sh has that run.
package raced

import (
	"flag"
	"strconv"
	"testing"
)

// Skip skips, under the race detector, a test in which nothing runs side by side that
// does not in others too: the detector finds nothing there and takes several times as
// long. tools/check.sh runs each test that calls it without the detector.
func Skip(t testing.TB) {
	t.Helper()
	if watched {
		t.Skip("the race detector has no part in this: run it without -race")
	}
}

// Walks has the properties of a package walk only so many times under the race detector.
// It is for a TestMain; the command line may say otherwise. tools/check.sh has them walk
// more often without the detector.
func Walks(n int) {
	if !watched {
		return
	}
	if err := flag.Set("rapid.checks", strconv.Itoa(n)); err != nil {
		panic(err)
	}
}
