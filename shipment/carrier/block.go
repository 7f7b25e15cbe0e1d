package carrier

import "fmt"

// A Block is the numbers of one scheme and prefix from First to Last.
type Block struct {
	Scheme, Prefix string
	First, Last    int64
}

// Overlap reports whether two blocks may hold the same number. It looks at the
// numbers, not at how they are described: prefix 1061414 with serial 1000001
// and prefix 10614141 with serial 1 are one SSCC. Where check characters make
// it hard to say, it says yes.
func (b Block) Overlap(o Block) (bool, error) {
	f, err := formOf(b.Scheme, b.Prefix)
	if err != nil {
		return false, err
	}
	g, err := formOf(o.Scheme, o.Prefix)
	if err != nil {
		return false, err
	}
	if b.First > b.Last || o.First > o.Last {
		return false, nil // an empty block holds none
	}
	if b.First < 0 || b.Last > f.last() {
		return false, fmt.Errorf("serials %d to %d do not fit scheme %s with prefix %s", b.First, b.Last, b.Scheme, b.Prefix)
	}
	if o.First < 0 || o.Last > g.last() {
		return false, fmt.Errorf("serials %d to %d do not fit scheme %s with prefix %s", o.First, o.Last, o.Scheme, o.Prefix)
	}
	if f.width() != g.width() {
		return false, nil
	}
	// Bodies of equal length are in the order of their serials, so each block is
	// an interval. Where one body is longer, its check-free end decides nothing.
	n := min(len(f.head)+f.digits, len(g.head)+g.digits)
	low, high := f.body(b.First)[:n], f.body(b.Last)[:n]
	return low <= g.body(o.Last)[:n] && g.body(o.First)[:n] <= high && tailsMeet(f.tail, g.tail), nil
}

// width is the length of a form's numbers.
func (f form) width() int {
	n := len(f.head) + f.digits + len(f.tail)
	if f.check != nil {
		n++
	}
	return n
}

// tailsMeet reports whether one number may end in both tails.
func tailsMeet(a, b string) bool {
	n := min(len(a), len(b))
	return a[len(a)-n:] == b[len(b)-n:]
}
