package driver_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/ipp"
	"waybill/printer/printertest"
)

// document is what goes to a printer of PDF.
const document = "%PDF-1.7 a label"

// openIPP opens the ipp driver to a server; the link has its address.
func openIPP(t *testing.T, server *httptest.Server, change func(o *printer.Options)) printer.Printer {
	t.Helper()
	o := printer.Options{Name: "p", Link: "ipp" + strings.TrimPrefix(server.URL, "http") + "/ipp/print", Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	dial, err := link.Parse(o.Link)
	if err != nil {
		t.Fatal(err)
	}
	o.Dial = dial
	p, err := driver.All()["ipp"].Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// serve serves a device.
func serve(t *testing.T, d *printertest.IPPDevice) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return server
}

// printOne sends a label by its ticket.
func printOne(t *testing.T, p printer.Printer, content string) (string, error) {
	t.Helper()
	ticket, err := p.(printer.Tracker).Ticket(t.Context())
	if err != nil {
		return "", err
	}
	return ticket, p.Print(t.Context(), []byte(content))
}

func TestIPPIdentity(t *testing.T) {
	for name, tt := range map[string]struct {
		device []ipp.Attribute
		want   printer.Identity
	}{
		"serial number": {nil, printer.Identity{Model: "Acme L4", Firmware: "1.2", Serial: "4711", LanguageOK: true}},
		"UUID for want of one": {
			[]ipp.Attribute{ipp.Strings("printer-device-id", ipp.Text, "MFG:Acme;MDL:L4;")},
			printer.Identity{Model: "Acme L4", Firmware: "1.2", Serial: "9b1dce73-b3fb-398a-44f9-d47abe1fd81a", LanguageOK: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := openIPP(t, serve(t, &printertest.IPPDevice{Printer: tt.device}), nil).Identity(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIPPStatus(t *testing.T) {
	reasons := func(all ...string) ipp.Attribute { return ipp.Strings("printer-state-reasons", ipp.Keyword, all...) }
	state := func(n int32) ipp.Attribute { return ipp.Int("printer-state", ipp.Enum, n) }
	message := func(s string) ipp.Attribute { return ipp.Strings("printer-state-message", ipp.Text, s) }
	queue := ipp.Int("printer-type", ipp.Enum, 4)
	type conditions = []printer.Condition
	for name, tt := range map[string]struct {
		device  []ipp.Attribute
		want    conditions
		waiting int
		detail  string
	}{
		"idle":                          {nil, nil, 0, ""},
		"printing":                      {[]ipp.Attribute{state(4), message("Printing.")}, nil, 1, ""},
		"a queue at work is not busy":   {[]ipp.Attribute{queue, state(4), message("Sending data to printer.")}, nil, 0, ""},
		"empty, as an error":            {[]ipp.Attribute{state(5), reasons("media-empty-error")}, conditions{printer.PaperOut}, 0, "media-empty-error"},
		"empty, called a warning":       {[]ipp.Attribute{reasons("media-empty-warning")}, conditions{printer.PaperOut}, 0, "media-empty-warning"},
		"low is no fault":               {[]ipp.Attribute{reasons("media-low-warning", "toner-low-report")}, nil, 0, ""},
		"two at once":                   {[]ipp.Attribute{state(5), reasons("cover-open-error", "marker-ribbon-empty")}, conditions{printer.HeadOpen, printer.RibbonOut}, 0, "cover-open-error; marker-ribbon-empty"},
		"unknown error":                 {[]ipp.Attribute{reasons("flux-low-error")}, conditions{printer.UnknownFault}, 0, "flux-low-error"},
		"unknown warning is shown":      {[]ipp.Attribute{reasons("flux-low-warning")}, nil, 0, "flux-low-warning"},
		"stopped without a reason":      {[]ipp.Attribute{state(5), message("Door 3.")}, conditions{printer.UnknownFault}, 0, "it is stopped; Door 3."},
		"paused queue":                  {[]ipp.Attribute{queue, state(5), reasons("paused"), message("Paused")}, conditions{printer.Paused}, 0, "paused; Paused"},
		"queue that takes nothing":      {[]ipp.Attribute{queue, ipp.Bool("printer-is-accepting-jobs", false)}, conditions{printer.Paused}, 0, "it accepts no jobs"},
		"queue whose printer is away":   {[]ipp.Attribute{queue, state(4), message("The printer may not exist or is unavailable at this time.")}, conditions{printer.Offline}, 0, "The printer may not exist or is unavailable at this time."},
		"queue that connects":           {[]ipp.Attribute{queue, state(4), reasons("connecting-to-device")}, conditions{printer.Offline}, 0, "connecting-to-device"},
		"no state is no readiness":      {[]ipp.Attribute{{Name: "printer-state"}}, conditions{printer.UnknownFault}, 0, "it does not tell its state"},
		"cutter":                        {[]ipp.Attribute{reasons("cutter-jam-error")}, conditions{printer.CutterFault}, 0, "cutter-jam-error"},
		"the queue's disk is full":      {[]ipp.Attribute{queue, reasons("spool-area-full-report")}, conditions{printer.BufferFull}, 0, "spool-area-full-report"},
		"a message of the idle is none": {[]ipp.Attribute{message("Idle.")}, nil, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := openIPP(t, serve(t, &printertest.IPPDevice{Printer: tt.device}), nil)
			if _, err := p.Identity(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := p.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(printer.Status{Conditions: tt.want, Waiting: tt.waiting, Detail: tt.detail}, got); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIPPAccounts(t *testing.T) {
	state := func(n ipp.JobState) ipp.Attribute { return ipp.Int("job-state", ipp.Enum, int32(n)) }
	because := func(all ...string) ipp.Attribute { return ipp.Strings("job-state-reasons", ipp.Keyword, all...) }
	notBegun := ipp.Attribute{Name: "time-at-processing", Values: []ipp.Value{{Tag: ipp.NoValue}}}
	const handedOn = "The print queue has handed the label on; whether it came out, a queue cannot see."
	server := ipp.Strings("ipp-features-supported", ipp.Keyword, "ipp-everywhere", "ipp-everywhere-server")
	for name, tt := range map[string]struct {
		printer []ipp.Attribute
		job     []ipp.Attribute
		want    printer.Account
		held    string // the status then tells
	}{
		"counted by the printer":     {nil, nil, printer.Account{Verdict: printer.Printed, Evidence: printer.E3}, ""},
		"sheets counted":             {nil, []ipp.Attribute{{Name: "job-impressions-completed"}, ipp.Int("job-media-sheets-completed", ipp.Integer, 1)}, printer.Account{Verdict: printer.Printed, Evidence: printer.E3}, ""},
		"completed, nothing counted": {nil, []ipp.Attribute{{Name: "job-impressions-completed"}}, printer.Account{Verdict: printer.Printed, Evidence: printer.E2}, ""},
		"completed, none counted":    {nil, []ipp.Attribute{ipp.Int("job-impressions-completed", ipp.Integer, 0)}, printer.Account{Reason: "The printer says that the label's job is completed, and has counted no page of it."}, ""},
		"completed with errors":      {nil, []ipp.Attribute{because("job-completed-with-errors")}, printer.Account{Reason: "The printer completed the label's job with errors (job-completed-with-errors)."}, ""},
		"handed to another device":   {nil, []ipp.Attribute{because("queued-in-device")}, printer.Account{Reason: handedOn}, ""},
		"a queue of CUPS":            {[]ipp.Attribute{ipp.Int("printer-type", ipp.Enum, 4)}, nil, printer.Account{Reason: handedOn}, ""},
		"a print server":             {[]ipp.Attribute{server}, nil, printer.Account{Reason: handedOn}, ""},
		"no printer of Everywhere":   {[]ipp.Attribute{{Name: "ipp-features-supported"}}, nil, printer.Account{Reason: handedOn}, ""},
		"processing":                 {nil, []ipp.Attribute{state(ipp.JobProcessing)}, printer.Account{Verdict: printer.StillComes}, ""},
		"held by a person":           {nil, []ipp.Attribute{state(ipp.JobHeld), because("job-hold-until-specified")}, printer.Account{Verdict: printer.StillComes}, "the job is held: job-hold-until-specified"},
		"stopped":                    {nil, []ipp.Attribute{state(ipp.JobStopped), because("printer-stopped")}, printer.Account{Verdict: printer.StillComes}, "the job is held: printer-stopped"},
		"aborted in the middle":      {nil, []ipp.Attribute{state(ipp.JobAborted), because("aborted-by-system")}, printer.Account{Reason: "The printer gave up the label's job (aborted-by-system)."}, ""},
		"aborted before the start":   {nil, []ipp.Attribute{state(ipp.JobAborted), notBegun}, printer.Account{Verdict: printer.NotPrinted}, ""},
		"cancelled by somebody":      {nil, []ipp.Attribute{state(ipp.JobCancelled), notBegun}, printer.Account{Reason: "Somebody cancelled the label's job at the printer before it was printed."}, ""},
		"cancelled in the middle":    {nil, []ipp.Attribute{state(ipp.JobCancelled), because("job-canceled-at-device")}, printer.Account{Reason: "The label's job was cancelled at the printer while it was printed (job-canceled-at-device)."}, ""},
		"a state of no meaning":      {nil, []ipp.Attribute{state(99)}, printer.Account{}, ""},
		"another's job":              {nil, []ipp.Attribute{ipp.Strings("job-uuid", ipp.URI, "urn:uuid:2")}, printer.Account{Reason: "The printer has given the number of the label's job, 1, to another one since."}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := openIPP(t, serve(t, &printertest.IPPDevice{Printer: tt.printer, Job: tt.job}), nil)
			ticket, err := printOne(t, p, document)
			if err != nil {
				t.Fatal(err)
			}
			if name == "another's job" {
				ticket += " urn:uuid:1"
			}
			got, err := p.(printer.Tracker).Account(t.Context(), ticket)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("account (-want +got):\n%s", diff)
			}
			st, err := p.Status(t.Context())
			if err != nil || st.Detail != tt.held || st.Has(printer.Paused) != (tt.held != "") {
				t.Errorf("status %+v, %v; want the detail %q", st, err, tt.held)
			}
		})
	}
}

func TestIPPAccountsOutliveTheConversation(t *testing.T) {
	device := new(printertest.IPPDevice)
	server := serve(t, device)
	sent, err := printOne(t, openIPP(t, server, nil), document)
	if err != nil {
		t.Fatal(err)
	}
	p := openIPP(t, server, nil).(printer.Tracker)
	if _, err := p.(printer.Printer).Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, err := p.Account(t.Context(), sent); err != nil || a.Verdict != printer.Printed {
		t.Errorf("account of a label sent before: %+v, %v", a, err)
	}
	empty, err := p.Ticket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a, err := p.Account(t.Context(), empty); err != nil || a.Verdict != printer.NotPrinted {
		t.Errorf("account of a label that never left: %+v, %v", a, err)
	}
	for range 2 {
		if err := p.Withdraw(t.Context(), empty); err != nil {
			t.Errorf("Withdraw: %v", err)
		}
	}
	if a, err := p.Account(t.Context(), empty); err != nil || a.Verdict != printer.NotPrinted {
		t.Errorf("account of a label taken back: %+v, %v", a, err)
	}
	if a, err := p.Account(t.Context(), "99"); err != nil || a.Reason != "The printer no longer knows the label's job, number 99." {
		t.Errorf("account of a job that is gone: %+v, %v", a, err)
	}
	if all, cancelled := device.Jobs(); all != 2 || cancelled != 1 {
		t.Errorf("%d jobs, %d cancelled; want 2 and 1", all, cancelled)
	}
}

// TestIPPWithoutCreateJob: the number comes with the answer to the document, and
// a label whose answer is lost cannot be asked for.
func TestIPPWithoutCreateJob(t *testing.T) {
	device := &printertest.IPPDevice{Printer: []ipp.Attribute{ipp.Int("operations-supported", ipp.Enum, int32(ipp.PrintJob))}}
	p := openIPP(t, serve(t, device), nil)
	ticket, err := printOne(t, p, document)
	if ticket != "" || err != nil {
		t.Fatalf("ticket %q, %v", ticket, err)
	}
	if a, err := p.(printer.Tracker).Account(t.Context(), ""); err != nil || a.Evidence != printer.E3 {
		t.Errorf("account %+v, %v", a, err)
	}
	other := openIPP(t, serve(t, device), nil)
	if a, err := other.(printer.Tracker).Account(t.Context(), ""); err != nil || a.Reason == "" {
		t.Errorf("account without a number: %+v, %v", a, err)
	}
}

func TestIPPRefusals(t *testing.T) {
	refuse := func(op ipp.Operation, status ipp.Status) func(ipp.Operation, ipp.Message) ipp.Status {
		return func(asked ipp.Operation, _ ipp.Message) ipp.Status {
			if asked == op {
				return status
			}
			return 0
		}
	}
	for name, tt := range map[string]struct {
		content string
		refuse  func(ipp.Operation, ipp.Message) ipp.Status
		want    fault.Kind
		words   string
	}{
		"kind not listed":            {"^XA^XZ", nil, fault.Permanent, "takes application/pdf"},
		"kind not valid":             {document, refuse(ipp.ValidateJob, ipp.ValuesNotSupported), fault.Permanent, "0x040b"},
		"document refused":           {document, refuse(ipp.SendDocument, ipp.ValuesNotSupported), fault.Permanent, "0x040b"},
		"document unreadable":        {document, refuse(ipp.SendDocument, ipp.FormatError), fault.Permanent, "cannot read"},
		"cannot validate":            {document, refuse(ipp.ValidateJob, ipp.OperationUnsupported), fault.Unknown, ""},
		"busy":                       {document, refuse(ipp.SendDocument, ipp.Busy), fault.Transient, "busy"},
		"no more jobs":               {document, refuse(ipp.CreateJob, ipp.NotAccepting), fault.Transient, "accepts no jobs"},
		"not this user":              {document, refuse(ipp.SendDocument, ipp.NotAuthorized), fault.Transient, "may not"},
		"an error inside":            {document, refuse(ipp.SendDocument, ipp.InternalError), fault.Uncertain, "internal error"},
		"cancelled while it arrives": {document, refuse(ipp.SendDocument, ipp.JobCanceled), fault.Uncertain, "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			device := &printertest.IPPDevice{Refuse: tt.refuse, Printer: []ipp.Attribute{ipp.Strings("document-format-supported", ipp.MimeMediaType, "application/pdf")}}
			p := openIPP(t, serve(t, device), nil)
			ticket, err := printOne(t, p, tt.content)
			if fault.KindOf(err) != tt.want || (err == nil) != (tt.words == "") || err != nil && !strings.Contains(err.Error(), tt.words) {
				t.Errorf("error %v, want kind %d and %q", err, tt.want, tt.words)
			}
			if whole, _ := device.Took(); tt.words != "" && len(whole) > 0 {
				t.Errorf("the printer took %q all the same", whole)
			}
			if all, cancelled := device.Jobs(); tt.want == fault.Permanent && cancelled != all {
				t.Errorf("of %d jobs %d were taken back, want all (ticket %q)", all, cancelled, ticket)
			}
		})
	}
}

func TestIPPRawFormats(t *testing.T) {
	formats := func(all ...string) []ipp.Attribute {
		return []ipp.Attribute{ipp.Strings("document-format-supported", ipp.MimeMediaType, all...)}
	}
	for name, tt := range map[string]struct {
		printer []ipp.Attribute
		content string
		want    string
	}{
		"ZPL by its name":            {formats("application/octet-stream", "application/vnd.zebra-zpl"), "^XA^XZ", "application/vnd.zebra-zpl"},
		"ZPL past a queue's filters": {append(formats("application/octet-stream", "application/vnd.cups-raw"), ipp.Int("printer-type", ipp.Enum, 4)), "^XA^XZ", "application/vnd.cups-raw"},
		"ZPL to a plain printer":     {formats("application/octet-stream"), "^XA^XZ", "application/octet-stream"},
		"TSPL":                       {formats("application/octet-stream"), "SIZE 100 mm\r\n", "application/octet-stream"},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			device := &printertest.IPPDevice{Printer: tt.printer, Refuse: func(op ipp.Operation, m ipp.Message) ipp.Status {
				if op == ipp.SendDocument {
					got = m.Attribute(ipp.OperationGroup, "document-format").Text()
				}
				return 0
			}}
			if _, err := printOne(t, openIPP(t, serve(t, device), nil), tt.content); err != nil || got != tt.want {
				t.Errorf("sent as %q (%v), want %q", got, err, tt.want)
			}
			if whole, _ := device.Took(); len(whole) != 1 || string(whole[0]) != tt.content {
				t.Errorf("the printer took %q", whole)
			}
		})
	}
}

// TestIPPAnswersOfOthers: what is not a printer's answer is shown, never taken
// for ready.
func TestIPPAnswersOfOthers(t *testing.T) {
	answer := func(status int, kind, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
			return true
		}
	}
	other, err := ipp.Request(0, 999).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		handle func(http.ResponseWriter, *http.Request) bool
		want   string
	}{
		"a web page":             {answer(200, "text/html", "<html>"), "no printer"},
		"garbage called IPP":     {answer(200, ipp.MediaType, "\x02\x00\x00\x00\x00\x00\x00\x01\x47\xff"), "no printer"},
		"another's answer":       {answer(200, ipp.MediaType, string(other)), "another question"},
		"without an end":         {answer(200, ipp.MediaType, strings.Repeat("\x00", 2<<20)), "longer than"},
		"no such path":           {answer(404, "text/plain", "not here"), "404"},
		"wants a password":       {answer(401, "text/plain", ""), "password_file"},
		"wants to be encrypted":  {answer(426, "text/plain", ""), "ipps://"},
		"broken inside":          {answer(500, "text/plain", ""), "500"},
		"a proxy's redirections": {answer(302, "text/plain", ""), "302"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openIPP(t, serve(t, &printertest.IPPDevice{Handle: tt.handle}), nil)
			if id, err := p.Identity(t.Context()); err != nil || id.LanguageOK {
				t.Errorf("identity %+v, %v", id, err)
			}
			st, err := p.Status(t.Context())
			if err != nil || !st.Has(printer.UnknownFault) || !strings.Contains(st.Detail, tt.want) {
				t.Errorf("status %+v, %v; want a fault with %q", st, err, tt.want)
			}
			if err := p.Print(t.Context(), []byte(document)); !fault.Is(err, fault.Transient) {
				t.Errorf("Print: %v, want a transient error", err)
			}
		})
	}
}

func TestIPPNotHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "\x02030,0,0,1225\x03\r\n")
			c.Close()
		}
	}()
	p := openIPP(t, &httptest.Server{URL: "http://" + l.Addr().String()}, nil)
	if st, err := p.Status(t.Context()); err == nil {
		t.Errorf("status %+v from what speaks no HTTP", st)
	}
}

// TestIPPHalfOpen: a connection that takes everything and is dead ends by the
// driver's own deadline.
func TestIPPHalfOpen(t *testing.T) {
	device := &printertest.IPPDevice{}
	p := openIPP(t, serve(t, device), func(o *printer.Options) { o.Timeout = 50 * time.Millisecond })
	if _, err := p.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	device.Set(func() {
		device.Handle = func(_ http.ResponseWriter, r *http.Request) bool {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the line is dead
			<-r.Context().Done()
			return true
		}
	})
	if st, err := p.Status(t.Context()); err != nil || !st.Has(printer.NoAnswer) {
		t.Errorf("status %+v, %v; want no answer", st, err)
	}
	device.Set(func() { device.Handle = nil })
	if st, err := p.Status(t.Context()); err != nil || !st.Idle() {
		t.Errorf("status %+v, %v; want idle again", st, err)
	}
}

// TestIPPConnectionClosedBetween: HTTP lets a server close a connection that
// nobody uses; that is no fault, and no document is sent twice for it.
func TestIPPConnectionClosedBetween(t *testing.T) {
	device := new(printertest.IPPDevice)
	server := serve(t, device)
	p := openIPP(t, server, nil)
	for range 3 {
		if _, err := printOne(t, p, document); err != nil {
			t.Fatal(err)
		}
		server.CloseClientConnections()
		if st, err := p.Status(t.Context()); err != nil || !st.Idle() {
			t.Errorf("status %+v, %v", st, err)
		}
	}
	if whole, _ := device.Took(); len(whole) != 3 {
		t.Errorf("%d labels, want 3", len(whole))
	}
}

func TestIPPPassword(t *testing.T) {
	guarded := &printertest.IPPDevice{Handle: func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, _ := r.BasicAuth(); user == "desk" && password == "s3cret" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="printer"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}}
	server := serve(t, guarded)
	p := openIPP(t, server, func(o *printer.Options) { o.Access = printer.Access{User: "desk", Password: "s3cret"} })
	if _, err := printOne(t, p, document); err != nil {
		t.Fatal(err)
	}
	wrong := openIPP(t, server, func(o *printer.Options) { o.Access = printer.Access{User: "desk", Password: "x"} })
	if st, err := wrong.Status(t.Context()); err != nil || !st.Has(printer.UnknownFault) || !strings.Contains(st.Detail, "password") {
		t.Errorf("status with a wrong password: %+v, %v", st, err)
	}
	// A password goes in the clear to this machine only.
	open, err := driver.All()["ipp"].Open(t.Context(), printer.Options{
		Name: "far", Link: "ipp://printer.test/ipp/print", Log: slog.New(slog.DiscardHandler),
		Access: printer.Access{User: "desk", Password: "s3cret"},
		Dial: func(ctx context.Context) (io.ReadWriteCloser, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if st, err := open.Status(t.Context()); err != nil || !strings.Contains(st.Detail, "ipps://") {
		t.Errorf("status over an open line: %+v, %v", st, err)
	}
}

func TestIPPS(t *testing.T) {
	device := new(printertest.IPPDevice)
	server := httptest.NewTLSServer(device)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	digits := hex.EncodeToString(sum[:])
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	colons := strings.ToUpper(digits[:2]) + ":" + digits[2:]
	for name, tt := range map[string]struct {
		access printer.Access
		want   string
	}{
		"its fingerprint":   {printer.Access{Fingerprint: colons}, ""},
		"its authority":     {printer.Access{CA: authority}, ""},
		"nobody vouches":    {printer.Access{}, digits},
		"another's":         {printer.Access{Fingerprint: strings.Repeat("0", 64)}, "swapped"},
		"another authority": {printer.Access{CA: []byte(otherCertificate)}, "ca_file"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openIPP(t, server, func(o *printer.Options) { o.Access = tt.access })
			st, err := p.Status(t.Context())
			if tt.want == "" && (err != nil || !st.Idle()) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("status %+v, %v; want an error with %q", st, err, tt.want)
			}
			if _, err := printOne(t, p, document); (err == nil) != (tt.want == "") {
				t.Errorf("Print: %v", err)
			}
		})
	}
	if whole, _ := device.Took(); len(whole) != 2 || !bytes.Equal(whole[0], []byte(document)) {
		t.Errorf("labels %q, want two", whole)
	}
}

func TestIPPOptions(t *testing.T) {
	dial := func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("not to be dialled") }
	for name, o := range map[string]printer.Options{
		"no link":           {},
		"a bad fingerprint": {Dial: dial, Link: "ipps://p/x", Access: printer.Access{Fingerprint: "12"}},
		"a bad authority":   {Dial: dial, Link: "ipps://p/x", Access: printer.Access{CA: []byte("none")}},
		"a bad link":        {Dial: dial, Link: "ipp://%zz/"},
	} {
		if _, err := driver.All()["ipp"].Open(t.Context(), o); err == nil || fault.Is(err, fault.Transient) {
			t.Errorf("%s: %v, want an error that no waiting mends", name, err)
		}
	}
}

// TestIPPExpect: a document waits for "100 Continue", so that a printer that
// refuses it is not sent it; one that never says so is waited for once.
func TestIPPExpect(t *testing.T) {
	var expected []string
	device := new(printertest.IPPDevice)
	device.Handle = func(_ http.ResponseWriter, r *http.Request) bool {
		expected = append(expected, r.Header.Get("Expect"))
		return false
	}
	p := openIPP(t, serve(t, device), nil)
	if _, err := printOne(t, p, document); err != nil {
		t.Fatal(err)
	}
	asked := device.Asked()
	want := []ipp.Operation{ipp.GetPrinterAttributes, ipp.CreateJob, ipp.GetJobAttributes, ipp.ValidateJob, ipp.SendDocument}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	for i, op := range asked {
		if (expected[i] == "100-continue") != (op == ipp.SendDocument) {
			t.Errorf("%s expects %q", op, expected[i])
		}
	}
}

// otherCertificate vouches for nobody here; its key is thrown away.
const otherCertificate = `-----BEGIN CERTIFICATE-----
MIIBjDCCATGgAwIBAgIUQxVxV+2WycU9gOtP1IcsXAZNqKkwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPYW5vdGhlciBwcmludGVyMCAXDTI2MTEyNzIzMTUwMFoYDzIx
MjYxMTAzMjMxNTAwWjAaMRgwFgYDVQQDDA9hbm90aGVyIHByaW50ZXIwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASUUmkDoIAgPX1KCGtdylbCr1K6JXzst23apURb
A/QfZnOhmrSbaH7VPQS/j3tKHH1BOh5oexWau5rm8GN82meko1MwUTAdBgNVHQ4E
FgQUCTKm2TfHVTXZB4LN4lg3miDmEyIwHwYDVR0jBBgwFoAUCTKm2TfHVTXZB4LN
4lg3miDmEyIwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAl+hv
NkQzHYLdb//jk4QeCAQmTd7FFn7miwZthofcpncCIQCxi879Kb7ukLcEdcs7JEyk
36KMXuiWNv/50V/ks2mwKg==
-----END CERTIFICATE-----
`
