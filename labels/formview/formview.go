// Package formview reads forms of EPL2 and TSPL as a printer would and draws
// what they would print. It is how a label in those languages is proved before
// it is printed.
//
// It knows what our encoders write, boxes and pictures, and the settings that
// change nothing on the label. The printer's own fonts and barcodes, which
// differ from one model to the next, it does not draw: it reports them, as all
// it does not know, for a picture with something missing must never pass for
// the label. It shares no code with the encoders.
package formview

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"waybill/labels"
)

// A Language is one that label printers are spoken to in.
type Language string

// The languages that can be read.
const (
	EPL  Language = "epl" // EPL2
	TSPL Language = "tspl"
)

// A View is one label as printed.
type View struct {
	// Dots is what is on it. Where the form does not say how long the label is,
	// which EPL2 may leave to what the printer has sensed, it is six inches, or
	// as long as what is drawn needs.
	Dots    labels.Dots
	Sensed  bool     // the form does not say how long the label is
	Copies  int      // how many are printed
	Unknown []string // what was not understood, once each, in order
}

// Limits of what a form may ask for.
const (
	maxForm    = 64 << 20
	maxSide    = 32000
	maxArea    = 225 << 20 // dots of a label
	maxMarks   = 1 << 17   // boxes and pictures of a label
	maxWork    = 1 << 34   // dots of all labels and of what is drawn on them, so that a small form cannot keep the machine busy
	maxCopies  = 65535
	maxUnknown = 100
)

// ErrNoForm says that a form prints nothing, or that something follows the last
// label it prints: it was cut short.
var ErrNoForm = errors.New("no whole form: it ends before its last label is printed")

// Guess returns the language that data is written in, judged by the first
// command in it.
func Guess(data []byte) (Language, bool) {
	line, _, _ := bytes.Cut(bytes.TrimLeft(data[:min(len(data), 256)], "\r\n \t"), []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return "", false
	}
	first := words[0]
	if slices.Contains(tsplBegin, strings.ToUpper(first)) {
		return TSPL, true
	}
	if first == "N" || len(words) == 1 && len(first) > 1 && strings.IndexByte(eplBegin, first[0]) >= 0 && first[1] >= '0' && first[1] <= '9' {
		return EPL, true
	}
	return "", false
}

// Render draws the labels that a form prints, at resolution res, and hands each
// to show as it is printed. An error is of what follows the last one shown.
func (l Language) Render(data []byte, res labels.Resolution, show func(View)) error {
	if len(data) > maxForm {
		return fmt.Errorf("%s: %d bytes, more than %d", l, len(data), maxForm)
	}
	if res <= 0 {
		return fmt.Errorf("%s: resolution %d", l, res)
	}
	w, h := labels.Label{Width: 4 * labels.Inch, Height: 6 * labels.Inch, Resolution: res}.Size()
	p := &page{res: res, w: w, least: h, show: show}
	var err error
	switch l {
	case EPL:
		err = p.lines(data, p.epl)
	case TSPL:
		err = p.lines(data, p.tspl)
	default:
		err = errors.New("not a language that can be read")
	}
	if err == nil && (p.shown == 0 || p.begun) {
		err = ErrNoForm
	}
	if err != nil {
		return fmt.Errorf("%s: %w", l, err)
	}
	return nil
}

// lines does the command of each line. A command whose data is no text takes
// what it needs of the rest, and returns what is left.
func (p *page) lines(rest []byte, do func(line string, behind []byte) ([]byte, error)) error {
	for len(rest) > 0 {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended { // printers wait for it
			return ErrNoForm
		}
		text := strings.TrimRight(string(line[:min(len(line), maxLine)]), "\r \t")
		if text == "" {
			rest = after
			continue
		}
		left, err := do(text, rest)
		switch {
		case p.work > maxWork || len(p.marks) > maxMarks:
			return errors.New("more to draw than labels have")
		case err != nil:
			return err
		case left != nil:
			rest = left
		default:
			rest = after
		}
	}
	return nil
}

// maxLine is more than any command of ours, without the data of a picture.
const maxLine = 1024

// numbers reads whole numbers, divided by commas: at least so many, and no more
// than most.
func numbers(s string, least, most int) ([]int, bool) {
	list := strings.Split(s, ",")
	if len(list) < least || len(list) > most {
		return nil, false
	}
	var all []int
	for _, n := range list {
		v, err := strconv.Atoi(strings.TrimSpace(n))
		if err != nil || v < 0 || v > maxCopies {
			return nil, false
		}
		all = append(all, v)
	}
	return all, true
}

// quoted is a command for a report, readable whatever its bytes were.
func quoted(line string) string {
	const most = 40
	return strconv.QuoteToASCII(line[:min(len(line), most)])
}
