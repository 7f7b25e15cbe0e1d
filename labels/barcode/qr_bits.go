package barcode

// qrBits writes data codewords, bit by bit.
type qrBits struct {
	words   []byte
	room    int    // in codewords
	pending uint64 // bits not yet in words, at the low end
	n       int    // how many; fewer than 8 between calls
}

func newQRBits(words int) *qrBits {
	return &qrBits{words: make([]byte, 0, words), room: words}
}

// put appends the lowest n bits of v; n is at most 32.
func (b *qrBits) put(v uint32, n int) {
	b.pending, b.n = b.pending<<n|uint64(v), b.n+n
	for b.n >= 8 {
		b.n -= 8
		b.words = append(b.words, byte(b.pending>>b.n))
	}
}

// segment appends a segment with its mode and count (ISO/IEC 18004, 7.4.3 to
// 7.4.5).
func (b *qrBits) segment(s qrSegment, class int, gs1 bool) {
	b.put(qrIndicators[s.mode], qrModeBits)
	count := qrCountBits[class][s.mode]
	switch s.mode {
	case qrNumeric:
		b.put(uint32(len(s.data)), count)
		b.digits(s.data)
	case qrAlphanumeric:
		b.alphanumeric(s.data, count, gs1)
	default:
		b.put(uint32(len(s.data)), count)
		for _, c := range s.data {
			b.put(uint32(c), 8)
		}
	}
}

func (b *qrBits) digits(data []byte) {
	for ; len(data) >= 3; data = data[3:] {
		b.put(uint32(data[0]-'0')*100+uint32(data[1]-'0')*10+uint32(data[2]-'0'), 10)
	}
	switch len(data) {
	case 2:
		b.put(uint32(data[0]-'0')*10+uint32(data[1]-'0'), 7)
	case 1:
		b.put(uint32(data[0]-'0'), 4)
	}
}

// alphanumeric appends pairs of characters; the count is of what is written,
// so that each "%" of a GS1 symbol counts twice.
func (b *qrBits) alphanumeric(data []byte, count int, gs1 bool) {
	n := len(data)
	if gs1 {
		for _, c := range data {
			if c == '%' {
				n++
			}
		}
	}
	b.put(uint32(n), count)
	half, pair := uint32(0), false
	add := func(c byte) {
		v := uint32(qrAlphanumerics[c] - 1)
		if pair {
			b.put(half*45+v, 11)
		}
		half, pair = v, !pair
	}
	for _, c := range data {
		switch {
		case gs1 && c == GS:
			add('%')
		case gs1 && c == '%':
			add('%')
			add('%')
		default:
			add(c)
		}
	}
	if pair {
		b.put(half, 6)
	}
}

// finish returns the codewords: the terminator, as far as there is room for
// it, zeros up to the next byte, and pad codewords (ISO/IEC 18004, 7.4.9 and
// 7.4.10).
func (b *qrBits) finish() []byte {
	b.put(0, min(4, 8*b.room-8*len(b.words)-b.n))
	if b.n > 0 {
		b.put(0, 8-b.n)
	}
	for pad := byte(0xec); len(b.words) < b.room; pad ^= 0xec ^ 0x11 {
		b.words = append(b.words, pad)
	}
	return b.words
}

// qrGalois is the field over x⁸+x⁴+x³+x²+1 (ISO/IEC 18004, 7.5.2).
var qrGalois = newGalois(0x11d)

// qrGenerators holds the generator polynomials by their number of codewords
// (ISO/IEC 18004, annex A).
var qrGenerators = func() (all [31][]byte) {
	for n := 7; n < len(all); n++ {
		all[n] = qrGalois.generator(n, 0)
	}
	return all
}()

// qrInterleave returns all codewords in the order in which they are placed:
// one of each block in turn, first the data, then the error correction
// (ISO/IEC 18004, 7.6).
func qrInterleave(words []byte, version int, level qrLevel) []byte {
	blocks, correction := int(qrBlocks[level][version-1]), int(qrCorrection[level][version-1])
	short := len(words) / blocks // data codewords of a short block
	long := len(words) % blocks  // how many blocks, the last ones, have one more
	all := make([]byte, qrAllWords(version)+correction)
	all, rest := all[:len(all)-correction], all[len(all)-correction:]
	generator := qrGenerators[correction]
	start := 0
	for b := range blocks {
		n := short
		if b >= blocks-long {
			n++
		}
		block := words[start : start+n]
		start += n
		for i, w := range block[:short] {
			all[i*blocks+b] = w
		}
		if n > short {
			all[short*blocks+b-(blocks-long)] = block[short]
		}
		qrGalois.remainder(rest, block, generator)
		for i, w := range rest {
			all[len(words)+i*blocks+b] = w
		}
	}
	return all
}
