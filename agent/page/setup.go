package page

import (
	"fmt"
	"io"
	"time"
)

// A Setup is everything that the page shows on which scanners are tried and set
// up. Times are shown in the location of Now.
type Setup struct {
	Station  string
	Now      time.Time
	Barcode  string // the path of its picture
	Scanners []Device
	Tried    []TriedScanner // that have read the page's barcode, the latest first
}

// A TriedScanner is what came when a scanner read the page's barcode.
type TriedScanner struct {
	Name   string
	Typed  bool // into the page, as a keyboard does
	Good   bool
	Checks []SetupCheck
	At     time.Time
}

// A SetupCheck is one thing that is as it should be, or is to be done.
type SetupCheck struct {
	What  string
	Good  bool
	Words string
}

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
func RenderSetup(w io.Writer, s Setup) error { return renderSetup(w, "setup.html", s) }

// RenderSetupLive writes the part of that page that changes.
func RenderSetupLive(w io.Writer, s Setup) error { return renderSetup(w, "setup-live.html", s) }

func renderSetup(w io.Writer, name string, s Setup) error {
	v := setupScreen{screen: screen{View: View{Station: s.Station, Now: s.Now, Band: s.band()}}, Setup: s}
	if err := pages.ExecuteTemplate(w, name, v); err != nil {
		return fmt.Errorf("set-up page: %w", err)
	}
	return nil
}

// recent is how long what came of a scan is the page's big word: who opens the
// page later has another scanner in hand.
const recent = 10 * time.Minute

// latest returns what came last, if it is of now.
func (s Setup) latest() (TriedScanner, bool) {
	if len(s.Tried) == 0 || s.Now.Sub(s.Tried[0].At) > recent {
		return TriedScanner{}, false
	}
	return s.Tried[0], true
}

// band says in one glance how the scanner that was tried last is.
func (s Setup) band() Band {
	last, ok := s.latest()
	if !ok {
		return Band{Word: "Scan the barcode", Line: "Take the scanner that you want to set up, and scan the barcode below."}
	}
	who := "Scanner " + last.Name
	if last.Typed {
		who = "The scanner that types here"
	}
	if last.Good {
		return Band{Kind: OK, Word: "Scanner set up", Line: who + " sends everything that is needed.", At: last.At}
	}
	return Band{Kind: Check, Word: "Not yet", Line: who + ": do what is listed below, then scan the barcode again.", At: last.At}
}

// A setupScreen is a Setup with the words its templates need.
type setupScreen struct {
	screen
	Setup Setup
}

// Last returns what came of the scanner that was tried last; nil: none was of
// late.
func (s setupScreen) Last() *TriedScanner {
	if last, ok := s.Setup.latest(); ok {
		return &last
	}
	return nil
}

// Tried returns what came of the scanner of that name; nil: nothing yet.
func (s setupScreen) Tried(name string) *TriedScanner {
	for i, t := range s.Setup.Tried {
		if t.Name == name && !t.Typed {
			return &s.Setup.Tried[i]
		}
	}
	return nil
}

// Makers returns how the scanners of each maker are set up.
func (setupScreen) Makers() []SetupMaker { return setupMakers() }

// SetupCSS returns the path of the page's own style sheet.
func (setupScreen) SetupCSS() string { return files.paths["setup.css"] }

// SetupJS returns the path of the page's script.
func (setupScreen) SetupJS() string { return files.paths["setup.js"] }
