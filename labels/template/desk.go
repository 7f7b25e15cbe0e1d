package template

import (
	"cmp"
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

// DeskCommands returns the control barcodes that the desk understands.
func DeskCommands() []Command {
	var all []Command
	for _, c := range shipment.DeskCommands() {
		title, note := commandWords(c)
		all = append(all, Command{Code: shipment.DeskCommandPrefix + strings.ToUpper(string(c)), Title: title, Note: note, Group: "desk"})
	}
	return all
}

func commandWords(c shipment.DeskCommand) (title, note string) {
	switch c {
	case shipment.NextCommand:
		return "Next order", "Leave this order and take the next one."
	case shipment.UndoCommand:
		return "Undo", "Take the last step back."
	case shipment.ReprintCommand:
		return "Reprint label", "Print the label on the screen once more."
	case shipment.CloseCommand:
		return "Close pick-up", "The carrier has everything: end the hand-off."
	}
	return strings.ToUpper(string(c)), ""
}

func carrierWords(c shipment.CarrierID) string {
	return strings.ToUpper(strings.ReplaceAll(string(c), "_", " "))
}
