// Package text turns words into dots: it shapes them in the order and the
// forms their script asks for, breaks them into lines, finds the largest size
// that fits, and draws them in black and white.
//
// It never drops, replaces or cuts off what was asked for, except by an
// ellipsis where the style allows one. Equal input gives equal dots on every
// machine.
package text

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/fonts"
)

// An Align is where lines stand in their box, horizontally.
type Align int

// The horizontal alignments.
const (
	Left Align = iota
	Centre
	Right
)

// A VAlign is where the lines stand in their box, vertically.
type VAlign int

// The vertical alignments. Middle is the middle between the capitals' heads
// and feet, which is what the eye takes for it.
const (
	Top VAlign = iota
	Middle
	Bottom
)

// Point is the unit of type sizes, 1/72 inch, in micrometres rounded down; use
// Points for exact sizes.
const Point = labels.Inch / 72

// Points returns n tenths of a point.
func Points(tenths int) labels.Length { return labels.Inch * labels.Length(tenths) / 720 }

// A Style is how a text is set. Width is required; the zero value of the rest
// is one line at the given size, top left, of any height.
type Style struct {
	Size    labels.Length // of the type
	MinSize labels.Length // how far it may shrink to fit; default Size
	Bold    bool
	Align   Align
	VAlign  VAlign
	Lines   int       // the most lines; default 1
	Cut     bool      // what does not fit at MinSize ends in an ellipsis
	Width   int       // of the box, in dots
	Height  int       // of the box, in dots; 0 for any
	Han     fonts.Han // whose forms of Chinese characters are drawn
}

// A Block is a text drawn in dots.
type Block struct {
	Dots  labels.Dots   // the ink
	X, Y  int           // of the ink in the box; accents may reach out of the box
	Size  labels.Length // the size it was set at
	Lines int
	Cut   bool // the text ended in an ellipsis
}

// A NoRoomError says that a text does not fit its box at its smallest size.
type NoRoomError struct {
	Text    string
	MinSize labels.Length
	Lines   int
}

// Error names the text and the room it had.
func (e *NoRoomError) Error() string {
	return fmt.Sprintf("%q does not fit %d line(s) at %.1f points", e.Text, e.Lines, float64(e.MinSize)*72/float64(labels.Inch))
}

// shrinkStep is how much smaller each try is: half a point.
const shrinkStep = labels.Inch / 144

// leading is the distance of baselines, in hundredths of the size.
const leading = 118

// Draw sets s, whose lines are divided by newlines, in style st at resolution
// res, and draws it in one picture. The error is a *NoRoomError where it does
// not fit, and wraps labels.ErrUnprintable where a character cannot be drawn.
func Draw(f *fonts.Set, res labels.Resolution, s string, st Style) (Block, error) {
	set, err := SetterOf(f).Set(nil, res, s, st)
	if err != nil {
		return Block{}, err
	}
	block := Block{Dots: labels.NewDots(set.W, set.H), X: set.X, Y: set.Y, Size: set.Size, Lines: set.Lines, Cut: set.Cut}
	for _, g := range set.Glyphs {
		block.Dots.Draw(g.Dots, g.X-set.X, g.Y-set.Y)
	}
	return block, nil
}

// A metric is one type size at one resolution, in dots.
type metric struct {
	size    labels.Length
	em      float64 // dots
	ascent  int     // top of the box to the first baseline
	capital int
	descent int
	pitch   int // baseline to baseline
}

func measure(v vertical, res labels.Resolution, size labels.Length) metric {
	em := float64(int64(size)*int64(res)) / float64(10*labels.Inch)
	return metric{
		size:    size,
		em:      em,
		ascent:  int(em*v.ascent + 0.5),
		capital: int(em*v.capital + 0.5),
		descent: int(em*v.descent + 0.5),
		pitch:   int(em*leading/100 + 0.5),
	}
}

// toShape converts dots to the units texts are shaped in.
func (m metric) toShape(dots int) int { return int(float64(dots) * shapeSize / m.em) }

// height returns the dots that n lines take.
func (m metric) height(n int) int { return m.ascent + (n-1)*m.pitch + m.descent }

// room returns how many lines the style's box holds.
func (m metric) room(st Style) int {
	n := st.Lines
	for n > 1 && st.Height > 0 && m.height(n) > st.Height {
		n--
	}
	return n
}

// fits reports whether the style's box holds n lines.
func (m metric) fits(n int, st Style) bool {
	return n <= st.Lines && (st.Height == 0 || n == 0 || m.height(n) <= st.Height)
}

// first returns the first of n baselines, from the top of the box.
func (m metric) first(n int, st Style) int {
	if st.Height > 0 {
		switch st.VAlign {
		case Middle:
			inked := m.capital + (n-1)*m.pitch // first line's heads to last line's feet
			return (st.Height-inked)/2 + m.capital
		case Bottom:
			return st.Height - m.descent - (n-1)*m.pitch
		case Top:
		}
	}
	return m.ascent
}

// begin returns where a line of some width begins in the box.
func (st Style) begin(width int) int {
	switch st.Align {
	case Centre:
		return (st.Width - width) / 2
	case Right:
		return st.Width - width
	case Left:
	}
	return 0
}
