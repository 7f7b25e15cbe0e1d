package address

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestQuietTextIsQuiet holds the short cut: whatever it lets pass, the long way
// would have left alone.
func TestQuietTextIsQuiet(t *testing.T) {
	letter := rapid.OneOf(
		rapid.SampledFrom([]rune(" abcXYZ0129.,-'&?éüÃÂ¼šœЖаеΑο東京ーｱ１　\u0301\u200d\u00a0한ß")),
		rapid.Rune(),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(letter, 0, 8).Draw(t, "text"))
		if !quietText(s) {
			return
		}
		c, now := &checker{}, s
		f := field{"name", &now}
		c.clean(f)
		if diff := cmp.Diff(s, now); diff != "" || len(c.Issues) > 0 {
			t.Fatalf("%q is not quiet: %q, %+v", s, now, c.Issues)
		}
	})
}
