package text

import (
	"math"

	"github.com/go-text/typesetting/segmenter"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"waybill/labels"
)

// A scratch is the memory in which simple texts are measured.
type scratch struct {
	letters  []uint16 // of all paragraphs, in a row
	advances []int32  // of each of them, in shaping units
	spans    []span
	lines    []fitted
	runes    []rune
	breaks   []int // after which letters a line may end
	segments segmenter.Segmenter
}

// maxSimple bounds the bytes of a simple text, and so the scratch.
const maxSimple = 4096

// A span is a paragraph in a scratch.
type span struct {
	from, to   int // of its letters
	script     script
	advance    int32
	breaks, n  int  // its part of scratch.breaks
	breakable  bool // its breaks are known
	begin, end int  // of its bytes in the text
}

// A fitted is a line in a scratch.
type fitted struct {
	from, to int
	advance  int32
}

// simple sets a text of one alphabet, each line in one script: such a text needs no shaper.
// Where it must be left to the shaper, next is the first size to be tried;
// otherwise it is 0.
func (t *Setter) simple(dst []labels.PlacedGlyph, res labels.Resolution, s string, st Style) (_ Setting, next labels.Length, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.alphabets[weight(st.Bold)]
	if a == nil {
		if a, err = newAlphabet(t.set, st.Bold); err != nil {
			return Setting{}, 0, err
		}
		t.alphabets[weight(st.Bold)] = a
	}
	s = composed(s)
	if !t.scratch.read(a, s) {
		return Setting{}, st.Size, nil
	}
	for size := st.Size; ; size = max(size-shrinkStep, st.MinSize) {
		sh := t.sheet(a, st.Bold, res, size)
		smallest := size == st.MinSize
		ok := t.scratch.wrap(s, a, sh.toShape(st.Width), smallest && st.Lines > 1)
		if !ok {
			return Setting{}, size, nil
		}
		if t.scratch.fits(sh, st) {
			return t.placeSimple(dst, a, sh, st, false), 0, nil
		}
		if smallest && st.Cut {
			if t.scratch.cut(a, sh, st) {
				return t.placeSimple(dst, a, sh, st, true), 0, nil
			}
			return Setting{}, size, nil
		}
		if smallest {
			return Setting{}, 0, &NoRoomError{Text: s, MinSize: st.MinSize, Lines: st.Lines}
		}
	}
}

// composed returns s in the form in which accents are part of their letters.
func composed(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return norm.NFC.String(s)
		}
	}
	return s
}

// read measures the paragraphs of s. It reports whether they are simple.
func (sc *scratch) read(a *alphabet, s string) bool {
	sc.letters, sc.spans, sc.breaks = sc.letters[:0], sc.spans[:0], sc.breaks[:0]
	if len(s) > maxSimple {
		return false
	}
	p := span{}
	for i, r := range s {
		if r == '\n' {
			p.to, p.end = len(sc.letters), i
			sc.spans = append(sc.spans, p)
			p = span{from: len(sc.letters), begin: i + 1}
			continue
		}
		f := a.find(r)
		if f.index == 0 || f.script != anyScript && p.script != anyScript && p.script != f.script {
			return false
		}
		p.script = max(p.script, f.script)
		sc.letters = append(sc.letters, f.index)
	}
	if p.to, p.end = len(sc.letters), len(s); p.begin < len(s) {
		sc.spans = append(sc.spans, p)
	}
	return sc.measure(a)
}

// measure finds the advances of the letters that were read.
func (sc *scratch) measure(a *alphabet) bool {
	sc.advances = sc.advances[:0]
	for i := range sc.spans {
		p := &sc.spans[i]
		for n := 0; !sc.advance(a, p); n++ {
			if n == maxJoin || !sc.join(a, p) { // a ligature may join another
				return false
			}
		}
	}
	return true
}

// advance finds the advances of a paragraph. It reports false where letters
// are more than pairs.
func (sc *scratch) advance(a *alphabet, p *span) bool {
	sc.advances, p.advance = sc.advances[:p.from], 0
	letters := sc.letters[p.from:p.to]
	for j, l := range letters {
		if l == joined {
			sc.advances = append(sc.advances, 0)
			continue
		}
		next := uint16(end)
		if k := after(letters, j); k < len(letters) {
			next = letters[k]
		}
		advance := a.pair(p.script, l, next)
		if advance == strange {
			return false
		}
		sc.advances = append(sc.advances, advance)
		p.advance += advance
	}
	return true
}

// after returns where the next letter behind letter i is.
func after(letters []uint16, i int) int {
	for i++; i < len(letters) && letters[i] == joined; i++ {
	}
	return i
}

// join puts ligatures in the place of letters that are more than pairs.
func (sc *scratch) join(a *alphabet, p *span) bool {
	letters := sc.letters[p.from:p.to]
	for i := 0; i < len(letters); i = after(letters, i) {
		var room [maxJoin]uint16
		of := append(room[:0], letters[i])
		last := i
		for k := after(letters, i); k < len(letters) && a.pair(p.script, letters[last], letters[k]) == strange; k = after(letters, k) {
			of, last = append(of, letters[k]), k
		}
		if last == i {
			continue
		}
		ligature := a.join(p.script, of)
		if ligature == end {
			return false
		}
		letters[i] = ligature
		for k := i + 1; k <= last; k++ {
			letters[k] = joined
		}
	}
	return true
}

// wrap breaks the paragraphs into lines of at most width shaping units, as the
// shaper's wrapper does. It reports false where words would have to be broken.
func (sc *scratch) wrap(s string, a *alphabet, width int, breakWords bool) bool {
	most := int32(fixed.I(min(width, math.MaxInt32>>6)))
	sc.lines = sc.lines[:0]
	for i := range sc.spans {
		p := &sc.spans[i]
		if p.advance <= most {
			sc.lines = append(sc.lines, fitted{p.from, p.to, p.advance})
			continue
		}
		if !p.breakable {
			sc.findBreaks(s, p)
		}
		if !sc.breakLines(a, p, most, breakWords) {
			return false
		}
	}
	return true
}

// findBreaks finds where lines of a paragraph may end (UAX #14).
func (sc *scratch) findBreaks(s string, p *span) {
	sc.runes = sc.runes[:0]
	for _, r := range s[p.begin:p.end] {
		sc.runes = append(sc.runes, r)
	}
	sc.segments.Init(sc.runes)
	p.breaks, p.breakable = len(sc.breaks), true
	for lines := sc.segments.LineIterator(); lines.Next(); {
		l := lines.Line()
		sc.breaks = append(sc.breaks, p.from+l.Offset+len(l.Text))
	}
	p.n = len(sc.breaks) - p.breaks
}

// breakLines puts as many words as fit on each line. A blank at the end of a
// line takes no room.
func (sc *scratch) breakLines(a *alphabet, p *span, most int32, breakWords bool) bool {
	from, best, sum, at := p.from, 0, int32(0), p.from
	breaks := sc.breaks[p.breaks : p.breaks+p.n]
	for i := 0; i < len(breaks); {
		for ; at < breaks[i]; at++ {
			sum += sc.advances[at]
		}
		wide := sum
		if a.letters[sc.letters[at-1]].blank {
			wide -= sc.advances[at-1]
		}
		switch {
		case wide <= most:
			best = breaks[i]
			i++
			continue
		case best == 0 && breakWords:
			return false
		case best == 0: // one word, too long
			best = breaks[i]
			i++
		}
		sc.endLine(a, from, best)
		from, at, best, sum = best, best, 0, 0
	}
	if best > 0 {
		sc.endLine(a, from, best)
	}
	return true
}

func (sc *scratch) endLine(a *alphabet, from, to int) {
	l := fitted{from: from, to: to}
	for _, n := range sc.advances[from:to] {
		l.advance += n
	}
	if a.letters[sc.letters[to-1]].blank {
		l.advance -= sc.advances[to-1]
	}
	sc.lines = append(sc.lines, l)
}

// width returns a line's width in dots, rounded up.
func (s *sheet) width(l fitted) int { return int(math.Ceil(float64(l.advance) * s.perUnit)) }

func (sc *scratch) fits(s *sheet, st Style) bool {
	if !s.fits(len(sc.lines), st) {
		return false
	}
	for _, l := range sc.lines {
		if s.width(l) > st.Width {
			return false
		}
	}
	return true
}

// placeSimple puts the lines into their box.
func (t *Setter) placeSimple(dst []labels.PlacedGlyph, a *alphabet, s *sheet, st Style, cut bool) Setting {
	sc := &t.scratch
	p := placing{glyphs: dst, from: len(dst)}
	first := s.first(len(sc.lines), st)
	for i, l := range sc.lines {
		x, y := st.begin(s.width(l)), first+i*s.pitch
		pen := int32(0)
		advances := sc.advances[l.from:l.to]
		for j, index := range sc.letters[l.from:l.to] {
			if index == joined {
				continue
			}
			p.put(t.letter(a, s, index).drawn, x+int(math.Round(float64(pen)*s.perUnit)), y)
			pen += advances[j]
		}
		if cut && i == len(sc.lines)-1 {
			pen = l.advance - a.pair(anyScript, a.find(ellipsis).index, end)
			p.put(t.letter(a, s, a.find(ellipsis).index).drawn, x+int(math.Round(float64(pen)*s.perUnit)), y)
		}
	}
	return p.setting(s.size, len(sc.lines), cut)
}
