package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"waybill/agent/desk"
	"waybill/agent/intake"
	"waybill/configs"
	"waybill/internal/link"
	"waybill/internal/task"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/printer"
	printerdriver "waybill/printer/driver"
	"waybill/printer/spool"
	"waybill/scanner"
	scannerdriver "waybill/scanner/driver"
	"waybill/scanner/watch"
	"waybill/shipment/gs1"
	"waybill/shipment/scan"
)

type httpHandler = http.Handler

// systemFonts returns the embedded fonts, then those the configuration names,
// then this machine's.
func systemFonts(cfg configs.Station) *fonts.Set {
	var further []fonts.Source
	for _, path := range cfg.Fonts {
		further = append(further, fonts.Source{Name: filepath.Base(path), Open: func() ([]byte, error) { return os.ReadFile(path) }})
	}
	return fonts.New(append(further, system.Sources()...)...)
}

// printers returns the printers of a configuration, ready to be opened.
func printers(cfg configs.Station) ([]spool.Config, error) {
	drivers := printerdriver.All()
	list := make([]spool.Config, 0, len(cfg.Printers))
	for _, p := range cfg.Printers {
		d, ok := drivers[p.Driver]
		if !ok {
			return nil, fmt.Errorf("printer %q: driver %q: %w (have %s)", p.Name, p.Driver, errNoDriver, names(drivers))
		}
		own, err := d.OpensLink(p.Link)
		var dial printer.Dialer
		switch scheme, _, _ := strings.Cut(p.Link, "://"); {
		case err != nil:
		case own && scheme != "ipp" && scheme != "ipps":
		case !own && (scheme == "ipp" || scheme == "ipps"):
			err = fmt.Errorf("link %q: the driver %s does not speak IPP (write driver: ipp)", p.Link, d.Name)
		default:
			dial, err = link.Parse(p.Link)
		}
		if err != nil {
			return nil, fmt.Errorf("printer %q: %w", p.Name, err)
		}
		access, err := printerAccess(p)
		if err != nil {
			return nil, fmt.Errorf("printer %q: %w", p.Name, err)
		}
		list = append(list, spool.Config{Name: p.Name, Access: access, Roles: p.Roles, Driver: d, Dial: dial, Link: p.Link, Serial: p.Serial, Shared: p.Shared, DotsPerMM: dotsPerMM[p.DPI], Media: loaded(p.Media), Rate: link.Rate(p.Link)})
	}
	return list, nil
}

// printerAccess reads the files that a printer's configuration names.
func printerAccess(p configs.Printer) (printer.Access, error) {
	a := printer.Access{User: p.User, Fingerprint: p.Fingerprint}
	if p.PasswordFile != "" {
		password, err := os.ReadFile(p.PasswordFile)
		if err != nil {
			return printer.Access{}, fmt.Errorf("password_file: %w", err)
		}
		a.Password = strings.TrimRight(string(password), "\r\n")
	}
	if p.CAFile != "" {
		var err error
		if a.CA, err = os.ReadFile(p.CAFile); err != nil {
			return printer.Access{}, fmt.Errorf("ca_file: %w", err)
		}
	}
	return a, printerdriver.CheckAccess(a)
}

// loaded returns what a printer has loaded.
func loaded(m configs.Media) printer.Form {
	um := func(mm float64) int { return int(math.Round(mm * 1000)) }
	return printer.Form{Width: um(m.Width), Height: um(m.Height), Media: m.Kind}
}

// dotsPerMM is what printers say of themselves, by the dpi that people say; a
// head of 11.811 dots says 12.
var dotsPerMM = map[int]int{203: 8, 300: 12, 600: 24}

// scannerOptions returns how to open one scanner of a configuration.
func scannerOptions(s configs.Scanner) (scanner.Driver, scanner.Options, error) {
	drivers := scannerdriver.All()
	d, ok := drivers[s.Driver]
	if !ok {
		return d, scanner.Options{}, fmt.Errorf("scanner %q: driver %q: %w (have %s)", s.Name, s.Driver, errNoDriver, names(drivers))
	}
	profile, ok := scanner.ProfileNamed(s.Profile)
	if !ok {
		return d, scanner.Options{}, fmt.Errorf("scanner %q: there is no profile %q", s.Name, s.Profile)
	}
	if _, err := sender(s); err != nil {
		return d, scanner.Options{}, err
	}
	framing := scanner.Framing{Prefix: []byte(s.Prefix), Suffix: []byte(s.Suffix), Idle: s.Idle, LRC: s.LRC, Length: s.Length}
	if err := framing.Check(); err != nil {
		return d, scanner.Options{}, fmt.Errorf("scanner %q: %w", s.Name, err)
	}
	return d, scanner.Options{
		Name: s.Name, Role: scanner.Role(s.Role), Address: s.Address, Framing: framing, Profile: profile, NoRead: s.NoRead,
		Line:     scanner.Line{Baud: s.Baud, Bits: s.DataBits, Parity: s.Parity, Stop: s.StopBits, Flow: s.Flow, Port: s.Port},
		Protocol: scanner.Protocol(s.Protocol), Handshake: scanner.Handshake(s.Handshake), Resends: s.Resends,
		Layout: s.Layout, Now: time.Now,
	}, nil
}

// sender returns how a scanner of a configuration sends what it reads.
func sender(s configs.Scanner) (scan.Sender, error) {
	from := scan.Sender{CodeIDs: gs1.CodeIDs(s.CodeIDs), Separator: s.Separator}
	if from.CodeIDs != gs1.NoCodeIDs && !slices.Contains(gs1.AllCodeIDs(), from.CodeIDs) {
		return from, fmt.Errorf("scanner %q: code_ids %q: no such set (have %s)", s.Name, s.CodeIDs, codeIDNames())
	}
	if from.Separator != "" && !slices.Contains(gs1.Separators(), from.Separator) {
		return from, fmt.Errorf("scanner %q: separator %q: want one of %s, which no GS1 data holds", s.Name, s.Separator, strings.Join(gs1.Separators(), " "))
	}
	return from, nil
}

// senders returns how each scanner of the configuration, which is checked, sends
// what it reads.
func senders(list []configs.Scanner) map[string]scan.Sender {
	m := make(map[string]scan.Sender, len(list))
	for _, s := range list {
		m[s.Name], _ = sender(s)
	}
	return m
}

// scanners returns the tasks that keep the scanners open.
func (st *station) scanners() ([]task.Task, error) {
	tasks := make([]task.Task, 0, len(st.cfg.Scanners))
	for _, s := range st.cfg.Scanners {
		d, o, err := scannerOptions(s)
		if err != nil {
			return nil, err
		}
		o.Log = st.log
		w := watch.Options{
			Driver: d, Scanner: o, Log: st.log, OnScan: st.scan, OnAside: st.desk.SetAside, Repeats: s.Repeats,
			OnState: func(state watch.State) { st.scannerState(s.Name, state) },
			Kept:    func(ctx context.Context) (scanner.Kept, error) { return st.desk.LastScan(ctx, s.Name) },
		}
		if dev, usb, _ := scanner.ParseUSB(s.Address); !usb || dev.Serial == "" { // otherwise the address says who it is
			w.Bound = func(ctx context.Context) (scanner.Device, error) { return st.desk.Scanner(ctx, s.Name) }
			w.Bind = func(ctx context.Context, dev scanner.Device) error { return st.desk.BindScanner(ctx, s.Name, dev) }
		}
		tasks = append(tasks, watch.New(w))
	}
	return tasks, nil
}

// scanPatience is how long a hand waits for its beep before it is told that
// something is wrong.
const scanPatience = 2 * time.Second

// scan answers a scanner's trigger pull: first the journal, then the beep. While
// the disk stalls, the person hears that the scan does not count yet; the answer
// follows when there is one.
func (st *station) scan(ctx context.Context, s scanner.Scan, reply watch.Reply) {
	late := time.AfterFunc(scanPatience, func() {
		st.log.WarnContext(ctx, "a scan is not stored yet: the disk is slow", "scanner", s.Scanner)
		reply(scanner.Wait)
	})
	_, err := st.desk.ScanTelling(ctx, s, func(r desk.ScanResult) {
		late.Stop()
		reply(r.Signal)
	})
	if err != nil {
		st.log.ErrorContext(ctx, "a scan could not be stored", "scanner", s.Scanner, "err", err)
	}
}

// folder returns the task that takes orders from the hot folder.
func (st *station) folder() task.Task {
	return intake.NewFolder(intake.FolderOptions{
		Dir: st.cfg.Intake.Dir, Owner: "station " + st.cfg.ID, Rescan: st.cfg.Intake.Rescan, Read: st.intakeOptions(), Take: st.desk.Take, Log: st.log,
		OnState: func(s intake.FolderState) {
			dev := desk.Device{Kind: "folder", Name: "hot folder", State: "ready", Detail: st.cfg.Intake.Dir}
			if !s.OK {
				dev.State, dev.Words, dev.Todo = "blocked", s.Why, "Orders wait until it works again."
			}
			st.news.put(dev)
		},
	})
}

// mistake tells the page of a file that was edited badly.
func mistake(name string, err error) desk.Device {
	first, _, more := strings.Cut(err.Error(), "\n")
	if more {
		first += " (and more; see the log)"
	}
	return desk.Device{
		Kind: "file", Name: name, State: "blocked", Words: "Edited badly", Detail: first,
		Todo: "Mend the file; the last good version stays in use.",
	}
}

// deviceNews carries how devices are from their own goroutines, which must not
// wait for the journal, to the desk. Of a device that changes faster than the
// journal writes, the latest state counts.
type deviceNews struct {
	mu   sync.Mutex
	late map[string]desk.Device
	hold *string // why no numbers may be given out; empty: they may; nil: no news
	wake chan struct{}
}

func newDeviceNews() *deviceNews {
	return &deviceNews{late: map[string]desk.Device{}, wake: make(chan struct{}, 1)}
}

func (n *deviceNews) put(dev desk.Device) {
	n.mu.Lock()
	n.late[dev.Kind+"/"+dev.Name] = dev
	n.mu.Unlock()
	nudge(n.wake)()
}

func (n *deviceNews) holdNumbers(why string) {
	n.mu.Lock()
	n.hold = &why
	n.mu.Unlock()
	nudge(n.wake)()
}

func (n *deviceNews) take() (news map[string]desk.Device, hold *string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	news, hold = n.late, n.hold
	n.late, n.hold = map[string]desk.Device{}, nil
	return news, hold
}

// tellDevices brings the news to the desk until ctx ends.
func (st *station) tellDevices(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-st.news.wake:
		}
		news, hold := st.news.take()
		if hold != nil {
			st.desk.HoldNumbers(*hold)
		}
		for _, dev := range news {
			if err := st.desk.SetDevice(ctx, dev); err != nil && ctx.Err() == nil {
				st.log.ErrorContext(ctx, "a device's state could not be journalled", "device", dev.Name, "err", err)
			}
		}
	}
}

func (st *station) printerStatus(name string, s printer.Status, id printer.Identity) {
	dev := desk.Device{Kind: "printer", Name: name, State: "ready", Detail: id.Model, Conditions: conditionNames(s), Machine: id}
	switch {
	case s.Has(printer.Offline), s.Has(printer.NoAnswer):
		dev.State = "away"
	case !s.Clear() && !slices.ContainsFunc(s.Conditions, stopsWork):
		dev.State = "busy"
	case !s.Clear():
		dev.State = "blocked"
	case !s.Idle():
		dev.State = "busy"
	}
	if c, ok := s.Foremost(); ok {
		dev.Words, dev.Todo = c.Words()
		dev.Detail = detail(s)
	}
	if s.Has(printer.AnotherPrinter) {
		if st.named(name) {
			dev.Todo = "Nothing is sent. Put the right printer back, or correct serial in the configuration."
		} else {
			dev.Other = id
		}
	}
	st.news.put(dev)
}

// named reports whether the configuration names the one machine that the printer
// may be.
func (st *station) named(name string) bool {
	return slices.ContainsFunc(st.cfg.Printers, func(p configs.Printer) bool { return p.Name == name && p.Serial != "" })
}

// stopsWork reports whether labels do not come before a person does something. A
// label that waits to be taken, and a full buffer, are a printer at work.
func stopsWork(c printer.Condition) bool { return c != printer.LabelWaiting && c != printer.BufferFull }

// conditionNames returns what a printer reports, for programs.
func conditionNames(s printer.Status) []string {
	names := make([]string, 0, len(s.Conditions)+len(s.Warnings))
	for _, list := range [][]printer.Condition{s.Conditions, s.Warnings} {
		for _, c := range list {
			names = append(names, string(c))
		}
	}
	return names
}

// detail returns what a printer reports besides its foremost condition, and its
// raw words.
func detail(s printer.Status) string {
	parts := make([]string, 0, 2)
	if others := s.Others(); len(others) > 0 {
		parts = append(parts, "also: "+strings.ToLower(strings.Join(others, ", ")))
	}
	if s.Detail != "" {
		parts = append(parts, s.Detail)
	}
	return strings.Join(parts, "; ")
}

func (st *station) scannerState(name string, s watch.State) {
	dev := desk.Device{Kind: "scanner", Name: name, State: "ready", Role: scanner.Role(s.Role), Machine: printer.Identity{Model: strings.TrimSpace(s.Device.Maker + " " + s.Device.Model), Serial: s.Device.Serial}}
	switch {
	case s.Ready && s.Device.Key() != "":
		dev.Detail = s.Device.Words()
	case s.Ready:
	case s.Other.Key() != "":
		dev.State, dev.Words, dev.OtherScanner = "blocked", "Another scanner", s.Other
		dev.Todo, dev.Detail = "Its scans do not count. Put the right one back, or say that this one is used from now on.", s.Why
	default:
		dev.State, dev.Words = "away", "Scanner away"
		dev.Todo, dev.Detail = "Plug it in again; it works on by itself.", s.Why
	}
	st.news.put(dev)
}

// names returns a registry's drivers for a message.
func names[D any](registry map[string]D) string {
	list := make([]string, 0, len(registry))
	for name := range registry {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
