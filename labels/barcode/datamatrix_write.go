package barcode

// A dmWriter writes the codewords of one way through a payload into a symbol
// with room for so many.
type dmWriter struct {
	chars []int
	room  int
	words []byte
	group []byte // values begun in C40, Text, X12 or EDIFACT
}

// write returns the data codewords of a payload: prefix, the way to end, and
// padding up to room.
func (p *dmPlan) words(end dmEnd, prefix []byte, room int) []byte {
	w := &dmWriter{chars: p.chars, room: room, words: append(make([]byte, 0, room), prefix...)}
	var path []int
	for n := end.node; n >= 0; n = int(p.nodes[n].from) {
		path = append(path, n)
	}
	for i := len(path) - 1; i > 0; i-- {
		from, to := path[i], path[i-1]
		if !w.step(from/dmCount, to/dmCount, dmState(from%dmCount), dmState(to%dmCount), p.nodes[to].base) {
			return w.pad()
		}
	}
	w.finish(end.node/dmCount, dmState(end.node%dmCount), end.open)
	return w.pad()
}

// step writes one step of the way. It returns false where the rest has been
// written in ASCII because the symbol's last two codewords are ASCII anyhow.
func (w *dmWriter) step(i, j int, from, to dmState, base bool) bool {
	set, begun := from.set()
	if set == dmEDI && begun == 0 && w.room-len(w.words) <= 2 {
		w.ascii(i, len(w.chars))
		return false
	}
	switch {
	case i == j && from == dmASCII:
		w.words = append(w.words, to.latch())
	case i == j:
		w.unlatch(set)
	case base:
		w.base256(i, j, false)
	case set == dmASCII:
		w.ascii(i, j)
	case set == dmEDI:
		w.group = append(w.group, byte(w.chars[i])&0x3f)
		if len(w.group) == 4 {
			w.flushEDI()
		}
	default:
		v, n := dmValues(set, w.chars[i])
		for _, value := range v[:n] {
			w.value(value)
		}
	}
	return true
}

// value adds a value of C40, Text or X12; three are two codewords (5.2.5.1).
func (w *dmWriter) value(v byte) {
	if w.group = append(w.group, v); len(w.group) < 3 {
		return
	}
	n := 1600*int(w.group[0]) + 40*int(w.group[1]) + int(w.group[2]) + 1
	w.words = append(w.words, byte(n>>8), byte(n))
	w.group = w.group[:0]
}

// flushEDI writes the begun group, filled up to whole codewords.
func (w *dmWriter) flushEDI() {
	bits := 0
	for k := range 4 {
		bits <<= 6
		if k < len(w.group) {
			bits |= int(w.group[k])
		}
	}
	bytes := [...]byte{byte(bits >> 16), byte(bits >> 8), byte(bits)}
	w.words = append(w.words, bytes[:(len(w.group)*6+7)/8]...)
	w.group = w.group[:0]
}

func (w *dmWriter) unlatch(set dmState) {
	if set != dmEDI {
		w.words = append(w.words, dmUnlatch)
		return
	}
	w.group = append(w.group, dmUnlatchEDI)
	w.flushEDI()
}

func (w *dmWriter) ascii(i, j int) {
	for i < j {
		c := w.chars[i]
		switch {
		case i+1 < j && dmPair(w.chars, i):
			w.words = append(w.words, byte(dmDigits+(c-'0')*10+w.chars[i+1]-'0'))
			i++
		case c == dmFNC1:
			w.words = append(w.words, dmFunction1)
		case c > 127:
			w.words = append(w.words, dmUpperShift, byte(c-127))
		default:
			w.words = append(w.words, byte(c+1))
		}
		i++
	}
}

// base256 writes a run of bytes, mixed with their places (annex B.2). A run
// that is open goes on to the end of the symbol and tells no length.
func (w *dmWriter) base256(i, j int, open bool) {
	w.words = append(w.words, dmLatch256)
	n := j - i
	switch {
	case open:
		w.mixed(0)
	case n > dmShort256:
		w.mixed(n/250 + dmShort256)
		w.mixed(n % 250)
	default:
		w.mixed(n)
	}
	for _, c := range w.chars[i:j] {
		w.mixed(c)
	}
}

func (w *dmWriter) mixed(v int) {
	w.words = append(w.words, byte(v+149*(len(w.words)+1)%255+1))
}

// finish writes what comes behind the last node.
func (w *dmWriter) finish(i int, s dmState, open int) {
	set, begun := s.set()
	left := w.room - len(w.words)
	switch {
	case open >= 0:
		w.base256(open, len(w.chars), true)
	case set == dmEDI:
		if left > 2 {
			w.unlatch(set)
		}
		w.ascii(i, len(w.chars))
	case set != dmASCII && begun == 2:
		w.value(dmShift1) // fills the last two codewords
	case set != dmASCII:
		if left > len(w.chars)-i {
			w.unlatch(set)
		}
		w.ascii(i, len(w.chars))
	}
}

// pad fills the symbol (5.2.3 and annex B.1).
func (w *dmWriter) pad() []byte {
	for first := true; len(w.words) < w.room; first = false {
		if first {
			w.words = append(w.words, dmPad)
			continue
		}
		n := dmPad + 149*(len(w.words)+1)%253 + 1
		if n > 254 {
			n -= 254
		}
		w.words = append(w.words, byte(n))
	}
	return w.words
}
