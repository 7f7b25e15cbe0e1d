package page

import (
	"fmt"
	"io"
)

// A SetupMaker is how the scanners of one maker are made to send AIM identifiers.
type SetupMaker struct {
	Name    string
	Look    string // the words of its manual to look for
	Command string // for those who can send one; empty: none is known
	Source  string
	Checked string
}

// setupMakers returns what is known. The programming barcodes themselves are in
// the manuals of the models and differ between them: a guess would set up
// something else.
func setupMakers() []SetupMaker {
	return []SetupMaker{
		{
			Name: "Zebra, Symbol, Motorola", Look: "“Transmit Code ID Character”, then “AIM Code ID Character”",
			Command: "SSI parameter 45 (2D hexadecimal), value 01",
			Source:  "DS4678 Product Reference Guide, Transmit Code ID Character; DS6708 Product Reference Guide, 4-16", Checked: "2026-11-28",
		},
		{
			Name: "Honeywell, Metrologic", Look: "“Add Prefix”, then 9 9 for all symbologies, the two-digit codes of “AIM I.D.”, and “Save”",
			Source: "Honeywell 2020 User Manual, 5-1, Prefix/Suffix Overview; Honeywell 3820 User Manual, A-2 (99 is all symbologies)", Checked: "2026-11-28",
		},
		{
			Name: "Datalogic", Look: "Enter programming mode, “Global AIM ID = Enable”, leave programming mode",
			Command: "$CAIEN01 and CR",
			Source:  "QuickScan I QD2400 Product Reference Guide, page 57, Global AIM ID", Checked: "2026-11-28",
		},
	}
}

// RenderSetup writes the page on which a scanner is tried and set up.
func RenderSetup(w io.Writer, v View) error {
	if err := pages.ExecuteTemplate(w, "setup.html", struct {
		screen
		Makers []SetupMaker
		Script string
	}{screen{View: v}, setupMakers(), files.paths["setup.js"]}); err != nil {
		return fmt.Errorf("set-up page: %w", err)
	}
	return nil
}
