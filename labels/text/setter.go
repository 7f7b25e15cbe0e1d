package text

import (
	"sync"

	"github.com/go-text/typesetting/font"

	"waybill/labels"
	"waybill/labels/fonts"
)

// A Setter sets texts in the typefaces of one set of fonts. It keeps what it
// has drawn and measured, within bounds, and is safe for concurrent use.
type Setter struct {
	set *fonts.Set

	mu        sync.Mutex // of everything below but the shapers
	alphabets [2]*alphabet
	sheets    map[sheetKey]*sheet
	strangers map[strangerKey]drawn
	kept      int // drawings on the sheets
	scratch   scratch

	shaping sync.Mutex
	shapers [2]*shaper
}

// SetterOf returns the setter of a set of fonts; there is one to a set.
func SetterOf(f *fonts.Set) *Setter {
	return fonts.Keep(f, newSetter)
}

func newSetter(f *fonts.Set) *Setter {
	return &Setter{set: f, sheets: map[sheetKey]*sheet{}, strangers: map[strangerKey]drawn{}}
}

// A Setting is a text placed in its box.
type Setting struct {
	Glyphs     []labels.PlacedGlyph // from the top left corner of the box, in the order of the lines
	X, Y, W, H int                  // of the ink in the box, from which accents may reach out
	Size       labels.Length        // the size it was set at
	Lines      int
	Cut        bool // the text ended in an ellipsis
}

// Set sets s, whose lines are divided by newlines, in style st at resolution
// res. The glyphs are appended to dst, so that a label's texts can share one
// piece of memory; Setting.Glyphs is what was appended. The error is a *NoRoomError where
// s does not fit, and wraps labels.ErrUnprintable where a character cannot be
// drawn.
func (t *Setter) Set(dst []labels.PlacedGlyph, res labels.Resolution, s string, st Style) (Setting, error) {
	if st.MinSize == 0 || st.MinSize > st.Size {
		st.MinSize = st.Size
	}
	st.Lines = max(st.Lines, 1)
	set, next, err := t.simple(dst, res, s, st)
	if err != nil || next == 0 {
		return set, err
	}
	st.Size = next // larger sizes were tried
	return t.general(dst, res, s, st)
}

func weight(bold bool) int {
	if bold {
		return 1
	}
	return 0
}

// shaper returns the shaper of a weight; t.shaping is held.
func (t *Setter) shaper(bold bool) (*shaper, error) {
	sh := t.shapers[weight(bold)]
	if sh == nil {
		var err error
		if sh, err = newShaper(t.set, bold); err != nil {
			return nil, err
		}
		t.shapers[weight(bold)] = sh
	}
	return sh, nil
}

// Bounds of what a Setter keeps. What a station prints in a day takes a small
// part of it; beyond, everything is drawn anew.
const (
	maxSheets    = 256
	maxDrawings  = 1 << 15
	maxStrangers = 1 << 13
)

// A drawn is a glyph with the place of its ink from its origin on the
// baseline; its glyph is nil where there is no ink.
type drawn struct {
	glyph *labels.Glyph
	x, y  int
}

// draw returns a glyph's ink, and nothing around it.
func draw(face *font.Face, id font.GID, em float64) drawn {
	outline, ok := face.GlyphDataOutline(id)
	if !ok {
		return drawn{}
	}
	g := drawGlyph(outline.Segments, em/float64(face.Upem()))
	x, y, w, h := g.dots.Ink()
	if w == 0 {
		return drawn{}
	}
	return drawn{glyph: &labels.Glyph{Dots: g.dots.Crop(x, y, w, h)}, x: g.x + x, y: g.y + y}
}

type sheetKey struct {
	bold bool
	res  labels.Resolution
	size labels.Length
}

// A sheet holds an alphabet's letters as drawn at one size and resolution, by
// their index.
type sheet struct {
	metric
	perUnit float64 // dots to a shaping unit
	letters []sheetLetter
}

type sheetLetter struct {
	drawn
	known bool
}

// sheet returns the sheet of a size; t.mu is held.
func (t *Setter) sheet(a *alphabet, bold bool, res labels.Resolution, size labels.Length) *sheet {
	key := sheetKey{bold, res, size}
	s := t.sheets[key]
	if s == nil {
		if len(t.sheets) >= maxSheets || t.kept >= maxDrawings {
			clear(t.sheets)
			t.kept = 0
		}
		s = &sheet{metric: measure(a.vertical, res, size)}
		s.perUnit = s.em / (64 * shapeSize)
		t.sheets[key] = s
	}
	return s
}

// letter returns a letter of a sheet; t.mu is held.
func (t *Setter) letter(a *alphabet, s *sheet, index uint16) *sheetLetter {
	if int(index) >= len(s.letters) {
		s.letters = append(s.letters, make([]sheetLetter, len(a.letters)-len(s.letters))...)
	}
	l := &s.letters[index]
	if !l.known {
		l.drawn, l.known = draw(a.face, a.letters[index].glyph, s.em), true
		t.kept++
	}
	return l
}

type strangerKey struct {
	font *font.Font
	id   font.GID
	res  labels.Resolution
	size labels.Length
}

// foreign returns a glyph of any face; t.mu is held.
func (t *Setter) foreign(face *font.Face, id font.GID, res labels.Resolution, m metric) drawn {
	key := strangerKey{face.Font, id, res, m.size}
	d, ok := t.strangers[key]
	if !ok {
		if len(t.strangers) >= maxStrangers {
			clear(t.strangers)
		}
		d = draw(face, id, m.em)
		t.strangers[key] = d
	}
	return d
}

// A placing collects glyphs and measures their ink.
type placing struct {
	glyphs         []labels.PlacedGlyph
	from           int // of this text in glyphs
	x0, y0, x1, y1 int
}

// put places a glyph with its origin at x, y.
func (p *placing) put(d drawn, x, y int) {
	if d.glyph == nil {
		return
	}
	x, y = x+d.x, y+d.y
	x1, y1 := x+d.glyph.Dots.W, y+d.glyph.Dots.H
	if len(p.glyphs) == p.from {
		p.x0, p.y0, p.x1, p.y1 = x, y, x1, y1
	} else {
		p.x0, p.y0, p.x1, p.y1 = min(p.x0, x), min(p.y0, y), max(p.x1, x1), max(p.y1, y1)
	}
	p.glyphs = append(p.glyphs, labels.PlacedGlyph{X: x, Y: y, Glyph: d.glyph})
}

func (p *placing) setting(size labels.Length, lines int, cut bool) Setting {
	return Setting{
		Glyphs: p.glyphs[p.from:len(p.glyphs):len(p.glyphs)], X: p.x0, Y: p.y0, W: p.x1 - p.x0, H: p.y1 - p.y0,
		Size: size, Lines: lines, Cut: cut,
	}
}
