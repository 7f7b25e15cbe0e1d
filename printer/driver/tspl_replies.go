package driver

import (
	"fmt"

	"waybill/printer"
)

// parseTSPL reads the four bytes that answer <ESC>!S: what the printer does, a
// warning, and two of errors. Each byte has bit 0x40 set, so that none is a
// control character (TSC, TTP-244 Plus manual, "<ESC>!S"; the warnings of paper
// and ribbon, the head's error, ribbon jam and open head, which that copy lacks
// or reserves, are general knowledge of later firmware).
func parseTSPL(text string) printer.Status {
	var s printer.Status
	unreadable := func() printer.Status {
		return printer.Status{Conditions: []printer.Condition{printer.UnknownFault}, Detail: fmt.Sprintf("unreadable state %q", text)}
	}
	if len(text) != 4 {
		return unreadable()
	}
	for _, b := range []byte(text) {
		if b&0xc0 != 0x40 {
			return unreadable()
		}
	}
	bits := func(b byte, words map[uint64]printer.Condition, unknown printer.Condition) {
		for _, c := range conditionsOf(uint64(b&0x3f), words, unknown) {
			add(&s, c)
		}
	}
	bits(text[1], map[uint64]printer.Condition{
		0x01: printer.PaperLow, 0x02: printer.RibbonLow, 0x08: printer.BufferFull,
	}, printer.UnknownWarning)
	bits(text[2], map[uint64]printer.Condition{
		0x01: printer.TooHot /* head */, 0x02: printer.TooHot /* motor */, 0x04: printer.HeadFault, 0x08: printer.CutterFault,
	}, printer.UnknownFault)
	bits(text[3], map[uint64]printer.Condition{
		0x01: printer.PaperOut, 0x02: printer.PaperJam, 0x04: printer.RibbonOut, 0x20: printer.HeadOpen,
	}, printer.UnknownFault)
	switch text[0] {
	case '@':
	case '`', 'K': // paused; waits for the print key
		add(&s, printer.Paused)
	case 'L':
		add(&s, printer.LabelWaiting)
	case 'B', 'C', 'F', 'P', 'W': // moves back, cuts, feeds, prints, draws
		s.Remaining = 1
	default: // 'E', an error, which the other bytes should name
		if s.Clear() {
			add(&s, printer.UnknownFault)
		}
	}
	if !s.Clear() || len(s.Warnings) > 0 {
		s.Detail = fmt.Sprintf("state %q: %02X %02X %02X %02X", text, text[0], text[1], text[2], text[3])
	}
	return s
}

// parseTSPLByte reads the byte that answers <ESC>!? (TSC and Gprinter manuals,
// "<ESC>!?").
func parseTSPLByte(b byte) printer.Status {
	var s printer.Status
	for _, c := range conditionsOf(uint64(b&^0x20), map[uint64]printer.Condition{
		0x01: printer.HeadOpen, 0x02: printer.PaperJam, 0x04: printer.PaperOut, 0x08: printer.RibbonOut, 0x10: printer.Paused,
		0x40: printer.HeadOpen /* cover */, 0x80: printer.TooHot, // out of its range: too hot is the likelier
	}, printer.UnknownFault) {
		add(&s, c)
	}
	if b&0x20 != 0 {
		s.Remaining = 1
	}
	if !s.Clear() {
		s.Detail = fmt.Sprintf("state %02X", b)
	}
	return s
}
