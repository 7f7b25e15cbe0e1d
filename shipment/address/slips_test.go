package address

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSlips holds the count against one that is made without short cuts, up to the
// bound that the caller asks.
func TestSlips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SliceOfN(rapid.SampledFrom([]rune("abc é京")), 0, 12)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		most := rapid.IntRange(0, 6).Draw(t, "most")
		want := min(slowSlips(a, b), most+1)
		if got := min(slips(a, b, most), most+1); got != want {
			t.Errorf("%q to %q is %d, want %d", string(a), string(b), got, want)
		}
	})
}

// slowSlips is the definition: the least of what the last letters allow.
func slowSlips(a, b []rune) int {
	type ends struct{ a, b int }
	known := map[ends]int{}
	var count func(i, j int) int
	count = func(i, j int) int {
		if i == 0 || j == 0 {
			return i + j
		}
		if n, ok := known[ends{i, j}]; ok {
			return n
		}
		differ := 1
		if a[i-1] == b[j-1] {
			differ = 0
		}
		n := min(count(i-1, j)+1, count(i, j-1)+1, count(i-1, j-1)+differ)
		if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
			n = min(n, count(i-2, j-2)+1)
		}
		known[ends{i, j}] = n
		return n
	}
	return count(len(a), len(b))
}

// TestFoldAlone holds that accents fold the same with and without joining them
// first.
func TestFoldAlone(t *testing.T) {
	t.Parallel()
	letters := []rune("aZé\u0301\u0308ü\u0327ıßйиЙёΆα\u0306が\u3099か京강\u1100\u1161\u0928\u093c ")
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 12).Draw(t, "s"))
		// A letter that does not fold alone sends the whole of s the long way.
		if got, want := foldAccents(s), foldAccents(s+"\u0928"); got+"\u0928" != want {
			t.Errorf("%+q becomes %+q alone, %+q after joining", s, got, want)
		}
	})
}
