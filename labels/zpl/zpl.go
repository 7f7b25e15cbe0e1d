// Package zpl encodes a label in ZPL II, the language of Zebra and compatible
// printers.
//
// It decides nothing, and it never writes a text of the order into a command:
// texts travel as dots, and the only field data is that of a barcode, byte by
// byte, with everything that could end a field or begin a command spelt out.
// So nothing in a name or an address can make the printer do anything.
//
// Settings that outlive the label are left alone, except those without which
// the label would not be where it should be.
package zpl

import (
	"bytes"
	"fmt"
	"strconv"

	"waybill/labels"
	"waybill/labels/raster"
)

// An Encoder writes labels as ZPL II. The zero Encoder is ready to use.
type Encoder struct{}

var _ labels.Encoder = Encoder{}

// limits of the language.
const (
	maxSide      = 32000
	maxModule    = 10    // of ^BY
	maxGraphic   = 99999 // bytes of one ^GF
	maxFieldData = 3072
)

// Encode returns the label as one format, ^XA to ^XZ, of one copy.
func (Encoder) Encode(l labels.Label) ([]byte, error) {
	w, h := l.Size()
	if w <= 0 || h <= 0 || w > maxSide || h > maxSide {
		return nil, fmt.Errorf("zpl of label %q: %d by %d dots; a side has between 1 and %d", l.Name, w, h, maxSide)
	}
	b := &builder{res: l.Resolution}
	b.command("XA")
	b.command("CI", 28)     // field data is UTF-8
	b.line("PO", "N")       // not upside down, whatever came before
	b.command("LH", 0, 0)   // nor moved
	b.command("LS", 0)      //
	b.command("PW", w)      //
	b.command("LL", h)      //
	b.out.WriteString("\n") // the printer skips it
	for i, item := range l.Items {
		if err := b.item(item); err != nil {
			return nil, fmt.Errorf("zpl of label %q: item %d: %w", l.Name, i+1, err)
		}
	}
	b.command("PQ", 1)
	b.command("XZ")
	b.out.WriteString("\n")
	return b.out.Bytes(), nil
}

type builder struct {
	out bytes.Buffer
	res labels.Resolution
}

// command writes a command with whole numbers for parameters; there is no way
// to give it a text.
func (b *builder) command(name string, params ...int) {
	b.out.WriteByte('^')
	b.out.WriteString(name)
	for i, p := range params {
		if i > 0 {
			b.out.WriteByte(',')
		}
		b.out.WriteString(strconv.Itoa(p))
	}
}

// line writes a command with parameters of our own making, never the order's.
func (b *builder) line(name, params string) {
	b.out.WriteByte('^')
	b.out.WriteString(name)
	b.out.WriteString(params)
}

func (b *builder) end() { b.out.WriteString("^FS\n") }

func (b *builder) item(item labels.Item) error {
	switch item := item.(type) {
	case labels.Fill:
		x, y, w, h := raster.Area(b.res, item.Rect)
		if x < 0 || y < 0 || w <= 0 || h <= 0 {
			return fmt.Errorf("a rectangle at %d,%d of %d by %d dots", x, y, w, h)
		}
		b.command("FO", x, y)
		b.command("GB", w, h, min(w, h)) // as thick as its thinner side: solid
		b.end()
	case labels.Bitmap:
		return b.graphic(b.res.Dots(item.At.X), b.res.Dots(item.At.Y), item.Dots)
	case labels.Text:
		for _, g := range item.Glyphs {
			if err := b.graphic(g.X, g.Y, g.Dots); err != nil {
				return err
			}
		}
	case labels.Symbol:
		return b.symbol(item)
	default:
		return fmt.Errorf("items of type %T cannot be written", item)
	}
	return nil
}

// symbol writes a Code 128 as one, so that the printer may draw it as sharply
// as it can, and everything else as dots: printers choose masks and versions
// of matrix codes by themselves, and ours are settled.
func (b *builder) symbol(s labels.Symbol) error {
	x, y := b.res.Dots(s.At.X), b.res.Dots(s.At.Y)
	data, ok := fieldData(s.Codewords)
	if !ok || s.Turned != 0 || s.ModuleDots < 1 || s.ModuleDots > maxModule || len(data) > maxFieldData || s.HeightDots < 1 {
		return b.graphic(x, y, s.Drawing())
	}
	b.line("BY", strconv.Itoa(s.ModuleDots)+",3,"+strconv.Itoa(s.HeightDots))
	b.command("FO", x, y)
	b.line("BCN,", strconv.Itoa(s.HeightDots)+",N,N,N,N") // no text line, no check digit, the codes below
	b.line("FH_", "")
	b.out.WriteString("^FD")
	b.out.Write(data)
	b.end()
	return nil
}
