package text

import (
	"math"

	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"waybill/labels"
	"waybill/labels/fonts"
)

// Reference draws a text in the plain way: everything is shaped, every size
// wraps anew, and each glyph is drawn from its outline where it stands. Draw
// must give the same dots.
func Reference(f *fonts.Set, res labels.Resolution, s string, st Style) (Block, error) {
	if st.MinSize == 0 || st.MinSize > st.Size {
		st.MinSize = st.Size
	}
	st.Lines = max(st.Lines, 1)
	sh, err := newShaper(f, st.Bold)
	if err != nil {
		return Block{}, err
	}
	paragraphs, err := sh.paragraphs(s)
	if err != nil {
		return Block{}, err
	}
	for size := st.Size; ; size = max(size-shrinkStep, st.MinSize) {
		m := measure(sh.vertical, res, size)
		policy := shaping.Never
		if size == st.MinSize && st.Lines > 1 {
			policy = shaping.WhenNecessary
		}
		lines := sh.wrap(paragraphs, m.toShape(st.Width), policy)
		if m.holds(lines, st) {
			return m.picture(lines, st, false), nil
		}
		if size == st.MinSize && st.Cut {
			if lines, err := sh.cut(paragraphs, m.toShape(st.Width), m.room(st)); err == nil && m.holds(lines, st) {
				return m.picture(lines, st, true), nil
			}
		}
		if size == st.MinSize {
			return Block{}, &NoRoomError{Text: s, MinSize: st.MinSize, Lines: st.Lines}
		}
	}
}

func (m metric) picture(lines []line, st Style, cut bool) Block {
	block := Block{Size: m.size, Lines: len(lines), Cut: cut}
	if len(lines) == 0 {
		return block
	}
	margin := 2*int(m.em) + 1
	canvas := labels.NewDots(st.Width+2*margin, max(st.Height, m.height(len(lines)))+2*margin)
	first := m.first(len(lines), st)
	for i, l := range lines {
		x, y := margin+st.begin(l.width(m)), margin+first+i*m.pitch
		var pen fixed.Int26_6
		for _, run := range l {
			for _, g := range run.Glyphs {
				if outline, ok := run.Face.GlyphDataOutline(g.GlyphID); ok {
					d := drawGlyph(outline.Segments, m.em/float64(run.Face.Upem()))
					canvas.Draw(d.dots, x+int(math.Round(m.dots(pen+g.XOffset)))+d.x, y-int(math.Round(m.dots(g.YOffset)))+d.y)
				}
				pen += g.Advance
			}
		}
	}
	x, y, w, h := canvas.Ink()
	block.Dots = canvas.Crop(x, y, w, h)
	block.X, block.Y = x-margin, y-margin
	return block
}

// Simple reports whether s needs no shaper.
func Simple(f *fonts.Set, s string, bold bool) bool {
	_, next, err := SetterOf(f).simple(nil, labels.DPI203, s, Style{Size: 1000, MinSize: 1000, Width: 1 << 20, Lines: 100, Bold: bold})
	return err == nil && next == 0
}
