package text

import (
	"slices"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"

	"waybill/labels/fonts"
)

// An alphabet is what is known of the letters of the base face: those that
// stand for themselves, one glyph to a character from left to right, where
// only the next letter decides how far they advance, and ligatures of them. A text of such letters in
// one script is set without a shaper; whether the shaper would set it alike was
// asked of the shaper itself, letter by letter and pair by pair.
type alphabet struct {
	vertical
	set     *fonts.Set
	base    *fonts.Face
	face    *font.Face
	bold    bool
	shaper  shaping.HarfbuzzShaper
	ascii   [128]found
	others  map[rune]found
	letters []letter
	joins   map[join]uint16    // the ligatures; end where letters cannot be joined
	pairs   [scripts][][]int32 // by script, letter and next letter: see pair
}

// A letter is one of an alphabet, or a ligature of some.
type letter struct {
	runes []rune
	glyph font.GID
	blank bool // leaves no ink
}

// The letters that are none.
const (
	end     = 0 // of a text
	joined  = 1 // to the ligature before
	letters = 2 // and more
)

// A found is where a character was found in the alphabet.
type found struct {
	index  uint16 // 0: it is no simple letter
	script script
	known  bool
}

// A script is what divides a text into runs. Digits and marks take that of
// the letters beside them.
type script uint8

const (
	anyScript script = iota
	latin
	cyrillic
	greek
	scripts
)

// maxLetters bounds the tables of pairs; a language has a quarter of it.
const maxLetters = 512

func newAlphabet(set *fonts.Set, bold bool) (*alphabet, error) {
	base, err := set.Base(bold)
	if err != nil {
		return nil, err
	}
	sh, err := newShaper(set, bold)
	if err != nil {
		return nil, err
	}
	return &alphabet{
		vertical: sh.vertical, set: set, base: base, face: sh.face(base), bold: bold,
		others: map[rune]found{}, letters: make([]letter, letters, maxLetters), joins: map[join]uint16{},
	}, nil
}

// find returns where r is in the alphabet.
func (a *alphabet) find(r rune) found {
	if r >= 0 && r < 128 {
		f := &a.ascii[r]
		if !f.known {
			*f = a.learn(r)
		}
		return *f
	}
	f, ok := a.others[r]
	if !ok {
		f = a.learn(r)
		if f.index != 0 || len(a.others) < 8*maxLetters {
			a.others[r] = f
		}
	}
	return f
}

// learn adds r to the alphabet where it is a simple letter.
func (a *alphabet) learn(r rune) found {
	no := found{known: true}
	if len(a.letters) == maxLetters || !plain(r) {
		return no
	}
	s, ok := scriptOf(r)
	if !ok {
		return no
	}
	if face, err := a.set.Face(r, a.bold); err != nil || face != a.base {
		return no
	}
	gid, ok := a.face.NominalGlyph(r)
	if !ok || gid == 0 {
		return no
	}
	out := a.shape(s, r)
	if len(out.Glyphs) != 1 || out.Glyphs[0].GlyphID != gid || out.Glyphs[0].XOffset != 0 || out.Glyphs[0].YOffset != 0 {
		return no
	}
	a.letters = append(a.letters, letter{runes: []rune{r}, glyph: gid, blank: out.Glyphs[0].Width == 0})
	return found{index: uint16(len(a.letters) - 1), script: s, known: true}
}

// plain reports whether r is written from left to right, and is not a mark on,
// or a break in, what stands beside it.
func plain(r rune) bool {
	if r == unicode.ReplacementChar || unicode.IsControl(r) {
		return false
	}
	if r != ' ' && r != '\u00a0' && !unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) {
		return false
	}
	p, _ := bidi.LookupRune(r)
	switch p.Class() {
	case bidi.L, bidi.EN, bidi.ES, bidi.ET, bidi.CS, bidi.ON, bidi.WS:
		return true
	default:
		return false
	}
}

func scriptOf(r rune) (script, bool) {
	switch language.LookupScript(r) {
	case language.Common:
		return anyScript, true
	case language.Latin:
		return latin, true
	case language.Cyrillic:
		return cyrillic, true
	case language.Greek:
		return greek, true
	default:
		return 0, false
	}
}

// shape shapes runes as a run of a script.
func (a *alphabet) shape(s script, runes ...rune) shaping.Output {
	in := shaping.Input{
		Text: runes, RunEnd: len(runes), Face: a.face, Size: fixed.I(shapeSize),
		Script:   [scripts]language.Script{language.Common, language.Latin, language.Cyrillic, language.Greek}[s],
		Language: [scripts]language.Language{"en", "en", "ru", "el"}[s],
	}
	return a.shaper.Shape(in)
}

// strange is the advance of a pair that is more than its letters side by side:
// a ligature, or a letter that changes beside the other.
const strange = -1 << 30

// pair returns how far letter i advances before letter j.
func (a *alphabet) pair(s script, i, j uint16) int32 {
	if rows := a.pairs[s]; int(i) < len(rows) && int(j) < len(rows[i]) {
		if known := rows[i][j]; known != 0 {
			return known >> 1 // the lowest bit says that it is known
		}
	}
	return a.learnPair(s, i, j)
}

func (a *alphabet) learnPair(s script, i, j uint16) int32 {
	rows := a.pairs[s]
	if int(i) >= len(rows) {
		rows = append(rows, make([][]int32, int(i)+1-len(rows))...)
		a.pairs[s] = rows
	}
	if int(j) >= len(rows[i]) {
		rows[i] = append(rows[i], make([]int32, int(j)+1-len(rows[i]))...)
	}
	advance := a.measurePair(s, i, j)
	rows[i][j] = advance<<1 | 1
	return advance
}

func (a *alphabet) measurePair(s script, i, j uint16) int32 {
	first := a.letters[i]
	if j == end {
		out := a.shape(s, first.runes...)
		if len(out.Glyphs) != 1 || !itself(out.Glyphs[0], first) {
			return strange
		}
		return int32(out.Glyphs[0].Advance)
	}
	second := a.letters[j]
	out := a.shape(s, slices.Concat(first.runes, second.runes)...)
	if len(out.Glyphs) != 2 || !itself(out.Glyphs[0], first) || !itself(out.Glyphs[1], second) ||
		out.Glyphs[0].TextIndex() != 0 || out.Glyphs[1].TextIndex() != len(first.runes) ||
		int32(out.Glyphs[1].Advance) != a.pair(s, j, end) {
		return strange
	}
	return int32(out.Glyphs[0].Advance)
}

// A join is letters that stand beside each other and are no mere pairs.
type join struct {
	script  script
	letters [maxJoin]uint16
}

// maxJoin is the most letters of a ligature.
const maxJoin = 4

// maxJoins bounds what is remembered of them.
const maxJoins = 256

// join returns the ligature that takes the place of letters, or end.
func (a *alphabet) join(s script, of []uint16) uint16 {
	if len(of) > maxJoin {
		return end
	}
	key := join{script: s}
	copy(key.letters[:], of)
	index, ok := a.joins[key]
	if !ok {
		index = a.learnJoin(s, of)
		if len(a.joins) < maxJoins {
			a.joins[key] = index
		}
	}
	return index
}

func (a *alphabet) learnJoin(s script, of []uint16) uint16 {
	if len(a.letters) == maxLetters || len(a.joins) == maxJoins {
		return end
	}
	var runes []rune
	for _, i := range of {
		runes = append(runes, a.letters[i].runes...)
	}
	out := a.shape(s, runes...)
	if len(out.Glyphs) != 1 || out.Glyphs[0].GlyphID == 0 || out.Glyphs[0].XOffset != 0 || out.Glyphs[0].YOffset != 0 {
		return end
	}
	a.letters = append(a.letters, letter{runes: runes, glyph: out.Glyphs[0].GlyphID, blank: out.Glyphs[0].Width == 0})
	return uint16(len(a.letters) - 1)
}

// itself reports whether a shaped glyph is the letter, in its place.
func itself(g shaping.Glyph, l letter) bool {
	return g.GlyphID == l.glyph && g.XOffset == 0 && g.YOffset == 0 && (g.Width == 0) == l.blank
}
