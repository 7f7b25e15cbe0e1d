package driver

import (
	"context"
	"fmt"
	"strings"

	"waybill/printer"
)

// tsplDriver talks to printers in TSPL.
func tsplDriver() printer.Driver {
	return printer.Driver{
		Name:      "tspl",
		Doc:       "TSC and compatible printers in TSPL mode, over any link that answers; they count no labels",
		Languages: []string{"tspl"},
		Open:      openTSPL,
	}
}

// openTSPL opens the conversation.
func openTSPL(ctx context.Context, o printer.Options) (printer.Printer, error) {
	talk, err := open(ctx, o, "tspl")
	if err != nil {
		return nil, err
	}
	t := &tspl{talk: talk, name: o.Name, frames: &lines{}}
	talk.framer, talk.aside = t.frames, t.overhear
	return t, nil
}

// tspl is a conversation with one printer. It is for one goroutine at a time.
//
// Its questions of state are answered at once, ahead of the labels that wait, so
// that "normal" says nothing of a label that was just sent. What does is an answer
// in its turn: after each label the printer is asked to send back a mark, by OUT,
// which it reaches when it has dealt with the label (TSC, TTP-244 Plus manual,
// "<ESC>!S": at any time, even in the event of printer error). Where there is no
// OUT, or the state is a byte that a mark could be taken for, the printer must be
// seen at work and then at rest. That OUT waits its turn is general knowledge of
// TSPL; all of it is tried on no printer.
type tspl struct {
	talk   *conversation
	name   string
	frames *lines

	long   knowledge // <ESC>!S: firmware since V6.29 EZ
	marks  knowledge // OUT
	mute   bool      // it did not answer: nothing more is asked
	owed   bool      // a label was sent and nothing has shown that it was dealt with
	asked  bool      // its mark was asked for
	number int       // of the last mark
	busy   bool      // the printer was seen at work since the label was sent
}

// mark returns the mark that is awaited.
func (t *tspl) mark() string { return fmt.Sprintf("WAYBILL-%d", t.number) }

// overhear takes note of the mark of a label, whenever it comes.
func (t *tspl) overhear(f frame) {
	if f.kind == frameLine && t.asked && strings.TrimSpace(f.text) == t.mark() {
		t.owed, t.asked = false, false
	}
}

// Identity asks for the state first, in bytes that no printer prints. Only a
// printer that answers is asked for its model.
func (t *tspl) Identity(ctx context.Context) (printer.Identity, error) {
	t.mute = false
	_, answered, err := t.state(ctx)
	if t.mute = !answered; err != nil || t.mute {
		return printer.Identity{}, err
	}
	id := printer.Identity{LanguageOK: true}
	if id.Model, err = t.line(ctx, "~!T\r\n", func(string) bool { return true }); err != nil {
		return printer.Identity{}, err
	}
	t.number++
	mark, err := t.line(ctx, fmt.Sprintf("OUT %q\r\n", t.mark()), func(s string) bool { return s == t.mark() })
	if err != nil {
		return printer.Identity{}, err
	}
	t.marks = hasNot
	if mark == "" {
		return id, nil
	}
	if t.long == has { // else a mark could be taken for the byte that is the state
		t.marks = has
	}
	id.Serial, err = t.line(ctx, "OUT _SERIAL$\r\n", func(string) bool { return true })
	return id, err
}

// line asks a question that is answered by a line, and returns the answer or, in
// silence, nothing.
func (t *tspl) line(ctx context.Context, question string, want func(string) bool) (string, error) {
	if err := t.talk.resynchronise(ctx); err != nil {
		return "", err
	}
	found := ""
	_, err := t.talk.ask(ctx, question, func(f frame) bool {
		s := strings.TrimSpace(f.text)
		if f.kind != frameLine || !want(s) {
			return false
		}
		found = s
		return true
	})
	return found, err
}

// state asks how the printer is.
func (t *tspl) state(ctx context.Context) (st printer.Status, answered bool, err error) {
	if t.long != hasNot {
		if err := t.talk.resynchronise(ctx); err != nil {
			return st, false, err
		}
		answered, err = t.talk.ask(ctx, "\x1b!S", func(f frame) bool {
			if f.kind != frameOther {
				return false
			}
			st = parseTSPL(f.text)
			return true
		})
		if err != nil || answered {
			t.long = has
			return st, answered, err
		}
	}
	if t.long == has {
		return st, false, nil
	}
	if err := t.talk.resynchronise(ctx); err != nil {
		return st, false, err
	}
	t.frames.single = true
	defer func() { t.frames.single = false }()
	answered, err = t.talk.ask(ctx, "\x1b!?", func(f frame) bool {
		if f.kind != frameByte {
			return false
		}
		st = parseTSPLByte(f.text[0])
		return true
	})
	if answered {
		t.long = hasNot // it answered the later question, so the earlier answer will not come
	}
	return st, answered, err
}

// Status asks for the state, and for the mark of a label that was sent.
func (t *tspl) Status(ctx context.Context) (printer.Status, error) {
	const unanswered = "no answer to <ESC>!S and <ESC>!?"
	if t.mute {
		return t.talk.silent(unanswered), nil
	}
	if t.owed && t.marks == has && !t.asked {
		t.number++
		if _, err := t.talk.write(ctx, fmt.Appendf(nil, "OUT %q\r\n", t.mark())); err != nil {
			return printer.Status{}, fmt.Errorf("question OUT: %w", err)
		}
		t.asked = true
	}
	st, answered, err := t.state(ctx)
	if err != nil || !answered {
		return t.talk.silent(unanswered), err
	}
	if t.owed && t.marks != has {
		working := st.Remaining > 0
		t.owed = working || !t.busy
		t.busy = working || t.busy
	}
	if t.owed {
		st.Waiting++
	}
	return st, nil
}

// Print sends one label.
func (t *tspl) Print(ctx context.Context, content []byte) error {
	t.owed, t.asked, t.busy = true, false, false
	return t.talk.label(ctx, t.name, content)
}

// Close ends the conversation.
func (t *tspl) Close() error { return t.talk.close() }
