package barcode

// A qrMode is a way to write characters (ISO/IEC 18004, 7.3).
type qrMode uint8

const (
	qrNumeric qrMode = iota
	qrAlphanumeric
	qrByte
	qrModes
)

// Mode indicators and the lengths of what comes before the data (ISO/IEC
// 18004, tables 2 and 3).
const (
	qrModeBits  = 4
	qrECIBits   = 8 // of an assignment number up to 127
	qrECI       = 7
	qrFNC1First = 5
	qrUTF8      = 26
)

var (
	qrIndicators = [qrModes]uint32{1, 2, 4}
	qrCountBits  = [3][qrModes]int{{10, 9, 8}, {12, 11, 16}, {14, 13, 16}}
)

// A qrSegment is a run of characters written in one mode.
type qrSegment struct {
	mode qrMode
	data []byte
}

// qrSixth counts in sixths of a bit: a digit takes 10/3 bits, an alphanumeric
// character 11/2.
const qrSixth = 6

// qrFar is more than any payload costs.
const qrFar = 1 << 30

// qrAlphanumerics holds the value of each alphanumeric character and one (ISO/IEC 18004,
// table 5), and 0 for the others.
var qrAlphanumerics = func() (values [256]byte) {
	for i, c := range []byte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") {
		values[c] = byte(i + 1)
	}
	return values
}()

// qrCost returns what character i of payload costs in each mode, in sixths of
// a bit.
//
// In GS1 symbols the alphanumeric mode writes GS as "%" and "%" as "%%"
// (ISO/IEC 18004, 7.4.8.2), so that a GS with either behind it would read as
// something else, and must be written as a byte.
func qrCost(payload []byte, i int, gs1 bool) [qrModes]int {
	cost := [qrModes]int{qrFar, qrFar, 8 * qrSixth}
	c := payload[i]
	if c >= '0' && c <= '9' {
		cost[qrNumeric] = 20
	}
	switch {
	case qrAlphanumerics[c] == 0 && !(gs1 && c == GS):
	case !gs1 || c != GS && c != '%':
		cost[qrAlphanumeric] = 33
	case c == '%':
		cost[qrAlphanumeric] = 66
	case i+1 == len(payload) || payload[i+1] != GS && payload[i+1] != '%':
		cost[qrAlphanumeric] = 33
	}
	return cost
}

// qrSegments returns the segments that write payload in the fewest bits, for a
// version of the class, and how many bits they take, without what announces
// character set or GS1. Of ways equally short it always takes the same.
//
// Going from left to right it keeps, for each mode, the cheapest way that ends
// in it. A segment is as long as its sixths rounded up, and what comes later
// costs the same either way, so nothing cheaper is ever dropped.
func qrSegments(payload []byte, class int, gs1 bool) (segments []qrSegment, size int) {
	var head [qrModes]int
	for m := range qrModes {
		head[m] = (qrModeBits + qrCountBits[class][m]) * qrSixth
	}
	var room [128][qrModes]qrMode
	came := room[:] // the mode of the character before, on the cheapest way to here
	if len(payload) > len(came) {
		came = make([][qrModes]qrMode, len(payload))
	}
	have := [qrModes]int{qrFar, qrFar, qrFar}
	whole := 0 // the cheapest way so far, ended
	last := qrModes
	for i := range payload {
		cost := qrCost(payload, i, gs1)
		var next [qrModes]int
		for m := range qrModes {
			next[m], came[i][m] = have[m], m
			if begun := whole + head[m]; begun < next[m] {
				next[m], came[i][m] = begun, last
			}
			next[m] = min(next[m]+cost[m], qrFar)
		}
		have, whole = next, qrFar
		for m := range qrModes {
			if ended := (have[m] + qrSixth - 1) / qrSixth * qrSixth; ended < whole {
				whole, last = ended, m
			}
		}
	}
	size = whole / qrSixth
	// Back along the cheapest way. Two segments of one mode never meet: one is
	// cheaper.
	n := 1
	for i, m := len(payload)-1, last; i > 0; i-- {
		if came[i][m] != m {
			n++
		}
		m = came[i][m]
	}
	segments = make([]qrSegment, n)
	end := len(payload)
	for i, m := len(payload)-1, last; i >= 0; i-- {
		before := came[i][m]
		if i == 0 || before != m {
			n--
			segments[n] = qrSegment{mode: m, data: payload[i:end]}
			end = i
		}
		m = before
	}
	return segments, size
}
