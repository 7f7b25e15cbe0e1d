package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/internal/link"
	"waybill/printer/discovery"
	printerdriver "waybill/printer/driver"
	"waybill/printer/spool"
	scannerdriver "waybill/scanner/driver"
)

// discoverFlags are the flags of waybill printers --discover.
type discoverFlags struct {
	Discover bool          `help:"List what could be configured: on USB, serial ports, the network and in print queues. No printer is asked anything."`
	Wait     time.Duration `help:"How long --discover listens for answers from the network; 0s: the network is not asked." default:"1500ms" placeholder:"TIME"`
}

// A foundPrinter is what was found, held against a configuration.
type foundPrinter struct {
	discovery.Found
	ConfiguredAs string `json:"configured_as,omitempty"` // a printer's or a scanner's name
	Paste        string `json:"paste,omitempty"`         // for station.yaml, under printers
}

// discoverPrinters writes what could be configured.
func (c *printersListCmd) discoverPrinters(con *console) error {
	var cfg configs.Station // without a file, nothing is configured
	if c.Config != "" {
		var err error
		if cfg, err = configs.LoadStation(c.Config); err != nil {
			return usage(err)
		}
	}
	wait := c.Wait
	if wait <= 0 {
		wait = -1
	}
	list, problems := findPrinters(con, cfg, wait)
	for _, p := range problems {
		fmt.Fprintf(con.err, "waybill: %v\n", p)
	}
	if c.JSON {
		return json.NewEncoder(con.out).Encode(list)
	}
	return writeFound(con, list)
}

// findPrinters looks for printers. wait is as discovery has it.
func findPrinters(con *console, cfg configs.Station, wait time.Duration) ([]foundPrinter, []error) {
	found, problems := discovery.Find(con.ctx, discovery.Options{Wait: wait, SerialPorts: portsForPrinters, Queues: queuesForPrinters})
	taken := map[string]bool{}
	for _, p := range cfg.Printers {
		taken[p.Name] = true
	}
	list := make([]foundPrinter, 0, len(found))
	for _, f := range found {
		p := foundPrinter{Found: f, ConfiguredAs: configuredAs(f, cfg)}
		if p.ConfiguredAs == "" && f.Link != "" {
			p.Paste = paste(f, taken)
		}
		list = append(list, p)
	}
	return list, problems
}

// portsForPrinters introduces the scanners' list of ports to the printers.
func portsForPrinters() ([]discovery.SerialPort, error) {
	ports, err := scannerdriver.Ports()
	list := make([]discovery.SerialPort, 0, len(ports))
	for _, p := range ports {
		list = append(list, discovery.SerialPort{Path: p.Path, ByID: p.ByID, Vendor: p.VendorID, Serial: p.Serial, Maker: p.Manufacturer, Model: p.Model})
	}
	return list, err
}

// queuesForPrinters hands on the system's print queues.
func queuesForPrinters() ([]discovery.PrintQueue, error) {
	queues, err := printerdriver.Queues()
	list := make([]discovery.PrintQueue, 0, len(queues))
	for _, q := range queues {
		list = append(list, discovery.PrintQueue(q))
	}
	return list, err
}

// attachedPrinters returns the label printers on USB. One of a language that is
// not known is left out: it would print the questions.
func attachedPrinters(con *console) ([]spool.Config, error) {
	found, problems := discovery.Find(con.ctx, discovery.Options{Wait: -1})
	var attached configs.Station
	for _, f := range found {
		if f.Link != "" && f.Driver != "" {
			attached.Printers = append(attached.Printers, configs.Printer{Name: cmp.Or(f.Model, f.Link), Driver: f.Driver, Link: f.Link})
		}
	}
	for _, p := range problems {
		fmt.Fprintf(con.err, "waybill: %v\n", p)
	}
	return printers(attached)
}

// configuredAs returns the name of the printer or scanner that has what was
// found, as far as their addresses tell.
func configuredAs(f discovery.Found, cfg configs.Station) string {
	for _, p := range cfg.Printers {
		if sameLink(f, p.Link) {
			return p.Name
		}
	}
	for _, s := range cfg.Scanners {
		if f.Via == discovery.Serial && (s.Address == f.Path || "serial://"+s.Address == f.Link) {
			return s.Name
		}
	}
	return ""
}

// sameLink reports whether a configured link leads to what was found.
func sameLink(f discovery.Found, configured string) bool {
	if configured == "" {
		return false
	}
	bare, _, _ := strings.Cut(configured, "?")
	switch {
	case configured == f.Link, f.Path != "" && (bare == "file://"+f.Path || bare == "serial://"+f.Path), f.Via == discovery.Serial && bare == f.Link:
		return true
	case f.Via == discovery.USB:
		is, err := link.ParseUSB(f.Link)
		want, werr := link.ParseUSB(configured)
		return err == nil && werr == nil && is.Vendor == want.Vendor && is.Product == want.Product && (want.Serial == "" || want.Serial == is.Serial)
	case f.Via == discovery.Network:
		is, err := url.Parse(f.Link)
		want, werr := url.Parse(configured)
		return err == nil && werr == nil && is.Scheme == want.Scheme && is.Hostname() == want.Hostname() &&
			is.Port() == cmp.Or(want.Port(), map[string]string{"tcp": link.DefaultPort, "ipp": "631", "ipps": "631"}[want.Scheme]) && strings.Trim(is.Path, "/") == strings.Trim(want.Path, "/")
	}
	return false
}

var (
	notInNames = regexp.MustCompile(`[^a-z0-9]+`)
	plainYAML  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:/._?=&%\[\]+-]*$`)
	dpiInModel = regexp.MustCompile(`(?i)\b(203|300|600) ?dpi\b`)
)

// paste returns what to write into station.yaml to use what was found. What
// nobody can know before the printer is asked is said to be a guess.
func paste(f discovery.Found, taken map[string]bool) string {
	stem := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(cmp.Or(f.Model, f.Name, "printer")), "-"), "-")
	stem = strings.Trim(cmp.Or(stem, "printer")[:min(len(cmp.Or(stem, "printer")), 24)], "-")
	name := stem
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", stem, n)
	}
	taken[name] = true
	address := f.Link
	if f.Via == discovery.Serial {
		address += "?baud=9600&flow=xonxoff"
	}
	if !plainYAML.MatchString(address) {
		address = strconv.Quote(address)
	}
	driver, language := cmp.Or(f.Driver, "zpl"), ""
	if f.Driver == "" {
		driver += "   # a guess: zpl, epl or tspl"
	}
	if f.Driver == "ipp" || f.Driver == "ipp-queue" || f.Driver == "spooler" {
		language = fmt.Sprintf("    language: %s   # what its labels are written in\n", foundLanguage(f))
	}
	dpi := "203   # a guess; its label tells"
	if m := dpiInModel.FindStringSubmatch(f.Model); m != nil {
		dpi = m[1]
	}
	return fmt.Sprintf("  - name: %s\n    driver: %s\n    link: %s\n    roles: [shipping]\n    dpi: %s\n%s", name, driver, address, dpi, language)
}

// foundLanguage returns the language for a printer behind a queue.
func foundLanguage(f discovery.Found) string {
	switch {
	case slices.Contains(labelling.Languages(), f.Language):
		return f.Language
	case f.Driver == "spooler":
		return labelling.ZPL
	}
	return labelling.PDF
}

// writeFound writes the list for people, and below it what to paste.
func writeFound(con *console, list []foundPrinter) error {
	if len(list) == 0 {
		fmt.Fprintln(con.out, "No printer was found, and no port that could have one. A printer on the network that does not announce itself is given by its address: waybill printers --link tcp://HOST.")
		return nil
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FOUND ON\tLANGUAGE\tMODEL\tSERIAL\tLINK\tCONFIGURED AS")
	for _, f := range list {
		language := cmp.Or(f.Language, "?")
		if f.Maybe {
			language = "? (a port; perhaps no printer)"
		}
		model := strings.TrimSpace(f.Model + " " + parenthesis(f.Name))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Via, language, cmp.Or(model, "?"), cmp.Or(f.Serial, "-"), cmp.Or(f.Link, "-"), cmp.Or(f.ConfiguredAs, "-"))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	for _, f := range list {
		if f.Problem != "" {
			fmt.Fprintf(con.out, "\n%s: %s\n  → %s\n", cmp.Or(f.Link, f.Model, f.Path), f.Problem, cmp.Or(f.Remedy, "Plug it in again."))
		}
	}
	first := true
	for _, f := range list {
		if f.Paste == "" || f.Maybe {
			continue
		}
		if first {
			fmt.Fprint(con.out, "\nTo use one, write it into station.yaml, under printers:\n")
			first = false
		}
		fmt.Fprintf(con.out, "\n%s", f.Paste)
	}
	return nil
}

// parenthesis puts a text into parentheses, if there is one.
func parenthesis(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

// checkAttached says what is attached and not configured, and what of it this
// user may not use. The network is not asked: the doctor disturbs nobody.
func checkAttached(con *console, cfg configs.Station) []finding {
	list, problems := findPrinters(con, cfg, -1)
	var findings []finding
	for _, p := range problems {
		findings = append(findings, finding{"attached printers", "warning", p.Error(), ""})
	}
	for _, f := range list {
		what := cmp.Or(f.Model, f.Name, f.Link, f.Path)
		switch {
		case f.Problem != "" && (f.ConfiguredAs != "" || !f.Maybe):
			findings = append(findings, finding{"attached " + string(f.Via), "warning", what + ": " + f.Problem, f.Remedy})
		case f.ConfiguredAs == "" && !f.Maybe:
			findings = append(findings, finding{"attached " + string(f.Via), "ok", what + " is not configured", "waybill printers --discover shows what to write into the configuration."})
		}
	}
	return findings
}
