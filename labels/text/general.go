package text

import (
	"fmt"
	"math"
	"strings"

	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"waybill/labels"
)

// general sets any text: of all the world's scripts, with ligatures, and cut
// short where the style allows it.
func (t *Setter) general(dst []labels.PlacedGlyph, res labels.Resolution, s string, st Style) (Setting, error) {
	t.shaping.Lock()
	defer t.shaping.Unlock()
	sh, err := t.shaper(st.Bold)
	if err != nil {
		return Setting{}, err
	}
	sh.han = st.Han
	paragraphs, err := sh.paragraphs(s)
	if err != nil {
		return Setting{}, err
	}
	for size := st.Size; ; size = max(size-shrinkStep, st.MinSize) {
		smallest := size == st.MinSize
		m := measure(sh.vertical, res, size)
		policy := shaping.Never // smaller type before broken words
		if smallest && st.Lines > 1 {
			policy = shaping.WhenNecessary
		}
		lines := sh.wrap(paragraphs, m.toShape(st.Width), policy)
		if m.holds(lines, st) {
			return t.placeLines(dst, res, m, lines, st, false), nil
		}
		if smallest && st.Cut {
			lines, err := sh.cut(paragraphs, m.toShape(st.Width), m.room(st))
			if err == nil && m.holds(lines, st) {
				return t.placeLines(dst, res, m, lines, st, true), nil
			}
		}
		if smallest {
			return Setting{}, &NoRoomError{Text: norm.NFC.String(s), MinSize: st.MinSize, Lines: st.Lines}
		}
	}
}

// paragraphs shapes the lines of s.
func (sh *shaper) paragraphs(s string) ([]paragraph, error) {
	s = norm.NFC.String(s)
	var all []paragraph
	for line := range strings.Lines(s) {
		p, err := sh.shape(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("text %q: %w", s, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// holds reports whether the style's box holds lines.
func (m metric) holds(lines []line, st Style) bool {
	if !m.fits(len(lines), st) {
		return false
	}
	for _, l := range lines {
		if l.width(m) > st.Width {
			return false
		}
	}
	return true
}

// placeLines puts lines into their box. Every glyph begins on a whole dot, so
// that a letter looks the same wherever it stands.
func (t *Setter) placeLines(dst []labels.PlacedGlyph, res labels.Resolution, m metric, lines []line, st Style, cut bool) Setting {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := placing{glyphs: dst, from: len(dst)}
	first := m.first(len(lines), st)
	for i, l := range lines {
		x, y := st.begin(l.width(m)), first+i*m.pitch
		var pen fixed.Int26_6
		for _, run := range l {
			for _, g := range run.Glyphs {
				d := t.foreign(run.Face, g.GlyphID, res, m)
				p.put(d, x+int(math.Round(m.dots(pen+g.XOffset))), y-int(math.Round(m.dots(g.YOffset))))
				pen += g.Advance
			}
		}
	}
	return p.setting(m.size, len(lines), cut)
}
