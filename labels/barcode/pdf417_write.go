package barcode

// A pdfWriter writes the codewords of one way through a payload.
type pdfWriter struct {
	words  []int
	values []byte // of Text, not yet codewords
	run    []byte // of Byte or Numeric, not yet codewords
	mode   pdfState
}

// write appends the codewords of the way that ends at a node.
func (p *pdfPlan) write(words []int, end int) []int {
	var path []int
	for n := end; n >= 0; n = int(p.nodes[n].from) {
		path = append(path, n)
	}
	w := &pdfWriter{words: words}
	for k := len(path) - 1; k > 0; k-- {
		i, j := path[k]/int(pdfCount), path[k-1]/int(pdfCount)
		from, to := pdfState(path[k]%int(pdfCount)), pdfState(path[k-1]%int(pdfCount))
		switch {
		case to < pdfNumeric && i == j:
			w.toText(from, to)
		case to < pdfNumeric && p.nodes[path[k-1]].shift:
			w.flush()
			w.words = append(w.words, pdfByteShift, int(p.payload[i]))
		case to < pdfNumeric:
			w.text(to, p.payload[i])
		default:
			if to > pdfByte {
				to = pdfByte
			}
			if w.mode != to || to == pdfNumeric {
				w.flush()
			}
			w.mode = to
			w.run = append(w.run, p.payload[i:j]...)
		}
	}
	w.flush()
	return w.words
}

// toText goes to a set of Text, from another or from another compaction.
func (w *pdfWriter) toText(from, to pdfState) {
	if from >= pdfNumeric {
		w.flush()
		w.words = append(w.words, pdfTextLatch)
		w.mode = pdfAlpha
		return
	}
	w.values = append(w.values, pdfLatches[from/2][to/2]...)
}

func (w *pdfWriter) text(set pdfState, c byte) {
	if v, ok := pdfSetValue(set, c); ok {
		w.values = append(w.values, v)
		return
	}
	if shift, v, ok := pdfShifted(set, c); ok {
		w.values = append(w.values, shift, v)
	}
}

// flush writes what is begun, and fills its last codeword.
func (w *pdfWriter) flush() {
	if len(w.values)%2 != 0 {
		w.values = append(w.values, pdfFill)
	}
	for i := 0; i < len(w.values); i += 2 {
		w.words = append(w.words, 30*int(w.values[i])+int(w.values[i+1]))
	}
	w.values = w.values[:0]
	switch {
	case len(w.run) == 0:
	case w.mode == pdfNumeric:
		w.words = append(w.words, pdfNumericLatch)
		for n := w.run; len(n) > 0; n = n[min(44, len(n)):] {
			w.words = append(w.words, pdfNumber(n[:min(44, len(n))])...)
		}
	default:
		w.bytes()
	}
	w.run = w.run[:0]
}

// bytes writes a run in Byte: every six as a number in base 900, what is left
// one by one (5.4.3.2).
func (w *pdfWriter) bytes() {
	latch := pdfByteLatch
	if len(w.run)%6 == 0 {
		latch = pdfByteLatch6
	}
	w.words = append(w.words, latch)
	run := w.run
	for ; len(run) >= 6; run = run[6:] {
		n := uint64(0)
		for _, b := range run[:6] {
			n = n<<8 | uint64(b)
		}
		var five [5]int
		for i := range five {
			five[4-i], n = int(n%900), n/900
		}
		w.words = append(w.words, five[:]...)
	}
	for _, b := range run {
		w.words = append(w.words, int(b))
	}
}
