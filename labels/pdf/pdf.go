// Package pdf encodes labels as a PDF document, a page to a label.
//
// What is drawn are the very dots that a label printer of the label's
// resolution would burn: their outlines in whole dots under one scaling
// matrix, a twentieth of a dot inside. So a rasteriser at that resolution
// makes the same dots again, and no barcode grows; at another one it makes the
// best of them. The page is as large as the label's whole dots, and wants to be
// printed at its own size.
//
// A letter or picture is in the document once, however often it is drawn. The
// texts lie over the drawing, invisible, for search and copying.
// It decides nothing: same labels, same bytes.
package pdf

import (
	"bytes"
	"fmt"
	"time"

	"github.com/jung-kurt/gofpdf"

	"waybill/labels"
	"waybill/labels/raster"
)

// Producer is the name by which the documents say who made them.
const Producer = "waybill"

// An Encoder writes labels as PDF. The zero Encoder is ready to use, by any
// number of goroutines.
type Encoder struct{}

var _ labels.Encoder = Encoder{}

// Encode returns the label as a document of one page.
func (e Encoder) Encode(l labels.Label) ([]byte, error) {
	return e.EncodeAll([]labels.Label{l})
}

// EncodeAll returns labels, which may differ in size and resolution, as the
// pages of one document.
func (Encoder) EncodeAll(ls []labels.Label) ([]byte, error) {
	if len(ls) == 0 {
		return nil, fmt.Errorf("pdf: no labels; a document has a page at least")
	}
	first, err := page(ls[0])
	if err != nil {
		return nil, err
	}
	d := begin(first, ls[0].Name)
	for _, l := range ls {
		d.forms.count(l)
	}
	for _, l := range ls {
		if err := d.add(l); err != nil {
			return nil, err
		}
	}
	var plain bytes.Buffer
	if err := d.doc.Output(&plain); err != nil {
		return nil, fmt.Errorf("pdf of label %q: %w", ls[0].Name, err)
	}
	out, err := pack(plain.Bytes())
	if err != nil {
		return nil, fmt.Errorf("pdf of label %q: %w", ls[0].Name, err)
	}
	return out, nil
}

// A document is pages in the making.
type document struct {
	doc     *gofpdf.Fpdf
	height  float64 // of the page, in points
	w, h    int     // of the page, in dots
	content []byte  // of the page, what is not written to doc yet
	forms   forms
}

func begin(size gofpdf.SizeType, title string) *document {
	doc := gofpdf.NewCustom(&gofpdf.InitType{UnitStr: "pt", Size: size})
	doc.SetCompression(false) // see pack
	doc.SetProducer(Producer, false)
	doc.SetTitle(title, true)
	doc.SetCatalogSort(true)
	// A document that tells its time differs each time; this is the epoch of
	// reproducible builds.
	epoch := time.Unix(0, 0).UTC()
	doc.SetCreationDate(epoch)
	doc.SetModificationDate(epoch)
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	return &document{doc: doc, forms: newForms()}
}

// add draws a label on a page of its own.
func (d *document) add(l labels.Label) error {
	size, err := page(l)
	if err != nil {
		return err
	}
	d.doc.AddPageFormat("P", size)
	d.height = size.Ht
	d.w, d.h = l.Size()
	words(d.doc, l)
	d.content = fmt.Appendf(d.content, "q\n%s cm\n0 g\n", matrix(l, size))
	for _, item := range l.Items {
		switch item := item.(type) {
		case labels.Fill:
			x, y, w, h := raster.Area(l.Resolution, item.Rect)
			d.boxes(0, 0, raster.Box{X: x, Y: y, W: w, H: h})
		case labels.Symbol:
			// A rectangle is drawn sharply by everyone, so all barcodes are some.
			d.boxes(l.Resolution.Dots(item.At.X), l.Resolution.Dots(item.At.Y), raster.SymbolBoxes(item)...)
		case labels.Bitmap:
			d.draw(d.forms.of(item.Dots, item.Memo()), l.Resolution.Dots(item.At.X), l.Resolution.Dots(item.At.Y))
		case labels.Text:
			for _, g := range item.Glyphs {
				d.draw(d.forms.glyph(g.Glyph), g.X, g.Y)
			}
		default:
			return fmt.Errorf("pdf of label %q: items of type %T cannot be drawn", l.Name, item)
		}
	}
	d.content = append(d.content, 'Q')
	d.flush()
	return nil
}

// boxes draws what of boxes, moved by dx, dy, is on the page.
func (d *document) boxes(dx, dy int, boxes ...raster.Box) {
	for _, b := range boxes {
		x0, y0 := max(b.X+dx, 0), max(b.Y+dy, 0)
		x1, y1 := min(b.X+dx+b.W, d.w), min(b.Y+dy+b.H, d.h)
		if x0 < x1 && y0 < y1 {
			d.content = rectangle(d.content, raster.Box{X: x0, Y: y0, W: x1 - x0, H: y1 - y0})
		}
	}
}

// flush writes what is drawn so far to the page.
func (d *document) flush() {
	d.doc.RawWriteBuf(bytes.NewReader(d.content))
	d.content = d.content[:0]
}

// Points per inch, and the same in hundredths for a resolution in tenths.
const (
	points     = 72
	hundredths = points * 100 * 10
)

// page returns the page's size in points: the label's whole dots, rounded down
// to the hundredth, the finest that is written, so that a rasteriser which
// rounds up adds no dot.
func page(l labels.Label) (gofpdf.SizeType, error) {
	w, h := l.Size()
	if w <= 0 || h <= 0 || l.Resolution <= 0 || w > maxSide || h > maxSide {
		return gofpdf.SizeType{}, fmt.Errorf("pdf of label %q: %d by %d dots cannot be drawn", l.Name, w, h)
	}
	side := func(n int) float64 {
		size := int64(n) * hundredths / int64(l.Resolution)
		if readUp(size)*(float64(l.Resolution)/10)/points > float64(n) {
			size--
		}
		return float64(size) / 100
	}
	return gofpdf.SizeType{Wd: side(w), Ht: side(h)}, nil
}

// readUp returns what a reader makes of a number of hundredths that adds digit
// by digit, as poppler does: of 841.68 a little more than it is.
func readUp(size int64) float64 {
	whole, tenth, tenthOfTenth := size/100, size/10%10, size%10
	scale := 0.1
	v := float64(whole) + float64(scale*float64(tenth)) // rounded each, on every machine
	scale *= 0.1
	return v + float64(scale*float64(tenthOfTenth))
}

// maxSide bounds a label's sides, in dots, to what units count exactly.
const maxSide = 1 << 20

// matrix returns what turns units of dots from the top left corner into points
// from the bottom left one. What the page's height lost to rounding is shared
// between top and bottom: rasterisers differ in which of them they begin at.
func matrix(l labels.Label, size gofpdf.SizeType) string {
	_, h := l.Size()
	exact := float64(h) * points * 10 / float64(l.Resolution)
	scale := points * 10 / float64(l.Resolution) / unit
	return fmt.Sprintf("%.10f 0 0 %.10f 0 %.5f", scale, -scale, (size.Ht+exact)/2)
}
