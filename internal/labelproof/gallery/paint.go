package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"waybill/internal/labelproof"
	"waybill/labels"
	"waybill/labels/epl"
	"waybill/labels/fonts"
	"waybill/labels/formview"
	"waybill/labels/pdf"
	"waybill/labels/png"
	"waybill/labels/raster"
	"waybill/labels/tspl"
	"waybill/labels/verify"
	"waybill/labels/zpl"
	"waybill/labels/zplview"
)

// A painter draws labels in every way there is.
type painter struct {
	to      string
	faces   *fonts.Set
	zebrash *labelproof.ZPLRenderer
	files   map[[32]byte]string // pictures written, by their content
	absent  []string
}

// A sheet is a template at one resolution.
type sheet struct {
	DPI   string
	Pages []onePage
}

// A onePage is one label, drawn in every way.
type onePage struct {
	Number   int
	Pictures []picture
	Symbols  []symbol
}

// A picture is what one program made of one label.
type picture struct {
	By    string
	File  string
	Bytes int
	Note  string
}

// A symbol is a barcode of a label: what it must say, and what was measured on
// the dots.
type symbol struct {
	Kind, Text   string
	Module, Size string
	Grade        string
	Decodability string
	Read         bool
	Complaints   []string
}

// paint draws every page of a specimen at a resolution.
func (p *painter) paint(ctx context.Context, s labelproof.Specimen, res labels.Resolution) (sheet, error) {
	made := sheet{DPI: strconv.FormatFloat(float64(res)/10, 'f', -1, 64)}
	all, err := s.Lay(s.Order, 1, res, p.faces)
	if err != nil {
		return made, err
	}
	document, err := pdf.Encoder{}.EncodeAll(all)
	if err != nil {
		return made, err
	}
	pages, err := labelproof.Rasterisers()[0].Draw(ctx, document, res)
	if err != nil && !errors.Is(err, labelproof.ErrMissing) {
		return made, err
	}
	for i, l := range all {
		one := onePage{Number: i + 1}
		d, err := raster.Draw(l)
		if err != nil {
			return made, err
		}
		name := fmt.Sprintf("%s-%s-%d", s.Name, made.DPI, i+1)
		if err := p.printers(&one, l, d, name); err != nil {
			return made, err
		}
		if len(pages) == len(all) {
			err = p.add(&one, picture{By: "PDF, drawn by poppler", Bytes: len(document) / len(all)}, d, pages[i], res, name+"-pdf")
		} else {
			one.Pictures = append(one.Pictures, picture{By: "PDF", Bytes: len(document) / len(all), Note: "not drawn: poppler is not installed"})
		}
		if err != nil {
			return made, err
		}
		if err := p.languages(&one, l, d, name); err != nil {
			return made, err
		}
		if one.Symbols, err = symbols(l, d); err != nil {
			return made, err
		}
		made.Pages = append(made.Pages, one)
	}
	return made, nil
}

// printers draws a label as PNG and in the printers' languages.
func (p *painter) printers(one *onePage, l labels.Label, d labels.Dots, name string) error {
	file, err := png.Encoder{}.Encode(l)
	if err != nil {
		return err
	}
	if err := p.add(one, picture{By: "PNG", Bytes: len(file)}, d, d, l.Resolution, name); err != nil {
		return err
	}
	format, err := zpl.Encoder{}.Encode(l)
	if err != nil {
		return err
	}
	view, err := zplview.Render(format, l.Resolution)
	if err != nil {
		return err
	}
	if err := p.add(one, picture{By: "ZPL, drawn by labels/zplview", Bytes: len(format)}, d, view.Dots, l.Resolution, name+"-zplview"); err != nil {
		return err
	}
	if p.zebrash != nil {
		got, err := p.zebrash.Draw(format, d.W, d.H, l.Resolution)
		if err != nil {
			return err
		}
		if err := p.add(one, picture{By: "ZPL, drawn by zpl-renderer-js", Bytes: len(format)}, d, got, l.Resolution, name+"-zebrash"); err != nil {
			return err
		}
	}
	return nil
}

// languages draws a label in the languages of older printers, of which a form
// may be a dot wider than the label, and as long as the printer's paper.
func (p *painter) languages(one *onePage, l labels.Label, d labels.Dots, name string) error {
	for _, language := range []struct {
		name string
		formview.Language
		labels.Encoder
	}{{"EPL2", formview.EPL, epl.Encoder{}}, {"TSPL", formview.TSPL, tspl.Encoder{}}} {
		written, err := language.Encode(l)
		if err != nil {
			one.Pictures = append(one.Pictures, picture{By: language.name, Note: err.Error()})
			continue
		}
		var got labels.Dots
		if err := language.Render(written, l.Resolution, func(v formview.View) { got = v.Dots.Crop(0, 0, d.W, d.H) }); err != nil {
			return fmt.Errorf("%s: %w", language.name, err)
		}
		pic := picture{By: language.name + ", drawn by labels/formview", Bytes: len(written)}
		if err := p.add(one, pic, d, got, l.Resolution, name+"-"+string(language.Language)); err != nil {
			return err
		}
	}
	return nil
}

// add adds a picture; want are the label's own dots. A picture like one that
// there is already is that file.
func (p *painter) add(one *onePage, pic picture, want, got labels.Dots, res labels.Resolution, name string) error {
	file, err := png.Picture(got, res)
	if err != nil {
		return err
	}
	key := sha256.Sum256(file)
	pic.File = p.files[key]
	if pic.File == "" {
		pic.File = name + ".png"
		p.files[key] = pic.File
		if err := os.WriteFile(filepath.Join(p.to, pic.File), file, 0o644); err != nil {
			return err
		}
	}
	switch {
	case pic.By == "PNG":
		pic.Note = "the dots as they were laid out"
	case want.Equal(got):
		pic.Note = "the same dots"
	default:
		pic.Note = "other dots"
		if pic.By == "ZPL, drawn by zpl-renderer-js" {
			pic.Note = "other dots: it takes >5 in ^BC for FNC4"
		}
	}
	one.Pictures = append(one.Pictures, pic)
	return nil
}

// symbols returns the barcodes of a label, each looked for in its picture.
func symbols(l labels.Label, d labels.Dots) ([]symbol, error) {
	found, err := verify.Decode(d)
	if err != nil {
		return nil, err
	}
	var all []symbol
	for _, item := range l.Items {
		s, ok := item.(labels.Symbol)
		if !ok {
			continue
		}
		w, h := s.Size()
		x, y := l.Resolution.Dots(s.At.X), l.Resolution.Dots(s.At.Y)
		one := symbol{
			Kind: string(s.Symbology), Text: strconv.QuoteToGraphic(string(s.Payload)),
			Module: fmt.Sprintf("%d dots, %.3f mm", s.ModuleDots, float64(l.Resolution.Length(s.ModuleDots))/1000),
			Size:   fmt.Sprintf("%.1f × %.1f mm", float64(l.Resolution.Length(w))/1000, float64(l.Resolution.Length(h))/1000),
		}
		for _, f := range found {
			if f.X < x || f.Y < y || f.X > x+w || f.Y > y+h || f.Text != string(s.Payload) {
				continue
			}
			r := verify.Inspect(d, l.Resolution, f, "")
			one.Read, one.Grade = true, r.Grade
			if r.Decodability != nil {
				one.Decodability = fmt.Sprintf("%d %%", *r.Decodability)
			} else if r.GrowthTolerance != nil {
				one.Decodability = fmt.Sprintf("%d %%", *r.GrowthTolerance)
			}
			for _, c := range r.Problems {
				one.Complaints = append(one.Complaints, c.Message)
			}
			break
		}
		all = append(all, one)
	}
	return all, nil
}
