// Package pdf encodes labels as a PDF document, a page to a label.
//
// What is drawn are the very dots that a label printer of the label's
// resolution would burn: their outlines in whole dots under one scaling
// matrix, a twentieth of a dot inside. So a rasteriser at that resolution
// makes the same dots again, and no barcode grows; at another one it makes the
// best of them. The page is as large as the label's whole dots, and wants to be
// printed at its own size.
//
// The texts lie over the drawing, invisible, for search and copying, where
// they are of the Latin letters that PDF readers have without a font of ours.
// It decides nothing: same labels, same bytes.
package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/jung-kurt/gofpdf"
	"golang.org/x/text/encoding/charmap"

	"waybill/labels"
	"waybill/labels/raster"
)

// Producer is the name by which the documents say who made them.
const Producer = "waybill"

// An Encoder writes labels as PDF. The zero Encoder is ready to use.
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
	doc := gofpdf.NewCustom(&gofpdf.InitType{UnitStr: "pt", Size: first})
	doc.SetProducer(Producer, false)
	doc.SetTitle(ls[0].Name, true)
	doc.SetCatalogSort(true)
	// A document that tells its time differs each time; this is the epoch of
	// reproducible builds.
	epoch := time.Unix(0, 0).UTC()
	doc.SetCreationDate(epoch)
	doc.SetModificationDate(epoch)
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	var content []byte
	for _, l := range ls {
		size, err := page(l)
		if err != nil {
			return nil, err
		}
		// A rectangle is drawn sharply by everyone, so all barcodes are some.
		boxes, rest, err := raster.Split(l, 0)
		if err != nil {
			return nil, fmt.Errorf("pdf: %w", err)
		}
		doc.AddPageFormat("P", size)
		words(doc, l)
		content = fmt.Appendf(content[:0], "q\n%s cm\n0 g\n", matrix(l, size))
		content = outlines(rectangles(content, boxes), rest)
		content = append(content, 'Q')
		doc.RawWriteBuf(bytes.NewReader(content))
	}
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("pdf of label %q: %w", ls[0].Name, err)
	}
	return out.Bytes(), nil
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
	if w <= 0 || h <= 0 || l.Resolution <= 0 {
		return gofpdf.SizeType{}, fmt.Errorf("pdf of label %q: %d by %d dots cannot be drawn", l.Name, w, h)
	}
	side := func(n int) float64 { return float64(int64(n)*hundredths/int64(l.Resolution)) / 100 }
	return gofpdf.SizeType{Wd: side(w), Ht: side(h)}, nil
}

// matrix returns what turns units of dots from the top left corner into points
// from the bottom left one. What the page's height lost to rounding is shared
// between top and bottom: rasterisers differ in which of them they begin at.
func matrix(l labels.Label, size gofpdf.SizeType) string {
	_, h := l.Size()
	exact := float64(h) * points * 10 / float64(l.Resolution)
	scale := points * 10 / float64(l.Resolution) / unit
	return fmt.Sprintf("%.10f 0 0 %.10f 0 %.5f", scale, -scale, (size.Ht+exact)/2)
}

// words writes the label's texts, to be found but not seen. A line with a
// letter that PDF's own fonts lack is left out: it can be read all the same.
func words(doc *gofpdf.Fpdf, l labels.Label) {
	const (
		family    = "Helvetica"
		invisible = 3
		lift      = 0.2 // of the letters' feet, as a part of a line's height
	)
	doc.SetFont(family, "", 1)
	doc.SetTextRenderingMode(invisible)
	points := func(dots int) float64 { return float64(dots) * points * 10 / float64(l.Resolution) }
	for _, item := range l.Items {
		said, dx, dy, dw, dh := wording(l.Resolution, item)
		if said == "" {
			continue
		}
		lines := strings.Split(said, "\n")
		x, y := points(dx), points(dy)
		width, height := points(dw), points(dh)/float64(len(lines))
		for i, line := range lines {
			text, err := charmap.Windows1252.NewEncoder().String(line)
			if err != nil || strings.TrimSpace(text) == "" {
				continue
			}
			doc.SetFontSize(1)
			size := min(width/max(doc.GetStringWidth(text), 0.01), 1.4*height)
			doc.SetFontSize(size)
			doc.Text(x, y+height*(float64(i)+1-lift), text)
		}
	}
}

// wording returns what an item says, and where, in dots.
func wording(res labels.Resolution, item labels.Item) (said string, x, y, w, h int) {
	switch item := item.(type) {
	case labels.Bitmap:
		return item.Text, res.Dots(item.At.X), res.Dots(item.At.Y), item.Dots.W, item.Dots.H
	case labels.Text:
		x, y, w, h = item.Area()
		return item.Text, x, y, w, h
	}
	return "", 0, 0, 0, 0
}
