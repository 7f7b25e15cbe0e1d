//go:build race

package desk_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain walks less under the race detector, which takes many times as long and
// looks for something else. The command line may say otherwise.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
