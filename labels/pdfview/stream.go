package pdfview

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"

	"waybill/labels"
)

// A stream is an object with data: its dictionary, and the data unpacked.
type stream struct{ dict, data []byte }

// stream returns an object that is one.
func (d *document) stream(n int) (stream, error) {
	rest, err := d.object(n)
	if err != nil {
		return stream{}, err
	}
	rest, ok := bytes.CutPrefix(rest, []byte("<</Filter /FlateDecode "))
	if !ok {
		return stream{}, fmt.Errorf("object %d is packed in another way", n)
	}
	const mostDict = 1024
	end := bytes.Index(rest[:min(len(rest), mostDict)], []byte(">>\nstream\n"))
	if end < 0 {
		return stream{}, fmt.Errorf("object %d is cut short", n)
	}
	dict := rest[:end]
	rest = rest[end+len(">>\nstream\n"):]
	at := bytes.LastIndex(dict, []byte("/Length "))
	if at < 0 {
		return stream{}, fmt.Errorf("object %d has no length", n)
	}
	length, err := leading(dict[at+len("/Length "):])
	if err != nil || length > len(rest) {
		return stream{}, fmt.Errorf("object %d is cut short", n)
	}
	data, err := d.unpack(rest[:length])
	if err != nil {
		return stream{}, fmt.Errorf("object %d: %w", n, err)
	}
	return stream{dict, data}, nil
}

// unpack returns what was compressed, unless it is more than a document has.
func (d *document) unpack(packed []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	most := min(maxContent, d.bytes)
	out, err := io.ReadAll(io.LimitReader(z, int64(most)+1))
	if err != nil {
		return nil, err
	}
	if len(out) > most {
		return nil, errTooMuch
	}
	d.bytes -= len(out)
	return out, nil
}

// formOf returns the dots of a form, whose edge they begin at.
func (d *document) formOf(name string) (labels.Dots, error) {
	if dots, ok := d.forms[name]; ok {
		return dots, nil
	}
	if d.names == nil {
		if err := d.readNames(); err != nil {
			return labels.Dots{}, err
		}
	}
	n, ok := d.names[name]
	if !ok {
		return labels.Dots{}, fmt.Errorf("no form %.20q", name)
	}
	dots, err := d.drawForm(n)
	if err != nil {
		return labels.Dots{}, fmt.Errorf("form %.20q: %w", name, err)
	}
	d.forms[name] = dots
	return dots, nil
}

// readNames reads which object is which form, from the resources that all
// pages share.
func (d *document) readNames() error {
	const resources = 2
	body, err := d.dictionary(resources)
	if err != nil {
		return err
	}
	_, list, ok := bytes.Cut(body, []byte("/XObject <<\n"))
	list, _, end := bytes.Cut(list, []byte(">>"))
	if !ok || !end {
		return errors.New("no list of forms")
	}
	d.names = map[string]int{}
	for _, entry := range regexp.MustCompile(`(?m)^(/TPL[0-9]{1,9}) ([0-9]{1,9}) 0 R$`).FindAllSubmatch(list, -1) {
		if d.names[string(entry[1])], err = leading(entry[2]); err != nil {
			return errors.New("a broken list of forms")
		}
	}
	return nil
}

func (d *document) drawForm(n int) (labels.Dots, error) {
	s, err := d.stream(n)
	if err != nil {
		return labels.Dots{}, err
	}
	size := regexp.MustCompile(`^/Type /XObject\n/Subtype /Form\n/Formtype 1\n/BBox \[0\.00 0\.00 ([0-9]{1,9})\.00 ([0-9]{1,9})\.00\]\n/Resources`).FindSubmatch(s.dict)
	if size == nil || bytes.Contains(s.dict, []byte("/Matrix")) {
		return labels.Dots{}, errors.New("of another kind than ours")
	}
	w, h := number(size[1])/unitsPerDot, number(size[2])/unitsPerDot
	if w != math.Trunc(w) || h != math.Trunc(h) || w < 1 || h < 1 || w*h > maxArea {
		return labels.Dots{}, errors.New("of a size that no drawing has")
	}
	f := &drawing{doc: d, form: true, paths: paths{scale: 1. / unitsPerDot}}
	if err := f.canvas(int(w), int(h)); err != nil {
		return labels.Dots{}, err
	}
	if err := f.run(s.data); err != nil {
		return labels.Dots{}, err
	}
	return f.dots, nil
}
