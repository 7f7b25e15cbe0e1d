//go:build linux && rig

package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/labels/fonts"
	"waybill/printer/virtual"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A rigStation is a station over one scanner of each kind and a printer, all at
// the end of emulated cables.
type rigStation struct {
	*printerBench
	scanners []stationScanner
	printer  *gadget
	paper    *virtual.Printer
	sent     map[string]string // text of each scan → scanner
}

type stationScanner struct {
	name string
	g    *gadget
	send func(text string)
}

// perLabel is long enough for pulling a cable before the label is out.
const perLabel = 2 * time.Second

// TestDeviceRigStation: what each scanner reads is in the journal once, and each
// order on paper once, before and after all cables were pulled and put back, and
// where a cable was pulled from the printer at work.
func TestDeviceRigStation(t *testing.T) {
	s := newRigStation(t)
	s.all("ready")
	s.scan("FIRST")
	s.drop("A", "1Z999AA10123456784")
	s.until("/v1/orders/A", `"stage":"printed"`)

	for _, d := range s.scanners {
		d.g.unplug()
	}
	s.printer.unplug()
	s.all("away")
	s.drop("B", "1Z999AA10123456793")
	s.until("/v1/orders/B", `"stage":"printing"`)
	began := time.Now()
	for _, d := range s.scanners {
		d.g.plug()
	}
	s.plugPrinter()
	s.all("ready")
	t.Logf("all is ready %v after the first plug went in", time.Since(began).Round(time.Millisecond))
	s.scan("SECOND")
	s.until("/v1/orders/B", `"stage":"printed"`)

	s.drop("C", "1Z999AA10123456800")
	s.atWork()
	s.printer.unplug()
	s.device("printer", "bench", "away")
	if err := s.paper.AwaitLabels(s.ctx, 3); err != nil {
		t.Fatal(err)
	}
	s.plugPrinter()
	s.until("/v1/orders/C", `"stage":"printed"`) // known by the printer's own count
	s.scan("THIRD")
	s.once()
}

func newRigStation(t *testing.T) *rigStation {
	dir := t.TempDir()
	cfg := configs.DefaultStation()
	cfg.Data, cfg.Intake.Dir, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "orders"), "127.0.0.1:0"
	cfg.Hub.URL, cfg.Scanners = "http://127.0.0.1:1", nil
	s := &rigStation{printer: printerGadget(t, 4), sent: map[string]string{}}
	serial, keys, pos := serialGadget(t, 7), keyboardGadget(t, 8, "KB01"), posGadget(t, 9)
	s.scanners = []stationScanner{{"serial", serial, serial.line}, {"evdev", keys, keys.types}, {"hidpos", pos, pos.reports}}
	for _, d := range s.scanners {
		d.g.plug()
		cfg.Scanners = append(cfg.Scanners, configs.Scanner{Name: d.name, Driver: d.name, Address: d.g.address(), Role: "bench"})
	}
	cfg.Printers[0].Driver, cfg.Printers[0].Link = "zpl", s.printer.address()
	if err := usable(cfg); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(cfg.Intake.Dir, 0o750); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	s.paper = virtual.New(virtual.Options{Listen: "-", Dir: filepath.Join(dir, "paper"), PerLabel: perLabel})
	runRig(t, s.paper.Run)
	<-s.paper.Ready()
	st, err := newStation(ctx, cfg, fonts.New(), slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.close() })
	s.printerBench = &printerBench{t, ctx, dir, st}
	s.plugPrinter()
	runRig(t, func(ctx context.Context) error { return st.run(ctx, func() {}) })
	return s
}

// A cable is the printer's end of a cable as the virtual printer wants it.
type cable struct{ *os.File }

func (c cable) LocalAddr() net.Addr  { return &net.UnixAddr{Name: c.Name()} }
func (c cable) RemoteAddr() net.Addr { return &net.UnixAddr{Name: c.Name()} }

// plugPrinter plugs the printer in; its conversation ends with the cable.
func (s *rigStation) plugPrinter() {
	s.printer.plug()
	go s.paper.Serve(s.ctx, cable{s.printer.end})
}

// device waits for the desk to say that of a device.
func (s *rigStation) device(kind, name, state string) {
	s.t.Helper()
	if _, err := await(s.ctx, name+" "+state, func() (string, bool, error) {
		return "", slices.ContainsFunc(s.st.desk.Devices(), func(d desk.Device) bool {
			return d.Kind == kind && d.Name == name && d.State == state
		}), nil
	}); err != nil {
		s.t.Fatalf("%v; devices %+v", err, s.st.desk.Devices())
	}
}

func (s *rigStation) all(state string) {
	s.t.Helper()
	for _, d := range s.scanners {
		s.device("scanner", d.name, state)
	}
	s.device("printer", "bench", state)
}

// atWork waits until a label is on its way out of the printer.
func (s *rigStation) atWork() {
	s.t.Helper()
	if _, err := await(s.ctx, "a printer at work", func() (string, bool, error) { return "", s.paper.State().Printing, nil }); err != nil {
		s.t.Fatal(err)
	}
}

// scan has each scanner read one thing and waits for it to be in the journal.
func (s *rigStation) scan(round string) {
	s.t.Helper()
	for _, d := range s.scanners {
		text := round + strings.ToUpper(d.name)
		s.sent[text] = d.name
		began := time.Now()
		stood := d.g.scans(d.send, "]C1"+text)
		raw, err := s.await(text, d.name)
		for ; err != nil && stood; raw, err = s.await(text, d.name) { // it was told to be damaged, and a person scans again
			s.t.Logf("the machine stood still for %v within a scan; it is scanned again", d.g.stood)
			stood = d.g.scans(d.send, "]C1"+text)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Logf("%s journalled within %v", text, time.Since(began).Round(time.Millisecond))
		if !strings.Contains(raw, `"aim":"]C1"`) {
			s.t.Errorf("the event does not say the symbol: %s", raw)
		}
	}
}

// await waits for a scan to be in the journal.
func (s *rigStation) await(text, name string) (string, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	return await(ctx, text, func() (string, bool, error) {
		found := s.journalled(text, name)
		return strings.Join(found, ""), len(found) > 0, nil
	})
}

// journalled returns the events of scans of text by a scanner.
func (s *rigStation) journalled(text, name string) (found []string) {
	s.t.Helper()
	if err := s.st.journal.View(s.ctx, func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			if e := string(rec.Raw); strings.Contains(e, text) && strings.Contains(e, `"`+name+`"`) {
				found = append(found, e)
			}
			return nil
		})
	}); err != nil {
		s.t.Fatal(err)
	}
	return found
}

// once holds that nothing was lost and nothing is there twice.
func (s *rigStation) once() {
	s.t.Helper()
	for text, name := range s.sent {
		if found := s.journalled(text, name); len(found) != 1 {
			s.t.Errorf("%s of %s is in the journal %d times: %v", text, name, len(found), found)
		}
	}
	printed := map[string]bool{}
	for _, l := range s.paper.Labels() {
		if l.Partial || l.Reprint || printed[l.SHA256] {
			s.t.Errorf("a label is on paper in part or again: %+v", l)
		}
		printed[l.SHA256] = true
	}
	if len(printed) != 3 {
		s.t.Errorf("%d labels on paper, want 3", len(printed))
	}
}
