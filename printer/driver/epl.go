package driver

import (
	"context"
	"fmt"
	"strings"
	"time"

	"waybill/printer"
)

// eplDriver talks to printers in EPL2.
func eplDriver() printer.Driver {
	return printer.Driver{
		Name:      "epl",
		Doc:       "Eltron, older Zebra and compatible printers in EPL2 mode, over any link that answers; they count no labels",
		Languages: []string{"epl"},
		Open:      openEPL,
	}
}

// openEPL opens the conversation.
func openEPL(ctx context.Context, o printer.Options) (printer.Printer, error) {
	talk, err := open(ctx, o, "epl")
	if err != nil {
		return nil, err
	}
	e := &epl{talk: talk, name: o.Name}
	talk.framer, talk.aside = &lines{}, e.overhear
	return e, nil
}

// eplMotion is how long a label may move after the printer has taken the command
// to print it: six inches at three inches a second.
const eplMotion = 2 * time.Second

// epl is a conversation with one printer. It is for one goroutine at a time.
//
// It has one question of state, ^ee, which is answered ahead of what waits and
// knows no "printing" (Intermec, ESim for the PC4 and PF8 and ESim v5.12 for the
// PD4, "^ee"). So after each label the printer is asked for its configuration,
// by UQ, which waits its turn as the inquiries of that manual do; once that is
// answered, no fault for as long as a label may still move is the most that can
// be known. That UQ waits its turn everywhere is tried on no printer.
type epl struct {
	talk *conversation
	name string

	first    string    // the first line of its configuration
	inquires knowledge // UQ
	mute     bool      // it did not answer: nothing more is asked
	other    string    // the languages that its port tells, where EPL2 is not among them
	owed     bool      // a label was sent and nothing has shown that it was dealt with
	asked    bool      // its mark was asked for
	since    time.Time // when the mark came and no fault stood; zero before
}

// overhear takes note of the answer that comes after a label.
func (e *epl) overhear(f frame) {
	if f.kind == frameLine && e.asked && strings.TrimSpace(f.text) == e.first {
		e.asked, e.since = false, time.Now()
	}
}

// Identity asks for the state first. Only a printer that answers is asked more.
func (e *epl) Identity(ctx context.Context) (printer.Identity, error) {
	e.mute, e.first, e.inquires, e.other = false, "", hasNot, ""
	if told, is := e.talk.speaksOther("epl"); is { // it would print what it is asked
		e.other = told
		return printer.Identity{}, nil
	}
	_, answered, err := e.state(ctx)
	if e.mute = !answered; err != nil || e.mute {
		return printer.Identity{}, err
	}
	if err := e.talk.resynchronise(ctx); err != nil {
		return printer.Identity{}, err
	}
	answered, err = e.talk.ask(ctx, "\r\nUQ\r\n", func(f frame) bool {
		if _, isState := parseEPLCodes(f.text); f.kind != frameLine || isState {
			return false
		}
		e.first = strings.TrimSpace(f.text)
		return true
	})
	if err != nil {
		return printer.Identity{}, err
	}
	if answered {
		e.inquires = has
	}
	id := parseEPLModel(e.first)
	id.Serial = e.talk.described()["SN"] // EPL2 has no question for it
	return id, nil
}

// state asks for the codes of what is wrong.
func (e *epl) state(ctx context.Context) (st printer.Status, answered bool, err error) {
	if err := e.talk.resynchronise(ctx); err != nil {
		return st, false, err
	}
	answered, err = e.talk.ask(ctx, "\r\n^ee\r\n", func(f frame) bool {
		codes, ok := parseEPLCodes(f.text)
		if f.kind != frameLine || !ok {
			return false
		}
		st = eplStatus(codes)
		return true
	})
	return st, answered, err
}

// Status asks for the state, and for the mark of a label that was sent.
func (e *epl) Status(ctx context.Context) (printer.Status, error) {
	const unanswered = "no answer to ^ee"
	switch {
	case e.other != "":
		return wrongLanguage(e.other, "epl"), nil
	case e.mute:
		return e.talk.silent(unanswered), nil
	}
	if e.owed && e.inquires == has && !e.asked && e.since.IsZero() {
		if _, err := e.talk.write(ctx, []byte("\r\nUQ\r\n")); err != nil {
			return printer.Status{}, fmt.Errorf("question UQ: %w", err)
		}
		e.asked = true
	}
	st, answered, err := e.state(ctx)
	if err != nil || !answered {
		return e.talk.silent(unanswered), err
	}
	switch {
	case !e.owed:
	case !st.Clear() && !e.since.IsZero():
		e.since = time.Now() // what stopped it stopped the label: it moves again afterwards
	case !e.since.IsZero() && time.Since(e.since) >= eplMotion:
		e.owed = false
	}
	if e.owed {
		st.Waiting++
	}
	return st, nil
}

// Print sends one label.
func (e *epl) Print(ctx context.Context, content []byte) error {
	e.owed, e.asked, e.since = true, false, time.Time{}
	return e.talk.label(ctx, e.name, content)
}

// Close ends the conversation.
func (e *epl) Close() error { return e.talk.close() }
