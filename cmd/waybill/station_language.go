package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/labels"
	"waybill/labels/formview"
	"waybill/labels/pdfview"
	"waybill/labels/png"
	"waybill/labels/zplview"
	"waybill/printer"
	printerdriver "waybill/printer/driver"
)

// labelLanguage returns what the labels of the station's shipping printers are
// written in. They are written once, so all of these printers must take them.
func labelLanguage(cfg configs.Station) (string, error) {
	drivers := printerdriver.All()
	var language, first string
	for _, p := range cfg.Printers {
		if !slices.Contains(p.Roles, labelling.Role) {
			continue
		}
		own, err := labelling.LanguageOf(p.Language, drivers[p.Driver].Languages)
		switch {
		case err != nil:
			return "", fmt.Errorf("printer %q: %w", p.Name, err)
		case language == "":
			language, first = own, p.Name
		case own != language:
			return "", fmt.Errorf("printer %q: its labels are %s, those of printer %q are %s: labels are written once for all printers of the role %s (give one of them another role)",
				p.Name, own, first, language, labelling.Role)
		}
	}
	return language, nil
}

// preview returns what draws a print job's label as PNG.
func preview(res labels.Resolution) func(printer.Job) ([]byte, error) {
	return func(job printer.Job) ([]byte, error) {
		switch job.Language {
		case labelling.EPL, labelling.TSPL:
			var dots labels.Dots
			err := formview.Language(job.Language).Render(job.Content, res, func(v formview.View) { dots = v.Dots })
			if err != nil {
				return nil, err
			}
			return png.Picture(dots, res)
		case labelling.ZPL:
			seen, err := zplview.Render(job.Content, res)
			if err != nil {
				return nil, err
			}
			return png.Picture(seen.Dots, res)
		case labelling.PDF:
			pages, err := pdfview.Render(job.Content)
			if err != nil || len(pages) != 1 {
				return nil, fmt.Errorf("a document of %d pages, want one: %w", len(pages), cmp.Or(err, errNoPicture))
			}
			return png.Picture(pages[0].Dots, pages[0].Resolution)
		}
		return nil, errNoPicture
	}
}

var errNoPicture = errors.New("labels of this language cannot be drawn")
