package pdf

import (
	"encoding/binary"
	"strconv"

	"github.com/jung-kurt/gofpdf"

	"waybill/labels"
)

// A form is a drawing that comes again: a letter, a mark. Its dots begin one
// dot from its top and left and end one from its bottom and right, so that its
// edge, at which rasterisers cut and some of them blend, has no ink near it.
type form struct {
	gofpdf.FpdfTpl // of which it has neither pages nor pictures

	id      string
	dots    labels.Dots
	memo    *labels.Memo // of the dots' outline, beyond this document; may be nil
	outline []byte       // nil until it is first drawn
	uses    int          // in the whole document
	known   bool         // to the document, as an object of its own
}

// ID returns the form's name in this document.
func (f *form) ID() string { return f.id }

// Size returns the form's area in units. It begins where its coordinates do.
func (f *form) Size() (gofpdf.PointType, gofpdf.SizeType) {
	return gofpdf.PointType{}, gofpdf.SizeType{Wd: float64(f.dots.W+2) * unit, Ht: float64(f.dots.H+2) * unit}
}

// Bytes returns the form's operators.
func (f *form) Bytes() []byte { return f.outline }

// forms are the drawings of one document: those that were met as glyphs, and
// all of them by what they look like.
type forms struct {
	glyphs   map[*labels.Glyph]*form
	drawings map[string]*form // by their sides and dots
	outliner outliner
	scratch  []byte
}

// fewForms is about as many drawings as a label has.
const fewForms = 256

func newForms() forms {
	return forms{glyphs: make(map[*labels.Glyph]*form, fewForms), drawings: make(map[string]*form, fewForms)}
}

// count notes what a label will draw.
func (s *forms) count(l labels.Label) {
	for _, item := range l.Items {
		switch item := item.(type) {
		case labels.Bitmap:
			s.of(item.Dots, item.Memo()).uses++
		case labels.Text:
			for _, g := range item.Glyphs {
				s.glyph(g.Glyph).uses++
			}
		}
	}
}

func (s *forms) glyph(g *labels.Glyph) *form {
	f, ok := s.glyphs[g]
	if !ok {
		f = s.of(g.Dots, &g.Memo)
		s.glyphs[g] = f
	}
	return f
}

// of returns the form of dots.
func (s *forms) of(d labels.Dots, memo *labels.Memo) *form {
	s.scratch = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(s.scratch[:0], uint32(d.W)), uint32(d.H))
	s.scratch = append(s.scratch, d.Bits...)
	f, ok := s.drawings[string(s.scratch)]
	if !ok {
		f = &form{id: strconv.Itoa(len(s.drawings)), dots: d, memo: memo}
		s.drawings[string(s.scratch)] = f
	}
	return f
}

// outline returns the form's operators, which are none for white dots.
func (s *forms) outline(f *form) []byte {
	if f.outline == nil {
		f.outline = f.memo.Kept(labels.MemoPDF)
	}
	if f.outline == nil {
		f.outline = append([]byte{}, s.outliner.outlines(f.dots)...)
		f.memo.Keep(labels.MemoPDF, f.outline)
	}
	return f.outline
}

// often is how many uses make an object of a form: fewer take less room and
// time where they are, since compression sees that they are the same.
const often = 5

// draw draws what of a form, with its first dot at x, y, is on the page.
func (d *document) draw(f *form, x, y int) {
	if x >= d.w || y >= d.h || x+f.dots.W <= 0 || y+f.dots.H <= 0 {
		return
	}
	outline := d.forms.outline(f)
	if len(outline) == 0 {
		return
	}
	left, top := (x-1)*unit, (y-1)*unit
	if f.uses >= often && !f.known {
		// Only gofpdf's own call makes a form known to the document. It takes
		// places from the page's top, in its own coordinates.
		f.known = true
		d.flush()
		_, size := f.Size()
		d.doc.UseTemplateScaled(f, gofpdf.PointType{X: float64(left), Y: d.height - size.Ht - float64(top)}, size)
		return
	}
	c := append(d.content, "q 1 0 0 1 "...)
	c = append(numbers(c, int32(left), int32(top)), "cm\n"...)
	if f.known {
		c = append(append(append(c, "/TPL"...), f.id...), " Do "...)
	} else {
		c = append(c, outline...)
	}
	d.content = append(c, "Q\n"...)
}
