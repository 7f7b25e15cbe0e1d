package main

import (
	"fmt"

	"waybill/labels"
)

// A printerDots is the flags that say how fine a printer's dots are.
type printerDots struct {
	DPI   int     `name:"dpi" help:"Printer's dots per inch: 203 (8 to the millimetre), 300 (12) or 600 (24)." enum:"203,300,600" default:"203"`
	PerMM float64 `name:"dots-per-mm" help:"With --dpi 300: 11.811 for a printer of exactly 300 dots per inch; its manual says which." placeholder:"N"`
}

var resolutions = map[int]labels.Resolution{203: labels.DPI203, 300: labels.DPI305, 600: labels.DPI600}

// inch300 is the dots per millimetre of a printer of exactly 300 dots per inch.
const inch300 = 11.811

// resolution returns the exact resolution. "300 dpi" is 12 dots per millimetre
// unless the printer's profile says 11.811.
func (d printerDots) resolution() labels.Resolution {
	if d.DPI == 300 && d.PerMM == inch300 {
		return labels.DPI300
	}
	return resolutions[d.DPI]
}

// Validate refuses dots per millimetre that no printer of the dpi has; the
// parser of the command line calls it.
func (d printerDots) Validate() error {
	usual := float64(resolutions[d.DPI]) / 254
	if d.PerMM == 0 || d.PerMM == usual || d.DPI == 300 && d.PerMM == inch300 {
		return nil
	}
	return fmt.Errorf("--dots-per-mm %v: a printer of %d dpi has %v%s", d.PerMM, d.DPI, usual, map[bool]string{true: " or 11.811"}[d.DPI == 300])
}
