package labelling

import (
	"cmp"
	"fmt"

	"waybill/agent/packing"
	"waybill/labels"
	"waybill/labels/layout"
	"waybill/labels/pdf"
	"waybill/labels/png"
	"waybill/labels/template"
	"waybill/labels/verify"
)

// A Sheet is what control barcodes are printed on.
type Sheet string

// The sheets. The empty Sheet is SheetA4.
const (
	SheetA4  Sheet = "a4"  // to hang beside the scanner
	Sheet4x6 Sheet = "4x6" // for the label printer
)

// Sheets returns all of them.
func Sheets() []Sheet { return []Sheet{SheetA4, Sheet4x6} }

// commandsDots is fine enough for bars of a third of a millimetre on an office
// printer.
const commandsDots = labels.DPI300

// Commands returns the control barcodes as PDF, proved to read back: the desk's
// commands, the station's boxes by name, and a badge for each operator.
func (m *Maker) Commands(r packing.Rules, on Sheet) ([]byte, error) {
	pages, err := m.commands(r, on)
	if err != nil {
		return nil, err
	}
	document, err := pdf.Encoder{}.EncodeAll(pages)
	if err == nil {
		err = verify.PDF(pages, document)
	}
	if err != nil {
		return nil, fmt.Errorf("sheet of control barcodes: %w", err)
	}
	return document, nil
}

// CommandsPicture returns one page of them, counted from 1, as PNG, and how many
// pages there are. A page that is not there has no picture.
func (m *Maker) CommandsPicture(r packing.Rules, on Sheet, page int) (picture []byte, pages int, err error) {
	all, err := m.commands(r, on)
	if err != nil || page < 1 || page > len(all) {
		return nil, len(all), err
	}
	picture, err = png.Encoder{}.Encode(all[page-1])
	if err != nil {
		return nil, len(all), fmt.Errorf("sheet of control barcodes, page %d: %w", page, err)
	}
	return picture, len(all), nil
}

func (m *Maker) commands(r packing.Rules, on Sheet) ([]labels.Label, error) {
	on = cmp.Or(on, SheetA4)
	dots := commandsDots
	if on == Sheet4x6 {
		dots = m.Resolution // it is printed where the labels are
	}
	t, err := m.Templates.Get("commands-" + string(on))
	if err != nil {
		return nil, err
	}
	pages, err := layout.Pages(t, template.BindCommands(commandsOf(r)), dots, m.Fonts)
	if err != nil {
		return nil, fmt.Errorf("sheet of control barcodes: %w", err)
	}
	return pages, nil
}

// commandsOf returns the control barcodes of a station: of boxes those it has.
func commandsOf(r packing.Rules) []template.Command {
	var all []template.Command
	for _, c := range template.DeskCommands() {
		if c.Group != template.BoxGroup {
			all = append(all, c)
		}
	}
	for _, b := range r.Boxes {
		all = append(all, template.BoxCommand(b.N, b.Name, fmt.Sprintf("%d × %d × %d mm", b.Outer.Length, b.Outer.Width, b.Outer.Height)))
	}
	for _, o := range r.Operators {
		note := "Badge: scan it when you come to the bench."
		if o.Supervisor {
			note = "Supervisor's badge: lets a weight pass that is not what it should be."
		}
		all = append(all, template.BadgeCommand(o.ID, o.Name, note))
	}
	return all
}
