package driver_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

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
		"low is no fault":               {[]ipp.Attribute{reasons("media-low-warning", "toner-low-report")}, conditions{printer.PaperLow, printer.RibbonLow}, 0, "media-low-warning; toner-low-report"},
		"two at once":                   {[]ipp.Attribute{state(5), reasons("cover-open-error", "marker-ribbon-empty")}, conditions{printer.HeadOpen, printer.RibbonOut}, 0, "cover-open-error; marker-ribbon-empty"},
		"unknown error":                 {[]ipp.Attribute{reasons("flux-low-error")}, conditions{printer.UnknownFault}, 0, "flux-low-error"},
		"unknown warning is shown":      {[]ipp.Attribute{reasons("flux-low-warning")}, conditions{printer.UnknownWarning}, 0, "flux-low-warning"},
		"stopped without a reason":      {[]ipp.Attribute{state(5), message("Door 3.")}, conditions{printer.UnknownFault}, 0, "it is stopped; Door 3."},
		"paused queue":                  {[]ipp.Attribute{queue, state(5), reasons("paused"), message("Paused")}, conditions{printer.Paused}, 0, "paused; Paused"},
		"queue that takes nothing":      {[]ipp.Attribute{queue, ipp.Bool("printer-is-accepting-jobs", false)}, conditions{printer.Paused}, 0, "it accepts no jobs"},
		"queue whose printer is away":   {[]ipp.Attribute{queue, state(4), message("The printer may not exist or is unavailable at this time.")}, conditions{printer.Offline}, 0, "The printer may not exist or is unavailable at this time."},
		"queue that connects":           {[]ipp.Attribute{queue, state(4), reasons("connecting-to-device")}, conditions{printer.Offline}, 0, "connecting-to-device"},
		"no state is no readiness":      {[]ipp.Attribute{{Name: "printer-state"}}, conditions{printer.UnknownFault}, 0, "it does not tell its state"},
		"unknown report is shown":       {[]ipp.Attribute{reasons("flux-measured-report")}, nil, 0, "flux-measured-report"},
		"jam":                           {[]ipp.Attribute{state(5), reasons("media-jam-error")}, conditions{printer.PaperJam}, 0, "media-jam-error"},
		"other media wanted":            {[]ipp.Attribute{reasons("media-needed")}, conditions{printer.WrongMedia}, 0, "media-needed"},
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
			want := printer.Status{Waiting: tt.waiting, Detail: tt.detail}
			for _, c := range tt.want {
				want = want.With(c)
			}
			if diff := cmp.Diff(want, got); diff != "" {
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

// BenchmarkIPPLabel is what a label costs of a printer that answers at once:
// ticket, document, account, over one connection on loopback.
func BenchmarkIPPLabel(b *testing.B) {
	server := httptest.NewServer(new(printertest.IPPDevice))
	defer server.Close()
	p, err := driver.All()["ipp"].Open(b.Context(), printer.Options{
		Name: "p", Link: "ipp" + strings.TrimPrefix(server.URL, "http") + "/ipp/print", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	tracker, label := p.(printer.Tracker), []byte("%PDF-1.7"+strings.Repeat("x", 8<<10))
	for b.Loop() {
		ticket, err := tracker.Ticket(b.Context())
		if err == nil {
			err = p.Print(b.Context(), label)
		}
		if err != nil {
			b.Fatal(err)
		}
		if a, err := tracker.Account(b.Context(), ticket); err != nil || a.Verdict != printer.Printed {
			b.Fatal(a, err)
		}
	}
}
