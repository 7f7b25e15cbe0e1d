package driver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// replyTimeout is how long a healthy printer may take to answer.
const replyTimeout = 2 * time.Second

// zplDriver talks to printers in ZPL II mode.
func zplDriver() printer.Driver {
	return printer.Driver{
		Name:      "zpl",
		Doc:       "Zebra and compatible printers in ZPL II mode, over any link that answers",
		Languages: []string{"zpl"},
		Open:      openZPL,
	}
}

// openZPL opens the conversation.
func openZPL(ctx context.Context, o printer.Options) (printer.Printer, error) {
	if o.Dial == nil {
		return nil, fmt.Errorf("printer %q: the zpl driver needs a link such as tcp://host:9100", o.Name)
	}
	conn, err := o.Dial(ctx)
	if err != nil {
		return nil, &fault.Error{
			Op: fmt.Sprintf("connection to printer %q", o.Name), Kind: fault.Transient, Err: err,
			Hint: "Switch the printer on and check its cable.",
		}
	}
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = replyTimeout
	}
	return &zpl{talk: converse(conn, timeout), name: o.Name}, nil
}

// knowledge is what has been found out about an ability of the printer.
type knowledge int

const (
	notKnown knowledge = iota
	has
	hasNot
)

// zpl is a conversation with one printer. It is for one goroutine at a time.
type zpl struct {
	talk *conversation
	name string

	errorStatus knowledge // ~HQES: firmware since about 2005
	variables   knowledge // getvar: Link-OS and its forerunners
	otherMode   string    // the language it is in, where that is not ZPL
}

// Identity asks for the language first: in another mode the printer would print
// the letters of every question that follows.
func (z *zpl) Identity(ctx context.Context) (printer.Identity, error) {
	z.otherMode = ""
	languages, ok, err := z.variable(ctx, "device.languages")
	if err != nil {
		return printer.Identity{}, err
	}
	if ok && !strings.Contains(strings.ToLower(languages), "zpl") {
		z.otherMode = languages
		return printer.Identity{}, nil
	}
	var id printer.Identity
	if _, err := z.talk.ask(ctx, "~HI\r\n", func(f frame) bool {
		if f.kind != frameHello {
			return false
		}
		id = parseHello(f.text)
		return true
	}); err != nil {
		return printer.Identity{}, err
	}
	if id.LanguageOK && z.variables == hasNot {
		// It may have woken up between the questions; once more, then never.
		z.variables = notKnown
	}
	serial, ok, err := z.variable(ctx, "device.unique_id")
	if err != nil {
		return printer.Identity{}, err
	}
	if ok {
		id.Serial = strings.TrimSpace(serial)
	}
	return id, nil
}

// Status asks ~HQES first: ~HS is documented to be silent in just the states
// that matter, such as paper out.
func (z *zpl) Status(ctx context.Context) (printer.Status, error) {
	if z.otherMode != "" {
		return printer.Status{
			Conditions: []printer.Condition{printer.UnknownFault},
			Detail:     fmt.Sprintf("the printer is set to the language %q; set it to ZPL", z.otherMode),
		}, nil
	}
	if err := z.talk.resynchronise(ctx); err != nil {
		return printer.Status{}, err
	}
	var faults printer.Status
	knowsFaults := false
	if z.errorStatus != hasNot {
		var err error
		knowsFaults, err = z.talk.ask(ctx, "~HQES\r\n", func(f frame) bool {
			if f.kind != frameError {
				return false
			}
			faults = parseErrors(f.text)
			return true
		})
		if err != nil {
			return printer.Status{}, err
		}
		if knowsFaults {
			z.errorStatus = has
		}
	}
	if silencesHost(faults) {
		return faults, nil
	}
	host, knowsHost, err := z.hostStatus(ctx)
	if err != nil {
		return printer.Status{}, err
	}
	if knowsHost && !knowsFaults && z.errorStatus == notKnown {
		// It answered the later question, so the earlier answer will not come.
		z.errorStatus = hasNot
	}
	return combine(faults, knowsFaults, host, knowsHost, z.errorStatus == hasNot), nil
}

// silencesHost reports whether ~HS is documented to stay unanswered. Not to ask
// saves the packer the wait for a reply that does not come.
func silencesHost(faults printer.Status) bool {
	return faults.Has(printer.PaperOut) || faults.Has(printer.RibbonOut) ||
		faults.Has(printer.HeadOpen) || faults.Has(printer.TooHot)
}

// combine makes one status of the two answers.
func combine(faults printer.Status, knowsFaults bool, host printer.Status, knowsHost, oldFirmware bool) printer.Status {
	s := host
	if faults.Detail != "" {
		s.Detail = strings.Trim(faults.Detail+"; "+host.Detail, "; ")
	}
	for _, c := range faults.Conditions {
		add(&s, c)
	}
	switch {
	case !knowsFaults && !knowsHost:
		s = printer.Status{Detail: "no answer to ~HQES and ~HS"}
		add(&s, printer.NoAnswer)
	case !knowsHost && faults.Clear():
		s.Detail = "no errors by ~HQES, no answer to ~HS"
		add(&s, printer.NoAnswer)
	case !knowsFaults && !oldFirmware:
		s.Detail = "no answer to ~HQES"
		add(&s, printer.NoAnswer)
	}
	return s
}

// hostStatus asks ~HS and collects its three frames. The last is told by its
// few fields; what came before a lost beginning is dropped with it.
func (z *zpl) hostStatus(ctx context.Context) (printer.Status, bool, error) {
	var lines []string
	complete, err := z.talk.ask(ctx, "~HS\r\n", func(f frame) bool {
		if f.kind != frameHost {
			return false
		}
		lines = append(lines, f.text)
		if strings.Count(f.text, ",") >= hostShort {
			return false
		}
		if len(lines) < 3 {
			lines = nil
			return false
		}
		lines = lines[len(lines)-3:]
		return true
	})
	if err != nil || !complete {
		return printer.Status{}, false, err
	}
	return parseHost(lines), true, nil
}

// Odometer asks for the labels printed in the printer's life.
func (z *zpl) Odometer(ctx context.Context) (labels int64, ok bool, err error) {
	text, ok, err := z.variable(ctx, "odometer.total_label_count")
	if err != nil || !ok {
		return 0, false, err
	}
	labels, ok = parseCount(text)
	return labels, ok, nil
}

// variable asks for a setting by name. ok is false where the printer does not
// know it, or knows no settings at all.
func (z *zpl) variable(ctx context.Context, name string) (value string, ok bool, err error) {
	if z.variables == hasNot || z.otherMode != "" {
		return "", false, nil
	}
	if err := z.talk.resynchronise(ctx); err != nil {
		return "", false, err
	}
	question := fmt.Sprintf("! U1 getvar %q\r\n", name)
	answered, err := z.talk.ask(ctx, question, func(f frame) bool {
		if f.kind != frameVariable {
			return false
		}
		value = f.text
		return true
	})
	if err != nil {
		return "", false, err
	}
	switch {
	case answered:
		z.variables = has
	case z.variables == notKnown:
		z.variables = hasNot
	}
	return value, answered && value != "?" && value != "", nil
}

// Print sends one label.
func (z *zpl) Print(ctx context.Context, content []byte) error {
	n, err := z.talk.write(ctx, content)
	if err == nil {
		return nil
	}
	op := fmt.Sprintf("label for printer %q", z.name)
	if n == 0 {
		return &fault.Error{Op: op, Kind: fault.Transient, Err: err, Hint: "Nothing was sent; it is tried again by itself."}
	}
	return &fault.Error{
		Op: op, Kind: fault.Uncertain, Err: errors.Join(fmt.Errorf("%d of %d bytes sent", n, len(content)), err),
		Hint: "Check whether the label came out before printing it again.",
	}
}

// Close ends the conversation.
func (z *zpl) Close() error { return z.talk.close() }
