package template

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"waybill/shipment"
)

// A Tote is a box or a shelf's place in the house: picked goods wait in it.
type Tote struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // for people; default: ID
	Zone string `json:"zone,omitempty"`
	Code string `json:"code,omitempty"` // in its barcode; default: ID
}

// toteFields is what expressions see of a Tote.
type toteFields struct {
	ID   string `expr:"id"`
	Name string `expr:"name"`
	Zone string `expr:"zone"`
	Code string `expr:"code"`
	GS   string `expr:"gs"`
}

// BindTote makes t ready for the expressions of a tote's template.
func BindTote(t Tote) *Binding {
	f := toteFields{ID: t.ID, Name: cmp.Or(t.Name, t.ID), Zone: t.Zone, Code: cmp.Or(t.Code, t.ID), GS: "\x1d"}
	return &Binding{scoped: scoped{subject: ForTote, name: t.ID, scope: scopeOf(f)}}
}

// A Command is a control barcode with the words beside it.
type Command struct {
	Code  string `json:"code"` // in the barcode
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
	Group string `json:"group,omitempty"`
}

// commandsFields is what expressions see of a sheet of control barcodes.
type commandsFields struct {
	Commands []commandFields `expr:"commands"`
	Count    int             `expr:"count"`
}

type commandFields struct {
	Code  string `expr:"code"`
	Title string `expr:"title"`
	Note  string `expr:"note"`
	Group string `expr:"group"`
}

// BindCommands makes all ready for the expressions of a sheet's template.
func BindCommands(all []Command) *Binding {
	f := commandsFields{Count: len(all)}
	for _, c := range all {
		f.Commands = append(f.Commands, commandFields(c))
	}
	return &Binding{scoped: scoped{subject: ForCommands, name: "control barcodes", scope: scopeOf(f)}}
}

// DeskCommands returns the control barcodes that every desk understands: all but
// the badges, which are its own people's.
func DeskCommands() []Command {
	var all []Command
	for _, c := range shipment.DeskCommands() {
		switch c {
		case shipment.BadgeCommand:
		case shipment.ReprintCommand:
			for _, why := range shipment.ReprintReasons() {
				all = append(all, command(shipment.ControlCode{Command: c, Argument: string(why)}, "Reprint: "+string(why), "Print the label in hand once more: "+why.Words()+"."))
			}
		case shipment.BoxCommand:
			for n := 1; n <= shipment.MaxBoxes; n++ {
				all = append(all, BoxCommand(n, "", ""))
			}
		case shipment.NextCommand:
			all = append(all, command(shipment.ControlCode{Command: c}, "Next order", "Put this order aside as it is, and take the next one."))
		case shipment.UndoCommand:
			all = append(all, command(shipment.ControlCode{Command: c}, "Undo", "Take the last step back."))
		case shipment.CloseCommand:
			all = append(all, command(shipment.ControlCode{Command: c}, "Close", "At the bench: the box is full. At the dock: the carrier has everything."))
		}
	}
	return all
}

// BoxGroup is the group of the control barcodes of boxes.
const BoxGroup = "boxes"

// BoxCommand returns the control barcode of box n; name is what people call it,
// size how large it is. Both may be empty.
func BoxCommand(n int, name, size string) Command {
	title, note := fmt.Sprintf("Box %d", n), "The parcel goes into box "+strconv.Itoa(n)+"."
	if name != "" {
		title += ": " + name
	}
	c := command(shipment.ControlCode{Command: shipment.BoxCommand, Argument: strconv.Itoa(n)}, title, cmp.Or(size, note))
	c.Group = BoxGroup
	return c
}

// BadgeCommand returns the control barcode of an operator's badge.
func BadgeCommand(id, name, note string) Command {
	c := command(shipment.ControlCode{Command: shipment.BadgeCommand, Argument: id}, cmp.Or(name, id), note)
	c.Group = "badges"
	return c
}

func command(code shipment.ControlCode, title, note string) Command {
	return Command{Code: code.String(), Title: title, Note: note, Group: "desk"}
}

func carrierWords(c shipment.CarrierID) string {
	return strings.ToUpper(strings.ReplaceAll(string(c), "_", " "))
}
