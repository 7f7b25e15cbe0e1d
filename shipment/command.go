package shipment

// A DeskCommand is what a control barcode tells the desk to do, so that hands
// need not leave the scanner.
type DeskCommand string

// The commands, as they stand behind the prefix in control barcodes.
const (
	NextCommand    DeskCommand = "next"    // go on with the next order
	UndoCommand    DeskCommand = "undo"    // take the last step back
	ReprintCommand DeskCommand = "reprint" // print the current label again
	CloseCommand   DeskCommand = "close"   // end the carrier's pick-up
)

// DeskCommandPrefix begins every control barcode.
const DeskCommandPrefix = "WBC:"

// DeskCommands returns every command.
func DeskCommands() []DeskCommand {
	return []DeskCommand{NextCommand, UndoCommand, ReprintCommand, CloseCommand}
}
