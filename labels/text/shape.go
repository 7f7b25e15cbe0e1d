package text

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"

	"waybill/labels/fonts"
)

// shapeSize is the size texts are shaped at, once; every size tried is a
// scaled copy, so that shrinking never changes how words join.
const shapeSize = 1024

// A shaper shapes the paragraphs of one text.
type shaper struct {
	set       *fonts.Set
	bold      bool
	han       fonts.Han // of the text being shaped
	faces     map[*font.Font]*font.Face
	segmenter shaping.Segmenter
	harfbuzz  shaping.HarfbuzzShaper
	wrapper   shaping.LineWrapper
	vertical
}

// A vertical is how far the base face's letters reach up and down, in ems.
type vertical struct{ ascent, descent, capital float64 }

// A paragraph is a shaped line of the input, before it is broken.
type paragraph struct {
	runes     []rune
	runs      []shaping.Output
	direction di.Direction
	divided   bool // it holds separators of lines
}

// A line is one line as it will be drawn, left to right.
type line []shaping.Output

func newShaper(set *fonts.Set, bold bool) (*shaper, error) {
	base, err := set.Base(bold)
	if err != nil {
		return nil, fmt.Errorf("base font: %w", err)
	}
	sh := &shaper{set: set, bold: bold, faces: map[*font.Font]*font.Face{}}
	face := sh.face(base)
	em := float64(base.Font.Upem())
	extents, ok := face.FontHExtents()
	if !ok {
		return nil, fmt.Errorf("base font %s has no line metrics", base.Name)
	}
	sh.ascent, sh.descent = float64(extents.Ascender)/em, -float64(extents.Descender)/em
	sh.capital = float64(face.LineMetric(font.CapHeight)) / em
	return sh, nil
}

func (sh *shaper) face(f *fonts.Face) *font.Face {
	face, ok := sh.faces[f.Font]
	if !ok {
		face = font.NewFace(f.Font)
		sh.faces[f.Font] = face
	}
	return face
}

// ResolveFace returns the face for r. Every character was looked up before, so
// it always finds one.
func (sh *shaper) ResolveFace(r rune) *font.Face {
	f, err := sh.set.FaceIn(sh.han, r, sh.bold)
	if err != nil {
		f, _ = sh.set.Base(sh.bold) // only for characters that leave no ink
	}
	return sh.face(f)
}

// shape shapes one line of the input.
func (sh *shaper) shape(s string) (paragraph, error) {
	if !utf8.ValidString(s) {
		return paragraph{}, &fonts.MissingError{Rune: utf8.RuneError}
	}
	p := paragraph{runes: []rune(s), direction: di.DirectionLTR}
	for _, r := range p.runes {
		if err := sh.check(r); err != nil {
			return paragraph{}, err
		}
		p.divided = p.divided || r == '\u2028' || r == '\u2029'
	}
	if rightToLeft(p.runes) {
		p.direction = di.DirectionRTL
	}
	inputs := sh.segmenter.Split(shaping.Input{
		Text: p.runes, RunEnd: len(p.runes), Direction: p.direction,
		Size: fixed.I(shapeSize), Language: language.NewLanguage("en"),
	}, sh)
	for _, in := range inputs {
		if in.RunStart == in.RunEnd {
			continue
		}
		if sh.han != fonts.AnyHan && fonts.Regional(p.runes[in.RunStart]) {
			in.Language = language.NewLanguage(sh.han.String()) // a face may have other regions' forms under it
		}
		out := sh.harfbuzz.Shape(in)
		for _, g := range out.Glyphs {
			if g.GlyphID == 0 {
				return paragraph{}, &fonts.MissingError{Rune: p.runes[g.TextIndex()]}
			}
		}
		p.runs = append(p.runs, out)
	}
	return p, nil
}

// check refuses what cannot be drawn, and marks that change the order of other
// characters: what a person reads must be what the order says.
func (sh *shaper) check(r rune) error {
	switch {
	case unicode.IsControl(r), r == unicode.ReplacementChar,
		r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return &fonts.MissingError{Rune: r}
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), unicode.IsSpace(r):
		return nil // leaves no ink; shaping knows it
	}
	_, err := sh.set.FaceIn(sh.han, r, sh.bold)
	return err
}

// rightToLeft reports whether the first letter with a direction has that one.
func rightToLeft(runes []rune) bool {
	for _, r := range runes {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.R, bidi.AL:
			return true
		case bidi.L:
			return false
		default: // no direction of its own
		}
	}
	return false
}

// wrap breaks paragraphs into lines of at most width, in shaping units.
func (sh *shaper) wrap(paragraphs []paragraph, width int, policy shaping.LineBreakPolicy) []line {
	var lines []line
	for _, p := range paragraphs {
		lines = append(lines, p.wrap(&sh.wrapper, shaping.WrapConfig{Direction: p.direction, BreakPolicy: policy}, width)...)
	}
	return lines
}

// cut breaks paragraphs into at most room lines, the last ending in an
// ellipsis where something is left over.
func (sh *shaper) cut(paragraphs []paragraph, width, room int) ([]line, error) {
	dots, err := sh.shape("…")
	if err != nil {
		return nil, err
	}
	var lines []line
	for i, p := range paragraphs {
		if room == len(lines) {
			break
		}
		broken := p.wrap(&sh.wrapper, shaping.WrapConfig{
			Direction: p.direction, TruncateAfterLines: room - len(lines),
			Truncator: dots.runs[0], TextContinues: i < len(paragraphs)-1,
		}, width)
		lines = append(lines, broken...)
	}
	return lines, nil
}

func (p paragraph) wrap(wrapper *shaping.LineWrapper, config shaping.WrapConfig, width int) []line {
	if len(p.runs) == 0 {
		return []line{nil}
	}
	if config.TruncateAfterLines == 0 && len(p.runs) == 1 && !p.divided && p.runs[0].Advance <= fixed.I(min(width, math.MaxInt32>>6)) {
		return []line{{p.runs[0]}}
	}
	// The wrapper writes to the glyphs it is given, and every size tried
	// needs them as they were.
	runs := slices.Clone(p.runs)
	for i := range runs {
		runs[i].Glyphs = slices.Clone(runs[i].Glyphs)
	}
	broken, _ := wrapper.WrapParagraph(config, width, p.runes, shaping.NewSliceIterator(runs))
	lines := make([]line, len(broken))
	for i, b := range broken {
		lines[i] = line(slices.Clone(b))
		slices.SortStableFunc(lines[i], func(a, b shaping.Output) int { return cmp.Compare(a.VisualIndex, b.VisualIndex) })
	}
	return lines
}

// width returns the line's width in dots, rounded up.
func (l line) width(m metric) int {
	var sum fixed.Int26_6
	for _, run := range l {
		sum += run.Advance
	}
	return int(math.Ceil(m.dots(sum)))
}

// dots converts a length in shaping units to dots.
func (m metric) dots(v fixed.Int26_6) float64 { return float64(v) / 64 * m.em / shapeSize }
