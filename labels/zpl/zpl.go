// Package zpl encodes a label in ZPL II, the language of Zebra and compatible
// printers.
//
// It decides nothing, and it never writes a text of the order into a command:
// texts travel as dots, and the only field data is that of a barcode, byte by
// byte, with everything that could end a field or begin a command spelt out.
// So nothing in a name or an address can make the printer do anything.
//
// Settings that outlive the label are left alone, except those without which
// the label would not be where it should be, or might come out twice.
package zpl

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"waybill/labels"
	"waybill/labels/raster"
)

// An Encoder writes labels as ZPL II. The zero Encoder is ready to use.
type Encoder struct {
	// Compact writes the fewest bytes instead of the fastest: whole texts as
	// compressed pictures. It is for printers on a slow line.
	Compact bool
}

var _ labels.Encoder = Encoder{}

// limits of the language.
const (
	maxSide      = 32000
	maxModule    = 10    // of ^BY
	maxGraphic   = 99999 // bytes of one ^GF
	maxFieldData = 3072
)

// preamble undoes what an earlier format may have left behind, since printers keep
// these settings from one format to the next: full density, which must come
// before the first field (^JM), numbers in dots (^MU), field data in UTF-8
// (^CI), and a label that is neither upside down (^PO), mirrored (^PM), white
// on black where fields meet (^LR) nor moved (^LH, ^LS). Reprinted says why ^JZ.
const preamble = "^XA" + reprintAfterError + "^JMA^MUD^CI28^PON^PMN^LRN^LH0,0^LS0"

// reprintAfterError has the printer itself print a label again that it could not
// finish for want of paper or ribbon or because its head was opened.
const reprintAfterError = "^JZY"

// Reprinted returns a format that says of ^JZ what labels of ours say: that the
// printer itself finishes what it began. Nobody else may then send such a label
// again as long as the printer has it; had the printer been told to forget it,
// nobody could tell from outside whether enough of it came out to be used. The
// printer keeps the setting from one format to the next, so that it has to be said
// each time. What is no format is returned as it is.
func Reprinted(format []byte) []byte {
	begin := bytes.Index(format, []byte("^XA"))
	if begin < 0 || bytes.Contains(format, []byte("^JZ")) {
		return format
	}
	begin += len("^XA")
	return slices.Concat(format[:begin], []byte(reprintAfterError), format[begin:])
}

// Encode returns the label as one format, ^XA to ^XZ, of one copy.
func (e Encoder) Encode(l labels.Label) ([]byte, error) { return e.AppendEncode(nil, l) }

// AppendEncode appends the label, as Encode returns it, to dst.
func (e Encoder) AppendEncode(dst []byte, l labels.Label) ([]byte, error) {
	w, h := l.Size()
	if w <= 0 || h <= 0 || w > maxSide || h > maxSide {
		return dst, fmt.Errorf("zpl of label %q: %d by %d dots; a side has between 1 and %d", l.Name, w, h, maxSide)
	}
	b := &builder{out: slices.Grow(dst, size(l)), res: l.Resolution, compact: e.Compact}
	b.text(preamble)
	b.command("^PW", w)
	b.command("^LL", h)
	b.text("\n") // the printer skips it
	for i, item := range l.Items {
		if err := b.item(item); err != nil {
			return dst, fmt.Errorf("zpl of label %q: item %d: %w", l.Name, i+1, err)
		}
	}
	b.text("^PQ1^XZ\n")
	return b.out, nil
}

// size returns about how many bytes a label takes.
func size(l labels.Label) int {
	n := 256 + 64*len(l.Items)
	for _, item := range l.Items {
		switch item := item.(type) {
		case labels.Text:
			for _, g := range item.Glyphs {
				n += len("^FO1234,1234") + max(len(g.Memo.Kept(labels.MemoZPL)), 64)
			}
		case labels.Bitmap:
			n += len(item.Memo().Kept(labels.MemoZPL))
		case labels.Symbol:
			if n += 128 + 3*len(item.Codewords); len(item.Codewords) == 0 {
				n += item.Modules.H * (item.Modules.W/4 + 2) * max(item.ModuleDots, 1)
			}
		}
	}
	return n
}

type builder struct {
	out     []byte
	res     labels.Resolution
	compact bool
	packer  packer
}

// text writes a text of our own making, never the order's.
func (b *builder) text(s string) { b.out = append(b.out, s...) }

// command writes a command with whole numbers for parameters.
func (b *builder) command(name string, params ...int) {
	b.out = append(b.out, name...)
	for i, p := range params {
		if i > 0 {
			b.out = append(b.out, ',')
		}
		b.out = strconv.AppendInt(b.out, int64(p), 10)
	}
}

func (b *builder) item(item labels.Item) error {
	switch item := item.(type) {
	case labels.Fill:
		x, y, w, h := raster.Area(b.res, item.Rect)
		if x < 0 || y < 0 || w <= 0 || h <= 0 {
			return fmt.Errorf("a rectangle at %d,%d of %d by %d dots", x, y, w, h)
		}
		b.command("^FO", x, y)
		b.command("^GB", w, h, solid(w, h))
		b.text("^FS\n")
	case labels.Bitmap:
		return b.graphic(b.res.Dots(item.At.X), b.res.Dots(item.At.Y), item.Dots, item.Memo())
	case labels.Text:
		return b.words(item)
	case labels.Symbol:
		return b.symbol(item)
	default:
		return fmt.Errorf("items of type %T cannot be written", item)
	}
	return nil
}

// words writes each glyph as a picture of its own, which was written before on
// some label; as one picture where bytes count.
func (b *builder) words(t labels.Text) error {
	if b.compact {
		d, x, y := t.Drawing()
		return b.graphic(x, y, d, nil)
	}
	for _, g := range t.Glyphs {
		if g.X < 0 || g.Y < 0 {
			return fmt.Errorf("a glyph at %d,%d", g.X, g.Y)
		}
		made := g.Memo.Kept(labels.MemoZPL)
		if made == nil {
			if err := b.graphic(g.X, g.Y, g.Dots, &g.Memo); err != nil {
				return err
			}
			continue
		}
		b.at(g.X, g.Y)
		b.out = append(b.out, made...)
	}
	return nil
}

// at writes where a field stands.
func (b *builder) at(x, y int) {
	b.out = appendNumber(append(b.out, "^FO"...), x)
	b.out = appendNumber(append(b.out, ','), y)
}

// appendNumber writes n. Nearly all numbers of a label are places with three
// or four digits.
func appendNumber(dst []byte, n int) []byte {
	switch {
	case n < 100 || n > 9999:
		return strconv.AppendInt(dst, int64(n), 10)
	case n < 1000:
		return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
	}
	return append(dst, byte('0'+n/1000), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
}

// symbol writes a Code 128 as one, so that the printer may draw it as sharply
// as it can, and everything else as dots: printers choose masks and versions
// of matrix codes by themselves, and ours are settled.
func (b *builder) symbol(s labels.Symbol) error {
	x, y := b.res.Dots(s.At.X), b.res.Dots(s.At.Y)
	data, ok := fieldData(s.Codewords)
	if !ok || s.Turned != 0 || s.ModuleDots < 1 || s.ModuleDots > maxModule || len(data) > maxFieldData || s.HeightDots < 1 {
		if s.Modules.H > 1 && s.HeightDots == 0 && s.Turned == 0 && s.Drawn.W == 0 && s.BearerModules == 0 && !b.compact {
			return b.matrix(x, y, s)
		}
		return b.graphic(x, y, s.Drawing(), nil)
	}
	b.command("^BY", s.ModuleDots, 3, s.HeightDots)
	b.at(x, y)
	b.command("^BCN,", s.HeightDots)
	b.text(",N,N,N,N^FH_^FD") // no text line, no check digit, the codes below
	b.out = append(b.out, data...)
	b.text("^FS\n")
	return nil
}

// solid returns how thick the frame of a box must be that has no inside: as
// thick as the thinner side. For squares half of it does, and some readers
// (zebrash) draw one that is as thick as it is wide a dot too large.
func solid(w, h int) int {
	if w == h {
		return (w + 1) / 2
	}
	return min(w, h)
}
