package layout

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/template"
)

// A human is a barcode's text for people, and the part of the barcode's box
// that is kept for it.
type human struct {
	text    string
	room    int // of the box's height, in dots; 0 without such a text
	x, y, w int // of that part
}

// human takes the place of the text for people out of the box of barcode e.
// The quiet zones of a linear symbol lie beside its bars, not above or below,
// and those of other symbols are kept within what is left.
func (l *layout) human(e template.Element, s labels.Symbol, x, y, w, h int) (human, error) {
	if e.Human == "" {
		return human{}, nil
	}
	text, err := e.HumanText(l.data, barcode.HumanText(s.Symbology, s.Payload))
	if err != nil {
		return human{}, err
	}
	p := human{text: text, room: l.side(e.HumanRoom()), x: x, y: y, w: w}
	if p.room >= h {
		return human{}, fmt.Errorf("its text for people takes %.1f mm of %.1f mm, which leaves no room for bars (make the barcode higher, or human_size smaller)",
			mm(l.res.Length(p.room)), mm(l.res.Length(h)))
	}
	if e.Human == "below" {
		p.y += h - p.room
	}
	return p, nil
}

// placeHuman sets the text for people centred on the bars, whose middle is
// at x.
func (l *layout) placeHuman(e template.Element, p human, x int) error {
	if p.room == 0 || p.text == "" {
		return nil
	}
	half := min(x-p.x, p.x+p.w-x)
	box := e
	box.At, box.Width, box.Height = l.at(x-half, p.y), l.res.Length(2*half), l.res.Length(p.room)
	box.Size, box.MinSize, box.Bold = e.HumanSize, e.HumanMinSize, e.HumanBold
	box.Align, box.VAlign, box.Lines = "centre", "middle", 1
	if err := l.words(box, p.text); err != nil {
		return fmt.Errorf("its text for people: %w", err)
	}
	return nil
}
