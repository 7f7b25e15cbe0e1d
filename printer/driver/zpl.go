package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"waybill/printer"
)

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
	talk, err := open(ctx, o, "zpl")
	if err != nil {
		return nil, err
	}
	z := &zpl{talk: talk, name: o.Name, heard: true, told: map[printer.Condition]bool{}}
	z.talk.aside = z.overhear
	return z, nil
}

// zpl is a conversation with one printer. It is for one goroutine at a time.
type zpl struct {
	talk *conversation
	name string

	errorStatus knowledge // ~HQES: firmware since about 2005
	variables   knowledge // getvar: Link-OS and its forerunners
	uncounted   bool      // it has variables, and the odometer is none of them
	heard       bool      // it has answered something since
	unanswered  int       // questions for variables, while it is not known whether it has any
	otherMode   string    // the language it is in, where that is not ZPL
	mute        bool      // it did not say who it is: nothing more is asked, for it may print what it is asked
	muteDetail  string
	otherPort   string // the languages that its port tells, where ZPL is not among them and it said nothing of its own

	told map[printer.Condition]bool // conditions that it has told of by itself
}

// Identity asks for the language first: in another mode the printer would print
// the letters of every question that follows.
func (z *zpl) Identity(ctx context.Context) (printer.Identity, error) {
	z.otherMode, z.otherPort, z.mute, z.muteDetail = "", "", false, "no answer to ~HI; it may be set to another language"
	id, err := z.identify(ctx)
	if who, is := z.talk.stranger(); is && !id.LanguageOK {
		z.mute, z.muteDetail = true, strangerDetail(who)
		return printer.Identity{}, nil
	}
	if errors.Is(err, errNotTaken) && ctx.Err() == nil {
		z.mute, z.muteDetail = true, "the printer does not take the data: it is full, or it has stopped"
		return printer.Identity{}, nil
	}
	return id, err
}

// identify asks the questions of Identity.
func (z *zpl) identify(ctx context.Context) (printer.Identity, error) {
	languages, ok, err := z.variable(ctx, "device.languages")
	if err != nil {
		return printer.Identity{}, err
	}
	if _, is := z.talk.stranger(); is {
		return printer.Identity{}, nil
	}
	if ok && !strings.Contains(strings.ToLower(languages), "zpl") {
		if z.mute = !isLanguage(languages); !z.mute {
			z.otherMode = languages
		}
		return printer.Identity{}, nil
	}
	if told, is := z.talk.speaksOther("zpl"); is && !ok {
		z.otherPort = told
		return printer.Identity{}, nil
	}
	var id printer.Identity
	answered, err := z.talk.ask(ctx, "~HI\r\n", func(f frame) bool {
		if f.kind != frameHello {
			return false
		}
		id = parseHello(f.text)
		return true
	})
	if z.mute = !answered; z.mute {
		return printer.Identity{}, err
	}
	id.Serial, err = z.serial(ctx)
	return id, err
}

// serial asks for the serial number: by its setting, and where the printer has
// none, by the older question.
func (z *zpl) serial(ctx context.Context) (string, error) {
	serial, ok, err := z.variable(ctx, "device.unique_id")
	if err != nil || ok {
		return strings.TrimSpace(serial), err
	}
	if err := z.talk.resynchronise(ctx); err != nil {
		return "", err
	}
	_, err = z.talk.ask(ctx, "~HQSN\r\n", func(f frame) bool {
		if f.kind != frameSerial {
			return false
		}
		serial = parseSerial(f.text)
		return true
	})
	return serial, err
}

// Status asks ~HQES first: ~HS is documented to be silent in just the states
// that matter, such as paper out.
func (z *zpl) Status(ctx context.Context) (printer.Status, error) {
	if z.otherMode != "" {
		return printer.Status{
			Conditions: []printer.Condition{printer.WrongLanguage},
			Detail:     fmt.Sprintf("the printer is set to the language %q and the labels are ZPL; it is switched by: ! U1 setvar \"device.languages\" \"zpl\"", z.otherMode),
		}, nil
	}
	if z.otherPort != "" {
		return wrongLanguage(z.otherPort, "zpl"), nil
	}
	if z.mute {
		return z.talk.silent(z.muteDetail), nil
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
	}
	if silencesHost(faults) {
		return z.withTold(faults), nil
	}
	host, knowsHost, err := z.hostStatus(ctx)
	if err != nil {
		return printer.Status{}, err
	}
	if knowsHost && !knowsFaults && z.errorStatus == notKnown {
		// It answered the later question, so the earlier answer will not come.
		z.errorStatus = hasNot
	}
	s := combine(faults, knowsFaults, host, knowsHost, z.errorStatus == hasNot)
	if s.Has(printer.NoAnswer) && z.variables == has && (knowsFaults || z.errorStatus != has) {
		if s, err = z.sensors(ctx, s); err != nil {
			return printer.Status{}, err
		}
	}
	return z.withTold(s), nil
}

// sensors asks the settings of paper and head, which answer where ~HS stays
// silent for just what they tell. A printer that tells no fault by them still
// has not answered.
func (z *zpl) sensors(ctx context.Context, silent printer.Status) (printer.Status, error) {
	var found printer.Status
	for _, q := range []struct {
		name, good string
		is         printer.Condition
	}{{"head.latch", "ok", printer.HeadOpen}, {"media.status", "ok", printer.PaperOut}} {
		value, ok, err := z.variable(ctx, q.name)
		if err != nil {
			return printer.Status{}, err
		}
		if ok && !strings.EqualFold(strings.TrimSpace(value), q.good) {
			add(&found, q.is)
			found.Detail = strings.TrimPrefix(fmt.Sprintf("%s; %s is %q", found.Detail, q.name, value), "; ")
		}
	}
	if found.Clear() {
		return silent, nil
	}
	return found, nil
}

// overhear notes what a frame tells beside the answer to the question: that the
// printer knows a question of which the answer was given up, and what it tells by
// itself, where somebody has set it to.
func (z *zpl) overhear(f frame) {
	z.heard = z.heard || f.kind != frameAlert
	switch f.kind {
	case frameVariable:
		z.variables = has
	case frameError:
		z.errorStatus = has
	case frameAlert:
		if c, on, ok := parseAlert(f.text); ok {
			z.told[c] = on
		}
	default:
	}
}

// withTold adds what the printer has told by itself and no question tells. It is
// a warning in any case: printers need not tell when it is over, and what does
// not end must not stop labels.
func (z *zpl) withTold(s printer.Status) printer.Status {
	for _, c := range printer.Conditions() {
		if z.told[c] && !s.Has(c) {
			s.Warnings = append(s.Warnings, c)
		}
	}
	return s
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
	for _, c := range slices.Concat(faults.Conditions, faults.Warnings) {
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
	if err != nil {
		return 0, false, err
	}
	if ok {
		labels, ok = parseCount(text)
	}
	// An answer that is no number, as "?" is none, says that there is none to be had.
	z.uncounted = !ok && (z.uncounted || text != "")
	return labels, ok, nil
}

// MayCount reports whether the printer may have an odometer.
func (z *zpl) MayCount() bool { return z.variables != hasNot && !z.uncounted }

// unknownVariable is what a printer answers that has variables, but not this one.
const unknownVariable = "?"

// inVain is how many questions for variables go unanswered, between others that are
// answered, before a printer is one that has none: such a printer's labels are
// believed without a count, and one that only kept an answer back must not be taken
// for it. It has been asked as often when its conversation begins: for its
// languages, its serial number and its odometer.
const inVain = 3

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
	if !answered && z.variables == notKnown && z.heard { // else it is one silence
		z.heard = false
		if z.unanswered++; z.unanswered >= inVain {
			z.variables = hasNot
		}
	}
	return value, answered && value != unknownVariable && value != "", nil
}

// Print sends one label.
func (z *zpl) Print(ctx context.Context, content []byte) error {
	return z.talk.label(ctx, z.name, content)
}

// Close ends the conversation.
func (z *zpl) Close() error { return z.talk.close() }
