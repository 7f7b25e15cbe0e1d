package barcode

// A pdfState is a compaction and how much of its group is begun. The four sets
// of Text have two states each, the second with half a codeword begun; Byte has
// one for each number of bytes of a group of six.
type pdfState uint8

const (
	pdfAlpha   pdfState = 0
	pdfLower   pdfState = 2
	pdfMixed   pdfState = 4
	pdfPunct   pdfState = 6
	pdfNumeric pdfState = 8
	pdfByte    pdfState = 9 // to pdfByte+5
	pdfCount            = pdfByte + 6
)

// The values of the four sets of Text compaction (ISO/IEC 15438:2015, table 4);
// a NUL is a place without a character.
var pdfSets = [4]string{
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ ",
	"abcdefghijklmnopqrstuvwxyz ",
	"0123456789&\r\t,:#-.$/+%*=^\x00 ",
	";<>@[\\]_`~!\r\t,:\n-.$/\"|*()?{}'",
}

// pdfLatches are the values that lead from one set to another (table 5).
var pdfLatches = [4][4][]byte{
	pdfAlpha / 2: {pdfLower / 2: {27}, pdfMixed / 2: {28}, pdfPunct / 2: {28, 25}},
	pdfLower / 2: {pdfAlpha / 2: {28, 28}, pdfMixed / 2: {28}, pdfPunct / 2: {28, 25}},
	pdfMixed / 2: {pdfAlpha / 2: {28}, pdfLower / 2: {27}, pdfPunct / 2: {25}},
	pdfPunct / 2: {pdfAlpha / 2: {29}, pdfLower / 2: {29, 27}, pdfMixed / 2: {29, 28}},
}

// Values of Text that shift for one character, and that fill a codeword.
const (
	pdfShiftAlpha = 27 // in Lower
	pdfShiftPunct = 29 // in Alpha, Lower and Mixed
	pdfFill       = 29
)

// pdfValues holds the value of each character in each set of Text, -1 where a
// set has it not.
var pdfValues = func() (all [len(pdfSets)][256]int8) {
	for set := range all {
		for c := range all[set] {
			all[set][c] = -1
		}
		for v := range len(pdfSets[set]) {
			if c := pdfSets[set][v]; c != 0 {
				all[set][c] = int8(v)
			}
		}
	}
	return all
}()

// pdfSetValue returns the value of a character in a set of Text.
func pdfSetValue(set pdfState, c byte) (byte, bool) {
	v := pdfValues[set/2][c]
	return byte(v), v >= 0
}

// A pdfNode is the cheapest known way to have written the bytes before a place
// and to stand in a state there. Costs are half codewords, since a value of
// Text is half a codeword; a way that begins a codeword must fill it before it
// leaves Text.
type pdfNode struct {
	cost  int32 // 0 where there is no way; the first node costs 2
	from  int32
	shift bool // the step writes one byte shifted out of Text
}

type pdfPlan struct {
	payload []byte
	nodes   []pdfNode
}

// offer adds a way to a state; of a set of Text, to the one of its cost.
func (p *pdfPlan) offer(place int, s pdfState, cost, from int32, shift bool) {
	if s < pdfNumeric {
		s = s&^1 | pdfState(cost&1)
	}
	n := &p.nodes[place*int(pdfCount)+int(s)]
	if n.cost == 0 || cost < n.cost {
		*n = pdfNode{cost: cost, from: from, shift: shift}
	}
}

// pdfCompact appends the codewords of payload, as few as there can be
// (5.4.2 to 5.4.4). A symbol begins in the Alpha set of Text.
func pdfCompact(words []int, payload []byte) []int {
	p := &pdfPlan{payload: payload, nodes: make([]pdfNode, (len(payload)+1)*int(pdfCount))}
	p.nodes[pdfAlpha] = pdfNode{cost: 2, from: -1}
	digits := 0 // from i on
	for i := range payload {
		if digits == 0 {
			for i+digits < len(payload) && dmDigit(int(payload[i+digits])) {
				digits++
			}
		}
		p.change(i)
		p.text(i)
		p.bytes(i)
		p.numbers(i, digits)
		digits = max(digits-1, 0)
	}
	end := len(payload) * int(pdfCount)
	best := end
	for n := end; n < end+int(pdfCount); n++ {
		if c := p.nodes[n].cost; c > 0 && (p.nodes[best].cost == 0 || whole(c) < whole(p.nodes[best].cost)) {
			best = n
		}
	}
	return p.write(words, best)
}

// whole returns a cost with its last codeword filled.
func whole(cost int32) int32 { return (cost + 1) / 2 * 2 }

// change adds the ways from one compaction or set into another.
func (p *pdfPlan) change(i int) {
	at := int32(i) * int32(pdfCount)
	for s := pdfNumeric; s < pdfCount; s++ { // Text always begins anew in Alpha
		if n := p.nodes[at+int32(s)]; n.cost > 0 {
			p.offer(i, pdfAlpha, n.cost+2, at+int32(s), false)
		}
	}
	for range 2 { // what is reached last may lead on, and a way round fills half a codeword
		for s := range pdfNumeric {
			cost := p.nodes[at+int32(s)].cost
			for to := pdfAlpha; to < pdfNumeric && cost > 0; to += 2 {
				if s/2 != to/2 {
					p.offer(i, to, cost+int32(len(pdfLatches[s/2][to/2])), at+int32(s), false)
				}
			}
		}
	}
}

// text adds the ways that write the byte at i in Text.
func (p *pdfPlan) text(i int) {
	at := int32(i) * int32(pdfCount)
	c := p.payload[i]
	for s := range pdfNumeric {
		n := p.nodes[at+int32(s)]
		if n.cost == 0 {
			continue
		}
		if _, ok := pdfSetValue(s, c); ok {
			p.offer(i+1, s, n.cost+1, at+int32(s), false)
		} else if _, _, ok := pdfShifted(s, c); ok {
			p.offer(i+1, s, n.cost+2, at+int32(s), false)
		}
		if s != pdfPunct+1 { // filling Punct would leave it
			p.offer(i+1, s, whole(n.cost)+4, at+int32(s), true)
		}
	}
}

// pdfShifted returns the values that write one character of another set.
func pdfShifted(s pdfState, c byte) (shift, value byte, ok bool) {
	if s/2 == pdfLower/2 {
		if v, ok := pdfSetValue(pdfAlpha, c); ok {
			return pdfShiftAlpha, v, true
		}
	}
	if s/2 != pdfPunct/2 {
		if v, ok := pdfSetValue(pdfPunct, c); ok {
			return pdfShiftPunct, v, true
		}
	}
	return 0, 0, false
}

// bytes adds the ways that write the byte at i in Byte: six are five codewords,
// fewer are one each.
func (p *pdfPlan) bytes(i int) {
	at := int32(i) * int32(pdfCount)
	for s := range pdfByte {
		if n := p.nodes[at+int32(s)]; n.cost > 0 {
			p.offer(i+1, pdfByte+1, whole(n.cost)+4, at+int32(s), false)
		}
	}
	for k := range pdfState(6) {
		if n := p.nodes[at+int32(pdfByte+k)]; n.cost > 0 {
			cost := n.cost + 2
			if k == 5 {
				cost = n.cost
			}
			p.offer(i+1, pdfByte+(k+1)%6, cost, at+int32(pdfByte+k), false)
		}
	}
}

// numbers adds the ways that write the digits from i on in Numeric, where 44
// are 15 codewords.
func (p *pdfPlan) numbers(i, digits int) {
	at := int32(i) * int32(pdfCount)
	cheapest, from := int32(0), int32(0)
	for s := range pdfCount {
		if n := p.nodes[at+int32(s)]; n.cost > 0 && (cheapest == 0 || whole(n.cost) < cheapest) {
			cheapest, from = whole(n.cost), at+int32(s)
		}
	}
	for n := 1; n <= digits; n++ {
		cost := 15 * (n / 44)
		if n%44 > 0 {
			cost += n%44/3 + 1
		}
		p.offer(i+n, pdfNumeric, cheapest+2+2*int32(cost), from, false)
	}
}
