package driver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/printer"
	"waybill/printer/ipp"
)

// ippDriver prints over the Internet Printing Protocol.
func ippDriver() printer.Driver {
	return printer.Driver{
		Name:      "ipp",
		Doc:       "IPP and IPPS: printers of IPP Everywhere, and queues of CUPS and other print servers; its link is ipp://HOST/PATH or ipps://HOST/PATH",
		Languages: []string{"pdf", "zpl", "epl", "tspl"},
		Schemes:   []string{"ipp", "ipps"},
		Open:      func(ctx context.Context, o printer.Options) (printer.Printer, error) { return openIPP(ctx, o, false) },
	}
}

// ippQueueDriver is for what calls itself a printer and only hands on.
func ippQueueDriver() printer.Driver {
	d := ippDriver()
	d.Name = "ipp-queue"
	d.Doc = "the same, for a print server or printer application that calls itself a printer: its word proves no label"
	d.Open = func(ctx context.Context, o printer.Options) (printer.Printer, error) { return openIPP(ctx, o, true) }
	return d
}

// ippTimeout is how long a healthy printer may take to answer. Small ones do
// TLS slowly.
const ippTimeout = 5 * time.Second

// openIPP dials, so that a printer that is off is noticed here.
func openIPP(ctx context.Context, o printer.Options, queue bool) (printer.Printer, error) {
	if o.Dial == nil {
		dial, err := link.Parse(o.Link)
		if err != nil {
			return nil, fmt.Errorf("printer %q: %w", o.Name, err)
		}
		o.Dial = dial
	}
	wire, err := newIPPWire(o)
	if err != nil {
		return nil, fmt.Errorf("printer %q: %w", o.Name, err)
	}
	if err := wire.dial(ctx); err != nil {
		return nil, &fault.Error{
			Op: fmt.Sprintf("connection to printer %q", o.Name), Kind: fault.Transient, Err: err,
			Hint: "Switch the printer on and check its cable.",
		}
	}
	return &ippPrinter{name: o.Name, wire: wire, queue: queue, withdrawn: map[string]bool{}}, nil
}

// ippPrinter is a conversation with a printer or queue. It is for one goroutine
// at a time.
type ippPrinter struct {
	name string
	wire *ippWire

	known     bool     // what follows has been asked for
	queue     bool     // it hands labels on, and cannot see them come out
	formats   []string // the kinds of document it takes
	creates   bool     // it gives a job a number before the document
	unscaled  bool     // it can be told to print at the document's own size
	validated string   // the kind of document it has said it would take

	ticket    string // of the label that Print sends next, or has sent last
	held      string // why the job last looked at does not move, in the printer's words
	withdrawn map[string]bool
}

// whoAttributes are what Identity asks for. Those after the empty line tell a
// queue from a printer.
func whoAttributes() []string {
	return []string{
		"printer-make-and-model", "printer-device-id", "printer-uuid", "printer-firmware-string-version",
		"document-format-supported", "operations-supported", "print-scaling-supported",

		"ipp-features-supported", "printer-type", "printer-is-shared", "device-uri", "cups-version", "output-device-uuid-supported",
	}
}

// Identity asks the printer who it is and what it takes.
func (p *ippPrinter) Identity(ctx context.Context) (printer.Identity, error) {
	reply, err := p.printerAttributes(ctx, whoAttributes())
	if refusal := (*ippRefusal)(nil); errors.Is(err, errIPPSilent) || errors.As(err, &refusal) {
		return printer.Identity{}, nil // Status tells why
	}
	if err != nil {
		return printer.Identity{}, fmt.Errorf("printer %q: %w", p.name, err)
	}
	p.learn(reply)
	at := func(name string) string { return reply.Attribute(ipp.PrinterGroup, name).Text() }
	id := printer.Identity{
		Model: at("printer-make-and-model"), Firmware: at("printer-firmware-string-version"),
		Serial: deviceSerial(at("printer-device-id")), LanguageOK: true,
	}
	if id.Serial == "" {
		id.Serial = strings.TrimPrefix(at("printer-uuid"), "urn:uuid:")
	}
	return id, nil
}

// learn notes what the printer takes, and whether it is one. Who does not say
// to be a printer of IPP Everywhere, or shows a server's marks, is a queue.
func (p *ippPrinter) learn(reply ipp.Message) {
	at := func(name string) ipp.Attribute { return reply.Attribute(ipp.PrinterGroup, name) }
	p.known = true
	p.formats = at("document-format-supported").Texts()
	operations := at("operations-supported")
	p.creates = operations.HasInt(int(ipp.CreateJob)) && operations.HasInt(int(ipp.SendDocument))
	p.unscaled = at("print-scaling-supported").Has("none")
	features := at("ipp-features-supported")
	if !features.Has("ipp-everywhere") || features.Has("ipp-everywhere-server") {
		p.queue = true
	}
	for _, mark := range []string{"printer-type", "printer-is-shared", "device-uri", "cups-version", "output-device-uuid-supported"} {
		if len(at(mark).Values) > 0 {
			p.queue = true
		}
	}
}

// deviceSerial returns the serial number in an IEEE 1284 device ID, such as
// "MFG:Acme;MDL:L4;SN:12345;"; empty where there is none.
func deviceSerial(id string) string {
	for field := range strings.SplitSeq(id, ";") {
		key, value, _ := strings.Cut(field, ":")
		switch strings.ToUpper(strings.TrimSpace(key)) {
		case "SN", "SERN", "SERIALNUMBER":
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Status asks for the printer's state and, while a label is with it, whether
// its job is held.
func (p *ippPrinter) Status(ctx context.Context) (printer.Status, error) {
	reply, err := p.printerAttributes(ctx, []string{
		"printer-state", "printer-state-reasons", "printer-state-message", "printer-is-accepting-jobs", "printer-is-shared",
	})
	var refusal *ippRefusal
	switch {
	case errors.Is(err, errIPPSilent):
		return printer.Status{Conditions: []printer.Condition{printer.NoAnswer}}, nil
	case errors.As(err, &refusal):
		c := printer.UnknownFault
		if refusal.elsewhere() {
			c = printer.WrongPath
		}
		return printer.Status{Conditions: []printer.Condition{c}, Detail: refusal.Error()}, nil
	case err != nil:
		return printer.Status{}, fmt.Errorf("printer %q: %w", p.name, err)
	}
	st := ippStatus(reply, p.queue)
	if st.Clear() && p.held != "" {
		st.Conditions = []printer.Condition{printer.Paused}
		st.Detail = "the job is held: " + p.held
	}
	return st, nil
}

// printerAttributes asks for attributes of the printer.
func (p *ippPrinter) printerAttributes(ctx context.Context, names []string) (ipp.Message, error) {
	reply, _, err := p.wire.ask(ctx, ipp.GetPrinterAttributes, nil, nil, ipp.Strings("requested-attributes", ipp.Keyword, names...))
	return reply, err
}

// Close ends the conversation.
func (p *ippPrinter) Close() error { return p.wire.close() }
