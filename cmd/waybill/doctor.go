package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/configs"
	"waybill/internal/fault"
	"waybill/scanner"
)

// doctorCmd is `waybill doctor`.
type doctorCmd struct {
	Config string `placeholder:"FILE" help:"The station's configuration. Default: the built-in one."`
	JSON   bool   `name:"json" help:"Print one JSON line per finding."`
}

// Help is shown under waybill doctor --help.
func (*doctorCmd) Help() string {
	return "Exit 1 when something keeps the station from working.\n\nExample:\n  waybill doctor --config station.yaml"
}

// A finding is one thing the doctor looked at.
type finding struct {
	What   string `json:"what"`
	State  string `json:"state"` // ok, warning, fault
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
}

// Run looks at everything a station needs.
func (c *doctorCmd) Run(con *console) error {
	cfg := configs.DefaultStation()
	if c.Config != "" {
		var err error
		if cfg, err = configs.LoadStation(c.Config); err != nil {
			return usage(err)
		}
	}
	findings := []finding{{What: "configuration", State: "ok", Detail: "reads without a mistake"}}
	cfg, bundle := checkHubRules(cfg, time.Now())
	findings = append(findings, bundle...)
	findings = append(findings, checkFiles(cfg)...)
	findings = append(findings, checkDisk(cfg.Data))
	findings = append(findings, checkSpace(cfg)...)
	findings = append(findings, checkJournal(con.ctx, filepath.Join(cfg.Data, "journal.db"))...)
	findings = append(findings, checkFolder(cfg.Intake.Dir), checkFonts(cfg))
	findings = append(findings, checkPrinters(con, cfg)...)
	findings = append(findings, checkScanners(con, cfg)...)
	findings = append(findings, checkScales(con, cfg)...)
	findings = append(findings, checkAttached(con, cfg)...)
	findings = append(findings, checkNumbers(con.ctx, cfg)...)
	findings = append(findings, checkHubs(con.ctx, cfg)...)
	findings = append(findings, checkParked(con.ctx, cfg)...)
	faults := false
	for _, f := range findings {
		faults = faults || f.State == "fault"
		if c.JSON {
			if err := json.NewEncoder(con.out).Encode(f); err != nil {
				return fmt.Errorf("output: %w", err)
			}
			continue
		}
		fmt.Fprintf(con.out, "%-8s %-22s %s\n", f.State, f.What, f.Detail)
		if f.Remedy != "" {
			fmt.Fprintf(con.out, "%-8s %-22s → %s\n", "", "", f.Remedy)
		}
	}
	if faults {
		return errReported
	}
	return nil
}

// checkDisk measures what a durable write costs. It makes no directory that is
// not there yet: the station does.
func checkDisk(dir string) finding {
	f := finding{What: "disk"}
	file, err := os.CreateTemp(standing(dir), ".doctor-*")
	if err != nil {
		return finding{"disk", "fault", err.Error(), "Make the data directory writable for the station's user."}
	}
	defer os.Remove(file.Name())
	defer file.Close()
	var times []time.Duration
	for range 20 {
		began := time.Now()
		_, err := file.Write(make([]byte, 4096))
		if err == nil {
			err = file.Sync()
		}
		if err != nil {
			return finding{"disk", "fault", err.Error(), "Free some space, or move data to a sound disk."}
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	median := times[len(times)/2]
	f.State, f.Detail = "ok", fmt.Sprintf("%s, a durable write takes %s", dir, median.Round(10*time.Microsecond))
	if median < 50*time.Microsecond {
		f.State, f.Remedy = "warning", "That is faster than a disk: its cache may lose the last seconds when the power fails. Switch the write cache off, or use a disk with power-loss protection."
	}
	return f
}

func checkFolder(dir string) finding {
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		return finding{"hot folder", "ok", dir + " will be made at the start", ""}
	case err != nil:
		return finding{"hot folder", "fault", err.Error(), "Make the folder readable and writable for the station's user."}
	case !info.IsDir():
		return finding{"hot folder", "fault", dir + " is no folder", "Name a folder as intake.dir."}
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return finding{"hot folder", "fault", err.Error(), "Make the folder writable: files are moved out of it."}
	}
	probe.Close()
	// A file that begins with a dot is never taken as an order.
	_ = os.Remove(probe.Name())
	return finding{"hot folder", "ok", dir, ""}
}

// scripts are the scripts that buyers' names come in, each with a character
// that only a font for it has.
var scripts = []struct {
	name string
	r    rune
	pkg  string
}{
	{"Arabic", 'م', "fonts-dejavu-core"},
	{"Hebrew", 'ש', "fonts-dejavu-core"},
	{"Chinese, Japanese", '東', "fonts-noto-cjk"},
	{"Korean", '한', "fonts-noto-cjk"},
	{"Thai", 'ไ', "fonts-noto-core"},
	{"Devanagari", 'न', "fonts-noto-core"},
}

func checkFonts(cfg configs.Station) finding {
	set := systemFonts(cfg)
	var missing, install []string
	for _, s := range scripts {
		if _, err := set.Face(s.r, false); err != nil {
			missing = append(missing, s.name)
			if !slices.Contains(install, s.pkg) {
				install = append(install, s.pkg)
			}
		}
	}
	if len(missing) == 0 {
		return finding{"fonts", "ok", "every common script can be printed", ""}
	}
	return finding{
		"fonts", "warning", "no font for " + strings.Join(missing, "; ") + ": orders with such names are refused",
		"On Debian: apt-get install " + strings.Join(install, " ") + "; elsewhere name font files under fonts.",
	}
}

func checkPrinters(con *console, cfg configs.Station) []finding {
	list, err := printers(cfg)
	if err != nil {
		return []finding{{"printers", "fault", err.Error(), "Correct the printer in the configuration."}}
	}
	findings := make([]finding, 0, len(list))
	for _, p := range list {
		a := interview(con, p)
		f := finding{"printer " + p.Name, "ok", strings.TrimSpace(a.State + " " + a.Identity.Model), ""}
		if !a.Ready {
			f.State, f.Remedy = "fault", a.Todo
			if a.Why != "" {
				f.Detail += ": " + a.Why
			}
		} else if len(a.Also) > 0 {
			f.State, f.Detail, f.Remedy = "warning", f.Detail+": "+strings.ToLower(strings.Join(a.Also, ", ")), a.Todo
		}
		findings = append(findings, f)
	}
	return findings
}

func checkScanners(con *console, cfg configs.Station) []finding {
	findings := make([]finding, 0, len(cfg.Scanners))
	for _, s := range cfg.Scanners {
		what := "scanner " + s.Name
		d, o, err := scannerOptions(s)
		if err != nil {
			findings = append(findings, finding{what, "fault", err.Error(), "Correct the scanner in the configuration."})
			continue
		}
		o.Log = con.log
		findings = append(findings, openScanner(con.ctx, what, d, o))
	}
	return findings
}

func openScanner(ctx context.Context, what string, d scanner.Driver, o scanner.Options) finding {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	opened, err := d.Open(ctx, o)
	if err != nil {
		remedy := "Plug it in; `waybill scanners` lists the ports there are. A station that runs holds the port: stop it first."
		var told *fault.Error
		if errors.As(err, &told) && told.Hint != "" { // the driver knows better
			err, remedy = fmt.Errorf("%s: %w", o.Address, told.Err), told.Hint+" A station that runs holds the scanner: stop it first."
		}
		return finding{what, "fault", err.Error(), remedy}
	}
	if err := opened.Close(); err != nil {
		return finding{what, "warning", err.Error(), ""}
	}
	return finding{what, "ok", o.Address + " opens", ""}
}
