package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"waybill/internal/atomicfile"
	"waybill/printer/virtual"
)

// drop puts a sample into the hot folder the way a careful program does: written
// beside, then renamed in.
func (d *demo) drop(name string) error {
	data, err := samples.ReadFile(name)
	if err != nil {
		return err
	}
	if d.verbose {
		fmt.Fprintf(d.con.out, "%s  order dropped   %s\n", stamp(), filepath.Base(name))
	}
	return atomicfile.WriteFile(filepath.Join(d.inbox(), filepath.Base(name)), data, 0o640)
}

// lookEvery is how often the demo looks at the printer's output tray.
const lookEvery = 10 * time.Millisecond

// A paperLabel is a label in the virtual printer's output tray.
type paperLabel struct {
	N       int
	ZPL     string
	PNG     string
	Symbols []virtual.Symbol
}

// nextLabel returns the next label that lies in the tray and has been read. One
// that cannot be read is told once, and passed over.
func (d *demo) nextLabel() (paperLabel, bool, error) {
	all := d.printer.Labels()
	if len(all) <= d.seen {
		return paperLabel{}, false, nil
	}
	l := paperLabel{N: all[d.seen].N}
	stem := filepath.Join(d.dir, "printer", fmt.Sprintf("%06d", l.N))
	l.ZPL, l.PNG = stem+".zpl", stem+".png"
	data, err := os.ReadFile(stem + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return l, false, nil // still being drawn
	}
	d.seen++
	var reading struct {
		Symbols []virtual.Symbol `json:"symbols"`
		Error   string           `json:"error"`
	}
	if err == nil {
		err = json.Unmarshal(data, &reading)
	}
	if err == nil && reading.Error != "" {
		err = errors.New(reading.Error)
	}
	if err != nil {
		return l, false, fmt.Errorf("label %d on the virtual printer cannot be read: %w (see %s)", l.N, err, l.PNG)
	}
	l.Symbols = reading.Symbols
	return l, true, nil
}

// trackingNumber returns what the label's linear barcode says.
func (l paperLabel) trackingNumber() (string, bool) {
	for _, s := range l.Symbols {
		if s.Symbology == "code128" || s.Symbology == "gs1_128" {
			return s.Text, true
		}
	}
	return "", false
}

// scan pulls the simulated scanner's trigger and waits for its beep.
func (d *demo) scan(ctx context.Context, number string) error {
	for old := true; old; { // beeps that answer an earlier scan
		select {
		case _, old = <-d.scanner.Signals():
		default:
			old = false
		}
	}
	if err := d.scanner.Pull([]byte(number)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case told := <-d.scanner.Signals():
		if told.String() != "good" {
			return fmt.Errorf("the scanner was told %s", told)
		}
		return nil
	case <-ctx.Done():
		return errors.New("the scanner was told nothing within 5 s")
	}
}
