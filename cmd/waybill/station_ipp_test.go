package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"waybill/configs"
	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/labels/fonts"
	"waybill/labels/pdfview"
	"waybill/labels/verify"
	"waybill/printer"
	printerdriver "waybill/printer/driver"
	"waybill/scanner"
	"waybill/sync/journal"
)

// takeAll reads a connection to its end.
func takeAll(c *net.TCPConn) string {
	defer c.Close()
	data, _ := io.ReadAll(c)
	return string(data)
}

// stationOver runs a station whose one printer is at an IPP link, drops an order
// into its folder, and returns the print job once its label is in a state.
func stationOver(t *testing.T, address string, want printer.LabelState) (*station, printer.Job) {
	t.Helper()
	dir := t.TempDir()
	cfg := configs.DefaultStation()
	cfg.Data, cfg.Intake.Dir, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "orders"), "127.0.0.1:0"
	cfg.Printers[0].Driver, cfg.Printers[0].Link = "ipp", address
	cfg.Scanners, cfg.Hub.URL = nil, "http://127.0.0.1:1"
	if err := usable(cfg); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(cfg.Intake.Dir, "a.json"), 0o600, `{"order_id":"A","ship_to":{"name":"Zoe","line1":"1600 Amphitheatre Pkwy",
"city":"Mountain View","region":"CA","postal_code":"94043","country":"US"},"items":[{"sku":"S","quantity":1,"weight_g":500}],
"carrier":"ups","service":"ups_ground","tracking_number":"1Z999AA10123456784"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	st, err := newStation(ctx, cfg, fonts.New(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- st.run(running, func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		st.close()
	})
	job, err := await(ctx, "a label that is "+string(want), func() (printer.Job, bool, error) {
		jobs, err := st.desk.Jobs(ctx, 10)
		if err != nil || len(jobs) != 1 {
			return printer.Job{}, false, err
		}
		return jobs[0], jobs[0].Labels[0].State == want, nil
	})
	if err != nil {
		t.Fatalf("%v: %+v; devices %+v", err, job.Labels, st.desk.Devices())
	}
	err = st.journal.View(ctx, func(tx *journal.ReadTx) error { // where a label's bytes are kept, apart from its job
		_, err := tx.Get("job_content", string(job.ID), &job.Content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return st, job
}

// reads checks that a document is the job's, and that its barcode scans.
func reads(t *testing.T, document string, job printer.Job) {
	t.Helper()
	if document != string(job.Content) {
		t.Errorf("printed were %d bytes %.20q, sent %d", len(document), document, len(job.Content))
		return
	}
	pages, err := pdfview.Render([]byte(document))
	if err != nil || len(pages) != 1 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	found, err := verify.Decode(pages[0].Dots)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Reads("1Z999AA10123456784") {
			return
		}
	}
	t.Errorf("on the label are %v, not the tracking number", found)
}

// TestStationPrintsOnEverywhere: an order's label goes as PDF to a printer of IPP
// Everywhere, whose own count proves it.
func TestStationPrintsOnEverywhere(t *testing.T) {
	if !printServers(t, "ippeveprinter", "avahi-daemon", "dbus-daemon") {
		return
	}
	p := startEverywhere(t, "application/pdf")
	_, job := stationOver(t, everywhereLink, printer.Confirmed)
	if l := job.Labels[0]; l.Evidence != printer.E3 || l.Ticket == "" || l.Device == "" {
		t.Errorf("label %+v, want it proved by the printer's count, under a ticket, by a machine", l)
	}
	printed := p.printed(t)
	if len(printed) != 1 {
		t.Fatalf("%d labels printed, want 1", len(printed))
	}
	reads(t, printed[0], job)
}

// TestStationPrintsOnCUPS: an order's label goes as PDF through a queue of CUPS.
// That CUPS calls it completed proves nothing; a scan does.
func TestStationPrintsOnCUPS(t *testing.T) {
	if !printServers(t, "cupsd", "lpadmin") {
		return
	}
	behind := startSink(t, "127.0.0.1:9100", takeAll)
	startCUPS(t, map[string]string{"desk": "socket://127.0.0.1:9100"})
	st, job := stationOver(t, cupsLink("desk"), printer.Unconfirmed)
	if l := job.Labels[0]; l.Evidence != printer.E0 || !strings.Contains(l.Reason, "a queue cannot see") {
		t.Errorf("label %+v, want no more than that the bytes left", l)
	}
	reads(t, behind.next(t), job)
	if _, err := st.desk.Scan(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Bench, Raw: []byte("1Z999AA10123456784"), At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	job, err := st.desk.Job(t.Context(), job.ID)
	if err != nil {
		t.Fatal(err)
	}
	if l := job.Labels[0]; l.State != printer.Confirmed || l.Evidence != printer.E4 {
		t.Errorf("after a scan the label is %+v", l)
	}
}

// talkIPP opens a conversation without a station.
func talkIPP(t *testing.T, address string, access printer.Access) printer.Printer {
	t.Helper()
	dial, err := link.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p, err := printerdriver.All()["ipp"].Open(t.Context(), printer.Options{
		Name: "p", Dial: dial, Link: address, Access: access, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// send sends a label under a ticket.
func send(t *testing.T, p printer.Printer, content string) (ticket string) {
	t.Helper()
	if id, err := p.Identity(t.Context()); err != nil || !id.LanguageOK || id.Serial == "" {
		t.Fatalf("identity %+v, %v", id, err)
	}
	ticket, err := p.(printer.Tracker).Ticket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Print(t.Context(), []byte(content)); err != nil {
		t.Fatal(err)
	}
	return ticket
}

// untilTold waits until the printer's account of a label and its status are so.
func untilTold(t *testing.T, p printer.Printer, ticket string, account func(printer.Account) bool, status func(printer.Status) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	var a printer.Account
	var st printer.Status
	_, err := await(ctx, "word of the label", func() (ok, done bool, err error) {
		if a, err = p.(printer.Tracker).Account(ctx, ticket); err != nil {
			return false, false, err
		}
		if st, err = p.Status(ctx); err != nil {
			return false, false, err
		}
		return true, account(a) && (status == nil || status(st)), nil
	})
	if err != nil {
		t.Errorf("%v; the last was %+v, status %+v", err, a, st)
	}
}

func coming(a printer.Account) bool { return a.Verdict == printer.StillComes }

func doubted(reason string) func(printer.Account) bool {
	return func(a printer.Account) bool {
		return a.Verdict == printer.CannotTell && strings.Contains(a.Reason, reason)
	}
}

func proved(e printer.Evidence) func(printer.Account) bool {
	return func(a printer.Account) bool { return a.Verdict == printer.Printed && a.Evidence == e }
}

func reports(c printer.Condition) func(printer.Status) bool {
	return func(s printer.Status) bool { return s.Has(c) }
}

const somePDF = "%PDF-1.4\n% a label\n"

// TestFaultsOfCUPS holds the driver against what a real queue says and does.
func TestFaultsOfCUPS(t *testing.T) {
	if !printServers(t, "cupsd", "lpadmin", "cupsdisable") {
		return
	}
	good := startSink(t, "127.0.0.1:9100", takeAll)
	cut := func(c *net.TCPConn) string { // what was taken is forgotten
		defer c.Close()
		data, _ := io.ReadAll(c)
		_ = c.SetLinger(0)
		return string(data)
	}
	forgets := startSink(t, "127.0.0.1:9101", cut)
	startSink(t, "127.0.0.1:9102", func(c *net.TCPConn) string { // nothing is taken
		_ = c.SetLinger(0)
		c.Close()
		return ""
	})
	startCUPS(t, map[string]string{
		"desk": "socket://127.0.0.1:9100", "off": "socket://127.0.0.1:9", "forgets": "socket://127.0.0.1:9101",
		"breaks": "socket://127.0.0.1:9102", "held": "socket://127.0.0.1:9100", "locked": "socket://127.0.0.1:9100",
	})
	t.Run("a printer that was reset after the bytes", func(t *testing.T) {
		p := talkIPP(t, cupsLink("forgets"), printer.Access{})
		ticket := send(t, p, somePDF)
		if got := forgets.next(t); got != somePDF {
			t.Errorf("it took %q", got)
		}
		untilTold(t, p, ticket, doubted("a queue cannot see"), printer.Status.Idle)
	})
	t.Run("a printer that is off", func(t *testing.T) {
		p := talkIPP(t, cupsLink("off"), printer.Access{})
		ticket := send(t, p, somePDF)
		untilTold(t, p, ticket, coming, reports(printer.Offline))
		if err := p.(printer.Tracker).Withdraw(t.Context(), ticket); err != nil {
			t.Error(err)
		}
		untilTold(t, p, ticket, doubted("cancelled at the printer while it was printed"), nil)
	})
	t.Run("a queue that is paused", func(t *testing.T) {
		command(t, "cupsdisable", "desk")
		p := talkIPP(t, cupsLink("desk"), printer.Access{})
		ticket := send(t, p, somePDF)
		untilTold(t, p, ticket, coming, reports(printer.Paused))
		other := talkIPP(t, cupsLink("desk"), printer.Access{})
		taken := send(t, other, somePDF+"taken back")
		if err := other.(printer.Tracker).Withdraw(t.Context(), taken); err != nil {
			t.Error(err)
		}
		untilTold(t, other, taken, func(a printer.Account) bool { return a.Verdict == printer.NotPrinted }, nil)
		untilTold(t, p, taken, doubted("Somebody cancelled"), nil)
		command(t, "cupsenable", "desk")
		untilTold(t, p, ticket, doubted("a queue cannot see"), printer.Status.Idle)
		if got := good.next(t); got != somePDF {
			t.Errorf("after the pause came %q", got)
		}
	})
	t.Run("a queue that takes nothing", func(t *testing.T) {
		command(t, "cupsreject", "desk")
		defer command(t, "cupsaccept", "desk")
		p := talkIPP(t, cupsLink("desk"), printer.Access{})
		if st, err := p.Status(t.Context()); err != nil || !st.Has(printer.Paused) {
			t.Errorf("status %+v, %v", st, err)
		}
		if _, err := p.(printer.Tracker).Ticket(t.Context()); !fault.Is(err, fault.Transient) {
			t.Errorf("ticket: %v, want a transient error", err)
		}
	})
	t.Run("a job that is held", func(t *testing.T) {
		command(t, "lpadmin", "-p", "held", "-o", "job-hold-until-default=indefinite")
		p := talkIPP(t, cupsLink("held"), printer.Access{})
		ticket := send(t, p, somePDF)
		untilTold(t, p, ticket, coming, func(s printer.Status) bool {
			return s.Has(printer.Paused) && strings.Contains(s.Detail, "the job is held")
		})
	})
	t.Run("a job that is aborted", func(t *testing.T) {
		p := talkIPP(t, cupsLink("breaks"), printer.Access{})
		ticket := send(t, p, somePDF+strings.Repeat("x", 8<<20))
		untilTold(t, p, ticket, func(a printer.Account) bool { return a.Verdict == printer.CannotTell && a.Reason != "" }, nil)
	})
	t.Run("a queue that wants a password", func(t *testing.T) {
		p := talkIPP(t, cupsLink("locked"), printer.Access{})
		if st, err := p.Status(t.Context()); err != nil || !st.Has(printer.UnknownFault) || !strings.Contains(st.Detail, "password") {
			t.Errorf("status %+v, %v", st, err)
		}
	})
	t.Run("a queue that is not there", func(t *testing.T) {
		p := talkIPP(t, cupsLink("none"), printer.Access{})
		if st, err := p.Status(t.Context()); err != nil || !st.Has(printer.WrongPath) || st.Detail == "" {
			t.Errorf("status %+v, %v", st, err)
		}
	})
	t.Run("an encrypted connection", func(t *testing.T) {
		address := "ipps://" + cupsSecure + "/printers/desk"
		_, err := talkIPP(t, address, printer.Access{}).Status(t.Context())
		if err == nil {
			t.Fatal("a certificate that nobody vouches for was taken")
		}
		shown := regexp.MustCompile(`[0-9a-f]{64}`).FindString(err.Error())
		p := talkIPP(t, address, printer.Access{Fingerprint: shown})
		untilTold(t, p, send(t, p, somePDF), doubted("a queue cannot see"), printer.Status.Idle)
		if got := good.next(t); got != somePDF {
			t.Errorf("encrypted came %q", got)
		}
	})
}

// TestFaultsOfEverywhere holds the driver against a printer with its own head.
func TestFaultsOfEverywhere(t *testing.T) {
	if !printServers(t, "ippeveprinter", "avahi-daemon", "dbus-daemon") {
		return
	}
	e := startEverywhere(t, "application/pdf")
	p := talkIPP(t, everywhereLink, printer.Access{})
	t.Run("out of labels, then loaded", func(t *testing.T) {
		e.fault(t, "media-empty", true)
		ticket := send(t, p, somePDF)
		untilTold(t, p, ticket, coming, reports(printer.PaperOut))
		if n := len(e.printed(t)); n != 0 {
			t.Errorf("%d labels without paper", n)
		}
		e.fault(t, "media-empty", false)
		untilTold(t, p, ticket, proved(printer.E3), printer.Status.Idle)
		if got := e.printed(t); len(got) != 1 || got[0] != somePDF {
			t.Errorf("printed %q", got)
		}
	})
	t.Run("a job that is aborted", func(t *testing.T) {
		e.fault(t, "abort", true)
		defer e.fault(t, "abort", false)
		untilTold(t, p, send(t, p, somePDF), doubted("gave up"), nil)
	})
	t.Run("a printer that counts no pages", func(t *testing.T) {
		e.fault(t, "uncounted", true)
		defer e.fault(t, "uncounted", false)
		untilTold(t, p, send(t, p, somePDF), doubted("has counted no page"), nil)
	})
	t.Run("the command line", func(t *testing.T) {
		var out, errOut strings.Builder
		if code := run(t.Context(), []string{"printers", "test", "--link", everywhereLink}, strings.NewReader(""), &out, &errOut); code != 0 || !strings.Contains(out.String(), "evidence E3") {
			t.Errorf("test label: exit %d\n%s%s", code, out.String(), errOut.String())
		}
		out.Reset()
		if code := run(t.Context(), []string{"printers", "--link", everywhereLink}, strings.NewReader(""), &out, &errOut); code != 0 || !strings.Contains(out.String(), "Ready") {
			t.Errorf("printers: exit %d\n%s%s", code, out.String(), errOut.String())
		}
		t.Log(out.String())
	})
	t.Run("a document it does not take", func(t *testing.T) {
		ticket, err := p.(printer.Tracker).Ticket(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = p.Print(t.Context(), []byte("^XA^FDx^FS^XZ"))
		if !fault.Is(err, fault.Permanent) || !strings.Contains(err.Error(), "0x040") {
			t.Errorf("ZPL to a printer of PDF: %v, want a refusal for good", err)
		}
		t.Log(err)
		untilTold(t, p, ticket, func(a printer.Account) bool { return a.Verdict != printer.Printed && a.Verdict != printer.StillComes }, nil)
	})
	t.Run("switched off", func(t *testing.T) {
		e.stop()
		if st, err := p.Status(t.Context()); err == nil {
			t.Errorf("status of a printer that is off: %+v", st)
		}
		dial, err := link.Parse(everywhereLink)
		if err != nil {
			t.Fatal(err)
		}
		_, err = printerdriver.All()["ipp"].Open(t.Context(), printer.Options{Name: "p", Dial: dial, Link: everywhereLink})
		if !fault.Is(err, fault.Transient) {
			t.Errorf("Open: %v, want a transient error", err)
		}
	})
}
