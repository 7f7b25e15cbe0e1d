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
	"strings"

	"github.com/go-text/typesetting/shaping"
	"golang.org/x/text/unicode/norm"

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
	Lines   int  // the most lines; default 1
	Cut     bool // what does not fit at MinSize ends in an ellipsis
	Width   int  // of the box, in dots
	Height  int  // of the box, in dots; 0 for any
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
// res. The error is a *NoRoomError where it does not fit, and wraps
// labels.ErrUnprintable where a character cannot be drawn.
func Draw(f *fonts.Set, res labels.Resolution, s string, st Style) (Block, error) {
	if st.MinSize == 0 || st.MinSize > st.Size {
		st.MinSize = st.Size
	}
	st.Lines = max(st.Lines, 1)
	s = norm.NFC.String(s)
	sh, err := newShaper(f, st.Bold)
	if err != nil {
		return Block{}, err
	}
	var paragraphs []paragraph
	for line := range strings.Lines(s) {
		p, err := sh.shape(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return Block{}, fmt.Errorf("text %q: %w", s, err)
		}
		paragraphs = append(paragraphs, p)
	}
	for size := st.Size; ; size = max(size-shrinkStep, st.MinSize) {
		smallest := size == st.MinSize
		m := measure(sh, res, size)
		policy := shaping.Never // smaller type before broken words
		if smallest && st.Lines > 1 {
			policy = shaping.WhenNecessary
		}
		lines := wrap(sh, paragraphs, m.toShape(st.Width), policy)
		if m.fits(lines, st) {
			return m.draw(lines, st, false), nil
		}
		if smallest && st.Cut {
			lines, err := sh.cut(paragraphs, m.toShape(st.Width), m.room(st))
			if err == nil && m.fits(lines, st) {
				return m.draw(lines, st, true), nil
			}
		}
		if smallest {
			return Block{}, &NoRoomError{Text: s, MinSize: st.MinSize, Lines: st.Lines}
		}
	}
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

func measure(sh *shaper, res labels.Resolution, size labels.Length) metric {
	em := float64(int64(size)*int64(res)) / float64(10*labels.Inch)
	return metric{
		size:    size,
		em:      em,
		ascent:  int(em*sh.ascent + 0.5),
		capital: int(em*sh.capital + 0.5),
		descent: int(em*sh.descent + 0.5),
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

func (m metric) fits(lines []line, st Style) bool {
	if len(lines) > st.Lines || st.Height > 0 && len(lines) > 0 && m.height(len(lines)) > st.Height {
		return false
	}
	for _, l := range lines {
		if l.width(m) > st.Width {
			return false
		}
	}
	return true
}

// draw puts lines into their box.
func (m metric) draw(lines []line, st Style, cut bool) Block {
	block := Block{Size: m.size, Lines: len(lines), Cut: cut}
	if len(lines) == 0 {
		return block
	}
	first := m.ascent
	inked := m.capital + (len(lines)-1)*m.pitch // first line's heads to last line's feet
	if st.Height > 0 {
		switch st.VAlign {
		case Middle:
			first = (st.Height-inked)/2 + m.capital
		case Bottom:
			first = st.Height - m.descent - (len(lines)-1)*m.pitch
		case Top:
		}
	}
	// The canvas is larger than the box: accents and swashes may leave it.
	margin := int(m.em) + 1
	canvas := labels.NewDots(st.Width+2*margin, max(st.Height, m.height(len(lines)))+2*margin)
	for i, l := range lines {
		x := 0
		switch st.Align {
		case Centre:
			x = (st.Width - l.width(m)) / 2
		case Right:
			x = st.Width - l.width(m)
		case Left:
		}
		l.draw(canvas, m, margin+x, margin+first+i*m.pitch)
	}
	x, y, w, h := canvas.Ink()
	block.Dots = canvas.Crop(x, y, w, h)
	block.X, block.Y = x-margin, y-margin
	return block
}
