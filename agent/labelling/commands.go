package labelling

import (
	"fmt"

	"waybill/agent/packing"
	"waybill/labels"
	"waybill/labels/layout"
	"waybill/labels/pdf"
	"waybill/labels/png"
	"waybill/labels/template"
	"waybill/labels/verify"
)

// commandsTemplate is the template of the sheet of control barcodes.
const commandsTemplate = "commands-a4"

// commandsDots is fine enough for bars of a third of a millimetre.
const commandsDots = labels.DPI300

// Commands returns the sheet of control barcodes as PDF, proved to read back: the
// desk's commands, the station's boxes by name, and a badge for each operator.
func (m *Maker) Commands(r packing.Rules) ([]byte, error) {
	pages, err := m.commands(r)
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

// CommandsPicture returns one page of that sheet, counted from 1, as PNG, and how
// many pages there are. A page that is not there has no picture.
func (m *Maker) CommandsPicture(r packing.Rules, page int) (picture []byte, pages int, err error) {
	all, err := m.commands(r)
	if err != nil || page < 1 || page > len(all) {
		return nil, len(all), err
	}
	picture, err = png.Encoder{}.Encode(all[page-1])
	if err != nil {
		return nil, len(all), fmt.Errorf("sheet of control barcodes, page %d: %w", page, err)
	}
	return picture, len(all), nil
}

func (m *Maker) commands(r packing.Rules) ([]labels.Label, error) {
	t, err := m.Templates.Get(commandsTemplate)
	if err != nil {
		return nil, err
	}
	pages, err := layout.Pages(t, template.BindCommands(commandsOf(r)), commandsDots, m.Fonts)
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
