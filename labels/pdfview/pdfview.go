// Package pdfview draws PDF documents of this program's own making as dots.
//
// It shares no code with the encoder and reads the finished bytes, so it proves
// that they are whole and say what was laid out. It is no PDF reader: it knows
// the few things that our documents have, and refuses everything else by name.
// What other programs make of a document, only they can say.
package pdfview

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"waybill/labels"
)

// A View is one page as printed at the resolution it was made for.
type View struct {
	Dots       labels.Dots
	Resolution labels.Resolution
}

// ErrForeign says that a document is not of this program's making.
var ErrForeign = errors.New("a PDF that waybill did not make")

// limits of what a document may ask for.
const (
	maxPages   = 2000
	maxContent = 64 << 20  // bytes of a stream
	maxStreams = 2 << 30   // bytes of all streams
	maxArea    = 225 << 20 // dots
	maxTotal   = 2 << 30   // dots of all pages and forms
)

// Render draws every page of a document.
func Render(data []byte) ([]View, error) {
	if !bytes.HasPrefix(data, []byte("%PDF-")) || !bytes.Contains(data, []byte("/Producer (waybill)")) {
		return nil, ErrForeign
	}
	doc, err := open(data)
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	pages, err := doc.pages()
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	var views []View
	for i, p := range pages {
		v, err := doc.draw(p)
		if err != nil {
			return nil, fmt.Errorf("pdf: page %d: %w", i+1, err)
		}
		views = append(views, v)
	}
	return views, nil
}

// A document is where its objects begin, and what may still be taken from it.
type document struct {
	data    []byte
	objects map[int]int
	names   map[string]int         // of forms, their objects
	forms   map[string]labels.Dots // those that are drawn
	bytes   int
	dots    int
}

// open reads the table of objects.
func open(data []byte) (*document, error) {
	at := bytes.LastIndex(data, []byte("startxref\n"))
	if at < 0 {
		return nil, errors.New("no startxref; the file is cut short")
	}
	start, err := leading(data[at+len("startxref\n"):])
	if err != nil || start < 0 || start >= len(data) {
		return nil, errors.New("startxref leads nowhere")
	}
	const head, row = "xref\n0 ", 20
	rest, ok := bytes.CutPrefix(data[start:], []byte(head))
	if !ok {
		return nil, errors.New("no table of objects")
	}
	count, err := leading(rest)
	_, rest, ok = bytes.Cut(rest, []byte("\n"))
	if err != nil || !ok || count < 1 || count > len(rest)/row {
		return nil, errors.New("a broken table of objects")
	}
	doc := &document{
		data: data, objects: make(map[int]int, count), forms: map[string]labels.Dots{},
		bytes: maxStreams, dots: maxTotal,
	}
	for n := 1; n < count; n++ {
		offset, err := strconv.Atoi(string(rest[n*row : n*row+10]))
		if err != nil || offset < 0 || offset >= len(data) { // "-000000001" is a number, too
			return nil, errors.New("a broken table of objects")
		}
		doc.objects[n] = offset
	}
	return doc, nil
}

// leading reads the whole number that b begins with.
func leading(b []byte) (int, error) {
	n := 0
	for n < len(b) && n < 12 && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return strconv.Atoi(string(b[:n]))
}

// object returns the bytes of an object and all that follows.
func (d *document) object(n int) ([]byte, error) {
	at, ok := d.objects[n]
	if !ok {
		return nil, fmt.Errorf("no object %d", n)
	}
	rest, ok := bytes.CutPrefix(d.data[at:], fmt.Appendf(nil, "%d 0 obj\n", n))
	if !ok {
		return nil, fmt.Errorf("object %d is not where the table has it", n)
	}
	return rest, nil
}

// dictionary returns an object that is one.
func (d *document) dictionary(n int) ([]byte, error) {
	rest, err := d.object(n)
	if err != nil {
		return nil, err
	}
	body, _, ok := bytes.Cut(rest, []byte("endobj"))
	if !ok {
		return nil, fmt.Errorf("object %d has no end", n)
	}
	return body, nil
}

// A page is its size in points, and the object that draws it.
type page struct {
	width, height float64
	content       int
}

func (d *document) pages() ([]page, error) {
	kids, box := regexp.MustCompile(`/Kids \[([0-9 R]*)\]`), regexp.MustCompile(`/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]`)
	contents, reference := regexp.MustCompile(`/Contents ([0-9]+) 0 R`), regexp.MustCompile(`([0-9]+) 0 R`)
	tree, err := d.dictionary(1)
	if err != nil {
		return nil, err
	}
	list := kids.FindSubmatch(tree)
	if list == nil {
		return nil, errors.New("no list of pages")
	}
	var pages []page
	for _, ref := range reference.FindAllSubmatch(list[1], maxPages+1) {
		if len(pages) == maxPages {
			return nil, fmt.Errorf("more than %d pages", maxPages)
		}
		n, err := leading(ref[1])
		if err != nil {
			return nil, errors.New("a broken list of pages")
		}
		body, err := d.dictionary(n)
		if err != nil {
			return nil, err
		}
		size, stream := box.FindSubmatch(body), contents.FindSubmatch(body)
		if size == nil {
			size = box.FindSubmatch(tree)
		}
		if size == nil || stream == nil {
			return nil, fmt.Errorf("page %d has no size or no drawing", len(pages)+1)
		}
		p := page{width: number(size[1]), height: number(size[2])}
		if p.content, err = leading(stream[1]); err != nil {
			return nil, errors.New("a broken reference")
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// number reads a number; what is none is not a number.
func number(b []byte) float64 {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return math.NaN()
	}
	return f
}
