package barcode

// A dmNode is the cheapest known way to have written the characters before a
// place and to stand in a state there.
type dmNode struct {
	cost int32 // codewords written; 0 where there is no way, since the first node costs 1
	from int32 // node before it
	base bool  // reached by a run of Base 256, from ASCII to ASCII
}

// A dmPlan is every cheapest way through a payload's characters. A way with
// fewer codewords can do all that one with more can, at the end of the symbol
// too (see finish), so one way for each place and state is enough to know.
type dmPlan struct {
	chars []int
	nodes []dmNode // place*dmCount + state
}

func dmNewPlan(chars []int) *dmPlan {
	p := &dmPlan{chars: chars, nodes: make([]dmNode, (len(chars)+1)*dmCount)}
	p.nodes[0] = dmNode{cost: 1, from: -1}
	for i := range chars {
		p.change(i)
		p.write(i)
	}
	p.change(len(chars))
	return p
}

// cost returns what a node costs, if there is a way to it.
func (p *dmPlan) cost(place int, s dmState) (int, bool) {
	c := p.nodes[place*dmCount+int(s)].cost
	return int(c) - 1, c > 0
}

func (p *dmPlan) offer(place int, s dmState, cost, from int, base bool) {
	n := &p.nodes[place*dmCount+int(s)]
	if n.cost == 0 || int32(cost)+1 < n.cost {
		*n = dmNode{cost: int32(cost) + 1, from: int32(from), base: base}
	}
}

// dmLeaveEDI is what leaving EDIFACT costs with so many characters begun: they
// and the unlatch, filled up to whole codewords.
var dmLeaveEDI = [4]int{1, 2, 3, 3}

// change adds the ways from one encodation into another, all through ASCII.
func (p *dmPlan) change(i int) {
	at := i * dmCount
	for _, s := range [...]dmState{dmC40, dmText, dmX12} {
		if c, ok := p.cost(i, s); ok {
			p.offer(i, dmASCII, c+1, at+int(s), false)
		}
	}
	for k, leave := range dmLeaveEDI {
		s := dmEDI + dmState(k)
		if c, ok := p.cost(i, s); ok {
			p.offer(i, dmASCII, c+leave, at+int(s), false)
		}
	}
	c, ok := p.cost(i, dmASCII)
	if !ok {
		return
	}
	for _, s := range [...]dmState{dmC40, dmText, dmX12, dmEDI} {
		p.offer(i, s, c+1, at, false)
	}
}

// write adds the ways that write the character at i.
func (p *dmPlan) write(i int) {
	c := p.chars[i]
	at := i * dmCount
	if cost, ok := p.cost(i, dmASCII); ok {
		p.offer(i+1, dmASCII, cost+dmCostASCII(c), at, false)
		if dmPair(p.chars, i) {
			p.offer(i+2, dmASCII, cost+1, at, false)
		}
		p.base256(i, cost)
	}
	for _, base := range [...]dmState{dmC40, dmText, dmX12} {
		_, n := dmValues(base, c)
		for k := 0; n > 0 && k < 3; k++ {
			if cost, ok := p.cost(i, base+dmState(k)); ok {
				p.offer(i+1, base+dmState((k+n)%3), cost+2*((k+n)/3), at+int(base)+k, false)
			}
		}
	}
	for k := 0; dmInEDI(c) && k < 4; k++ {
		if cost, ok := p.cost(i, dmEDI+dmState(k)); ok {
			if k == 3 {
				cost += 3
			}
			p.offer(i+1, dmEDI+dmState((k+1)%4), cost, at+int(dmEDI)+k, false)
		}
	}
}

// dmLongest256 is the longest run that one length field can tell (5.2.9.1).
const dmLongest256 = 1555

// dmShort256 is the longest run whose length fits one codeword.
const dmShort256 = 249

// base256 adds the runs of Base 256 that begin at i. One that begins with a
// byte of one codeword in ASCII is no shorter than if it began behind it.
func (p *dmPlan) base256(i, cost int) {
	if dmCostASCII(p.chars[i]) == 1 {
		return
	}
	for n := 1; n <= dmLongest256 && i+n <= len(p.chars) && p.chars[i+n-1] != dmFNC1; n++ {
		field := 2 // latch and length
		if n > dmShort256 {
			field = 3
		}
		p.offer(i+n, dmASCII, cost+field+n, i*dmCount, true)
	}
}

// A dmEnd is how a way ends: at a node, with what remains in ASCII.
type dmEnd struct {
	node  int
	cost  int
	exact bool // fits only a symbol of just this many codewords
	open  int  // first character of a Base 256 run that goes on to the symbol's end; -1 for none
}

// ends returns the ways in which the symbol may be finished (5.2.5.2, 5.2.6.2,
// 5.2.7.2, 5.2.8.2, 5.2.9.1). Where a symbol has more room than an end costs,
// there is also room for the unlatch that the exact fit spares.
func (p *dmPlan) ends() []dmEnd {
	n := len(p.chars)
	var ends []dmEnd
	add := func(place int, s dmState, more int, exact bool) {
		if c, ok := p.cost(place, s); ok {
			ends = append(ends, dmEnd{node: place*dmCount + int(s), cost: c + more, exact: exact, open: -1})
		}
	}
	add(n, dmASCII, 0, false)
	for _, s := range [...]dmState{dmC40, dmText, dmX12} {
		add(n, s, 0, false)
		if n > 0 && dmCostASCII(p.chars[n-1]) == 1 {
			add(n-1, s, 1, false)
		}
	}
	add(n, dmC40+2, 2, true)
	add(n, dmText+2, 2, true)
	for i := max(0, n-4); i <= n; i++ { // four digits are two codewords
		if rest := dmRestASCII(p.chars[i:]); rest <= 2 {
			add(i, dmEDI, rest, false)
		}
	}
	for i := n - 1; i >= 0 && n-i <= dmLongest256 && p.chars[i] != dmFNC1; i-- {
		if c, ok := p.cost(i, dmASCII); ok && n-i > dmShort256 {
			ends = append(ends, dmEnd{node: i * dmCount, cost: c + 2 + n - i, exact: true, open: i})
		}
	}
	return ends
}

// dmRestASCII returns the codewords of chars in ASCII.
func dmRestASCII(chars []int) int {
	n := 0
	for i := 0; i < len(chars); n++ {
		if dmPair(chars, i) {
			i += 2
			continue
		}
		n += dmCostASCII(chars[i]) - 1
		i++
	}
	return n
}

// dmFit returns the cheapest end that fits a symbol with room for so many
// codewords.
func dmFit(ends []dmEnd, room int) (dmEnd, bool) {
	var best dmEnd
	found := false
	for _, e := range ends {
		if (e.cost == room || e.cost < room && !e.exact) && (!found || e.cost < best.cost) {
			best, found = e, true
		}
	}
	return best, found
}
