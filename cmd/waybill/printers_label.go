package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"waybill/agent/labelling"
	"waybill/labels"
	"waybill/labels/verify"
	"waybill/labels/zplview"
	"waybill/printer"
	"waybill/printer/spool"
)

type printersTestCmd struct {
	printerChoice
	Name string        `arg:"" optional:"" help:"The printer's name in the configuration; without it, the only one."`
	DPI  int           `help:"Dots per inch of the print head." enum:"203,300,600" default:"203"`
	Wait time.Duration `help:"How long to wait for the label." default:"30s"`
}

// Help is shown under waybill printers test --help.
func (printersTestCmd) Help() string {
	return `The label's bar code reads WAYBILL-TEST. Exit 0 means that the printer has proved the label; scan it all the same.

Example:
  waybill printers test bench --config station.yaml
  waybill printers test --link ipp://192.0.2.7/ipp/print`
}

// testText is what the bar code of the test label says.
const testText = "WAYBILL-TEST"

// Run prints the label by the same way a parcel's label takes, with a ledger
// that is forgotten afterwards.
func (c *printersTestCmd) Run(con *console) error {
	list, station, err := c.printers()
	if err != nil {
		return usage(err)
	}
	if c.Name != "" {
		list = slices.DeleteFunc(list, func(p spool.Config) bool { return p.Name != c.Name })
	}
	if len(list) != 1 {
		return usage(fmt.Errorf("printers test: %d printers of that name (name one printer of the configuration)", len(list)))
	}
	language, err := labelling.LanguageOf(languageOf(station, list[0].Name), list[0].Driver.Languages)
	if err != nil {
		return usage(fmt.Errorf("printer %q: %w", list[0].Name, err))
	}
	content, err := testLabel(c.DPI, language)
	if err != nil {
		return err
	}
	list[0].Roles = []string{"test"}
	ledger := &testLedger{changed: make(chan struct{}, 1), job: printer.Job{
		ID: "test", Role: "test", Language: language, Content: content, Created: time.Now(),
		Labels: []printer.Label{{K: 1, State: printer.Queued}},
	}}
	s := spool.New(spool.Options{Ledger: ledger, Printers: list, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithTimeout(con.ctx, c.Wait)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for waiting := true; waiting; {
		select {
		case <-ledger.changed:
			waiting = !ledger.settled()
		case <-ctx.Done():
			waiting = false
		}
	}
	state := s.Status()[0] // before the end, which is no news about the printer
	cancel()
	if err := <-ended; err != nil {
		return err
	}
	return c.report(con, list[0].Name, ledger.label(), state)
}

// report says what became of the label.
func (c *printersTestCmd) report(con *console, name string, l printer.Label, state spool.PrinterState) error {
	switch l.State {
	case printer.Confirmed:
		fmt.Fprintf(con.out, "Printed by %s; evidence %s, %s.\n", name, l.Evidence, evidenceWords(l.Evidence))
		return nil
	case printer.Unconfirmed, printer.Failed:
		return fmt.Errorf("test label on printer %q: %s: %s (look whether a label came out)", name, l.State, l.Reason)
	case printer.Queued:
		word, todo := "nothing heard", "Try again with a longer --wait."
		if c, ok := state.Status.Foremost(); ok {
			word, todo = c.Words()
		}
		return fmt.Errorf("test label on printer %q: nothing was sent within %s: %s: %s (%s)", name, c.Wait, word, state.Status.Detail, strings.TrimSuffix(todo, "."))
	case printer.Sending, printer.Sent, printer.Cancelled:
	}
	word := "the printer gives no sign of it"
	if c, ok := state.Status.Foremost(); ok {
		word, _ = c.Words()
	}
	return fmt.Errorf("test label on printer %q: %s, not proved within %s: %s (look whether a label came out)", name, l.State, c.Wait, word)
}

// evidenceWords says in words what a class of evidence means.
func evidenceWords(e printer.Evidence) string {
	switch e {
	case printer.E2:
		return "the printer is idle and reports no fault"
	case printer.E3:
		return "the printer's own counter moved"
	case printer.Stored:
		return "the label is safe in a file"
	case printer.NoEvidence, printer.E0, printer.E1, printer.E4:
	}
	return "no more is known"
}

// testLabel returns the label in language, proved to scan.
func testLabel(dpi int, language string) ([]byte, error) {
	n := map[int]int{203: 1, 300: 2, 600: 3}[dpi] // drawn for 203 dots, larger elsewhere
	zpl := fmt.Appendf(nil, "^XA^JZY^CI28^PW%d^LL%d^FO%d,%d^A0N,%d,%d^FDWaybill test label^FS^BY%d^FO%d,%d^BCN,%d,N,N,N^FD%s^FS^XZ",
		400*n, 240*n, 24*n, 24*n, 32*n, 32*n, 2*n, 40*n, 80*n, 100*n, testText)
	view, err := zplview.Render(zpl, labels.DPI203)
	if err != nil {
		return nil, fmt.Errorf("test label: %w", err)
	}
	found, err := verify.Decode(view.Dots)
	if err != nil {
		return nil, fmt.Errorf("test label: %w", err)
	}
	if len(found) != 1 || found[0].Text != testText {
		return nil, fmt.Errorf("test label: its bar code reads %v, want %q", found, testText)
	}
	if language == labelling.ZPL {
		return zpl, nil
	}
	res := resolutions[dpi]
	content, err := labelling.Encode(labels.Label{
		Name: "test label", Width: res.Length(view.Dots.W), Height: res.Length(view.Dots.H), Resolution: res,
		Items: []labels.Item{labels.Bitmap{Dots: view.Dots, Text: testText}},
	}, language, false)
	if err != nil {
		return nil, fmt.Errorf("test label: %w", err)
	}
	return content, nil
}

// testLedger keeps one job, and only for the life of the command.
type testLedger struct {
	mu      sync.Mutex
	job     printer.Job
	changed chan struct{}
}

// Pending returns the job while it has something to do, and whoever asks may see
// to it: a printer that is not ready asks for what it has in flight alone.
func (l *testLedger) Pending(_ context.Context, want func(printer.Route) bool, _ int) ([]printer.Job, error) {
	if l.settled() {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !want(l.job.Route()) {
		return nil, nil
	}
	return []printer.Job{l.job}, nil
}

// Holds returns none: whoever asks for a test label wants it printed.
func (l *testLedger) Holds(context.Context) ([]printer.Hold, error) { return nil, nil }

// Record keeps the job's state.
func (l *testLedger) Record(_ context.Context, jobs ...printer.Job) error {
	l.mu.Lock()
	l.job = jobs[0]
	l.mu.Unlock()
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return nil
}

// label returns the label as it is.
func (l *testLedger) label() printer.Label {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.job.Labels[0]
}

// settled reports whether the spool is done with the label.
func (l *testLedger) settled() bool {
	s := l.label().State
	return s.Final() || s == printer.Unconfirmed
}
