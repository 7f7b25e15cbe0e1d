package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"waybill/configs"
	"waybill/internal/hid"
	"waybill/scanner"
	scannerdriver "waybill/scanner/driver"
	"waybill/scanner/watch"
)

// scannersCmd is `waybill scanners`.
type scannersCmd struct {
	List   scannersListCmd   `cmd:"" default:"withargs" help:"List configured scanners, the serial ports there are, and scanners and scales on USB."`
	Listen scannersListenCmd `cmd:"" help:"Print each scan of one scanner as a JSON line."`
}

// Help is shown under waybill scanners --help.
func (scannersCmd) Help() string {
	return "Example:\n  waybill scanners --config station.yaml\n  waybill scanners listen --port /dev/ttyACM0"
}

type scannersListCmd struct {
	Config string `help:"Station configuration; its scanners are tried." placeholder:"FILE"`
	JSON   bool   `help:"Write JSON."`
}

// Help is shown under waybill scanners list --help.
func (scannersListCmd) Help() string { return "Example:\n  waybill scanners --json" }

type scannersList struct {
	Scanners []scannerState       `json:"scanners"`
	Ports    []scannerdriver.Port `json:"ports"`
	HID      []attachedHID        `json:"hid"`
}

type scannerState struct {
	Name    string `json:"name"`
	Role    string `json:"role"`
	Driver  string `json:"driver"`
	Address string `json:"address"`
	Ready   bool   `json:"ready"`
	Device  string `json:"device,omitempty"` // who answers, where it says so
	Why     string `json:"why,omitempty"`
}

// Run lists. A scanner that cannot be opened is a line of the list, not a
// failure of the command.
func (c *scannersListCmd) Run(con *console) error {
	list := scannersList{Scanners: []scannerState{}, Ports: []scannerdriver.Port{}}
	if c.Config != "" {
		station, err := configs.LoadStation(c.Config)
		if err != nil {
			return usage(err)
		}
		for _, sc := range station.Scanners {
			s := scannerState{Name: sc.Name, Role: sc.Role, Driver: sc.Driver, Address: sc.Address, Ready: true}
			var err error
			if s.Device, err = tryScanner(con, sc); err != nil {
				s.Ready, s.Why = false, err.Error()
			}
			list.Scanners = append(list.Scanners, s)
		}
	}
	ports, err := scannerdriver.Ports()
	if err != nil {
		return err
	}
	list.Ports = append(list.Ports, ports...)
	present, err := hid.Devices()
	if err != nil {
		return err
	}
	list.HID = attachedHIDs(present, "/dev", hid.Access)
	if c.JSON {
		return json.NewEncoder(con.out).Encode(list)
	}
	return list.write(con)
}

func (l scannersList) write(con *console) error {
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	if len(l.Scanners) > 0 {
		fmt.Fprintln(w, "SCANNER\tROLE\tDRIVER\tADDRESS\tSTATE")
	}
	for _, s := range l.Scanners {
		state := "ready"
		switch {
		case !s.Ready:
			state = "away: " + s.Why
		case s.Device != "":
			state = "ready: " + s.Device
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Name, s.Role, s.Driver, s.Address, state)
	}
	if len(l.Ports) == 0 {
		fmt.Fprintln(w, "No serial ports. A scanner on USB shows up here once it is set to serial (COM, CDC) mode.")
	} else {
		fmt.Fprintln(w, "PORT\tADDRESS FOR THE CONFIGURATION\tDEVICE")
	}
	for _, p := range l.Ports {
		address := p.Device().Address()
		if p.Serial == "" && p.ByID != "" { // two of a kind without serial numbers have names of their own
			address = p.ByID
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Path, address, p.Device().Words())
	}
	writeHIDs(w, l.HID)
	return w.Flush()
}

// tryScanner opens a scanner, and returns the words for who answers.
func tryScanner(con *console, sc configs.Scanner) (device string, err error) {
	d, o, err := scannerOptions(sc)
	if err != nil {
		return "", err
	}
	o.Log = con.log
	ctx, cancel := context.WithTimeout(con.ctx, 3*time.Second)
	defer cancel()
	s, err := d.Open(ctx, o)
	if err != nil {
		return "", err
	}
	if id, ok := s.(scanner.Identified); ok && id.Device().Key() != "" {
		device = id.Device().Words()
	}
	return device, s.Close()
}

type scannersListenCmd struct {
	Port   string `help:"Serial port, host:port, or usb://VENDOR:PRODUCT/SERIAL." placeholder:"PORT"`
	Baud   int    `help:"Baud rate of a serial port." default:"9600"`
	Config string `help:"Station configuration to take the scanner from." placeholder:"FILE"`
	Name   string `help:"The scanner's name in the configuration."`
	Driver string `help:"Driver for --port." enum:"serial,tcp,evdev,hidpos" default:"serial"`
	Count  int    `help:"Stop after this many scans; 0: on Ctrl-C."`
}

// Help is shown under waybill scanners listen --help.
func (scannersListenCmd) Help() string {
	return "Example:\n  waybill scanners listen --port /dev/ttyACM0 --baud 115200\n  waybill scanners listen --driver evdev --port usb://05e0:1200/S16A1234\n  waybill scanners listen --config station.yaml --name dock"
}

// heardScan is one scan as it is printed.
type heardScan struct {
	Scanner string    `json:"scanner"`
	At      time.Time `json:"at"`
	Raw     string    `json:"raw,omitempty"`
	RawB64  string    `json:"raw_b64,omitempty"` // where the bytes are no text
	Damaged string    `json:"damaged,omitempty"`
	Repeats bool      `json:"repeats,omitempty"` // the same label again within the window of the duplicate rule
}

// Run prints scans until it is interrupted.
func (c *scannersListenCmd) Run(con *console) error {
	sc, err := c.choose()
	if err != nil {
		return usage(err)
	}
	d, o, err := scannerOptions(sc)
	if err != nil {
		return usage(err)
	}
	o.Log = con.log
	ctx, cancel := context.WithCancel(con.ctx)
	defer cancel()
	var out error
	repeats := scanner.Duplicates{Window: sc.Repeats}
	enc, n := json.NewEncoder(con.out), 0
	enc.SetEscapeHTML(false)
	w := watch.New(watch.Options{Driver: d, Scanner: o, Log: con.log, Repeats: -1, OnScan: func(_ context.Context, s scanner.Scan, reply watch.Reply) {
		h := heardScan{Scanner: s.Scanner, At: s.At.UTC().Truncate(time.Millisecond), Damaged: s.Bad, Repeats: repeats.Repeats(s)}
		if utf8.Valid(s.Raw) {
			h.Raw = string(s.Raw)
		} else {
			h.RawB64 = base64.StdEncoding.EncodeToString(s.Raw)
		}
		if out = enc.Encode(h); out != nil {
			cancel()
			return
		}
		if s.Bad == "" {
			reply(scanner.Good)
		} else {
			reply(scanner.Bad)
		}
		if n++; n == c.Count {
			cancel()
		}
	}})
	return errors.Join(w.Run(ctx), out)
}

func (c *scannersListenCmd) choose() (configs.Scanner, error) {
	switch {
	case c.Port != "" && c.Config != "":
		return configs.Scanner{}, errors.New("scanners listen: give --port or --config, not both")
	case c.Port != "":
		return configs.Scanner{Name: c.Port, Driver: c.Driver, Address: c.Port, Baud: c.Baud, Role: "bench"}, nil
	case c.Config == "":
		return configs.Scanner{}, errors.New("scanners listen: which scanner? (give --port PORT, or --config FILE --name NAME)")
	}
	station, err := configs.LoadStation(c.Config)
	if err != nil {
		return configs.Scanner{}, err
	}
	names := ""
	for _, sc := range station.Scanners {
		if sc.Name == c.Name || (c.Name == "" && len(station.Scanners) == 1) {
			return sc, nil
		}
		names += " " + sc.Name
	}
	return configs.Scanner{}, fmt.Errorf("scanners listen: no scanner %q in %s (have%s)", c.Name, c.Config, names)
}
