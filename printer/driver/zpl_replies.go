package driver

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/printer"
)

// errorBits are the error bits of ~HQES for which the packer has a word. Every
// other bit is a fault all the same: see parseErrors. Zebra's guide gives bit
// 0x100 to a wrong firmware configuration and OKI's LE840 to ribbon, rewinder and
// jam alike, so there is no word for it (Zebra, ZPL II Programming Guide, "~HQ";
// OKI LE840 ZPL manual, "ES").
func errorBits() map[uint64]printer.Condition {
	return map[uint64]printer.Condition{
		0x00000001: printer.PaperOut,
		0x00000002: printer.RibbonOut,
		0x00000004: printer.HeadOpen,
		0x00000008: printer.CutterFault,
		0x00000010: printer.TooHot,    // print head
		0x00000020: printer.TooHot,    // motor
		0x00000040: printer.HeadFault, // an element of it
		0x00000080: printer.HeadFault, // not detected
		0x00000200: printer.HeadFault, // its thermistor
		0x00001000: printer.PaperJam,  // while it was drawn back
		0x00004000: printer.PaperJam,  // feeding
		0x00008000: printer.PaperJam,  // clearing the way
		0x00010000: printer.Paused,
		0x00020000: printer.PaperJam,   // drawing back took too long
		0x00040000: printer.WrongMedia, // black mark not calibrated
		0x00080000: printer.WrongMedia, // black mark not found
	}
}

// warningBits are the warning bits of ~HQES for which the packer has a word. The
// bits of sensors are states of a kiosk printer's paper way and no warnings.
func warningBits() map[uint64]printer.Condition {
	return map[uint64]printer.Condition{
		0x00000001: printer.CalibrateMedia,
		0x00000002: printer.CleanHead,
		0x00000004: printer.ReplaceHead,
		0x00000008: printer.PaperLow,
	}
}

// sensorBits are the warning bits that tell where a kiosk printer's paper is.
const sensorBits = 0x00000ff0

// parseErrors reads the reply to ~HQES. Bits add up, so every one is looked at.
// A reply that cannot be read is a fault, never "no errors".
func parseErrors(text string) printer.Status {
	var s printer.Status
	flag, groups, ok := hqesLine(text, "ERRORS:")
	if !ok {
		add(&s, printer.UnknownFault)
		s.Detail = fmt.Sprintf("unreadable error status %q", text)
		return s
	}
	for _, c := range conditionsOf(groups[1], errorBits(), printer.UnknownFault) {
		add(&s, c)
	}
	if groups[0] != 0 || (flag && groups[1] == 0) {
		add(&s, printer.UnknownFault)
	}
	if !s.Clear() {
		s.Detail = fmt.Sprintf("errors %08X %08X", groups[0], groups[1])
	}
	_, w, ok := hqesLine(text, "WARNINGS:")
	if !ok || w[0] == 0 && w[1] == 0 {
		return s
	}
	for _, c := range conditionsOf(w[1]&^sensorBits, warningBits(), printer.UnknownWarning) {
		add(&s, c)
	}
	if w[0] != 0 {
		add(&s, printer.UnknownWarning)
	}
	s.Detail = strings.TrimSpace(fmt.Sprintf("%s warnings %08X %08X", s.Detail, w[0], w[1]))
	return s
}

// conditionsOf returns the conditions of the bits set in group, with unknown for
// those that have no word.
func conditionsOf(group uint64, words map[uint64]printer.Condition, unknown printer.Condition) []printer.Condition {
	var all []printer.Condition
	for bit := range 32 {
		mask := uint64(1) << bit
		if group&mask == 0 {
			continue
		}
		if c, known := words[mask]; known {
			all = append(all, c)
		} else {
			all = append(all, unknown)
		}
	}
	return all
}

// hqesLine reads "name flag group2 group1" out of text.
func hqesLine(text, name string) (flag bool, groups [2]uint64, ok bool) {
	_, rest, found := strings.Cut(strings.ToUpper(text), name)
	if !found {
		return false, groups, false
	}
	fields := strings.Fields(rest)
	if len(fields) < 3 || (fields[0] != "0" && fields[0] != "1") {
		return false, groups, false
	}
	for i := range groups {
		n, err := strconv.ParseUint(fields[1+i], 16, 64)
		if err != nil || n > 0xffffffff {
			return false, groups, false
		}
		groups[i] = n
	}
	return fields[0] == "1", groups, true
}

// hostShort is the most fields that the last of the three frames of ~HS has,
// and fewer than the others ever have.
const hostShort = 4

// parseHost reads the frames of ~HS. Older firmware leaves fields out, so only
// those that are read need to be there.
func parseHost(lines []string) printer.Status {
	var s printer.Status
	unreadable := func() printer.Status {
		return printer.Status{
			Conditions: []printer.Condition{printer.UnknownFault},
			Detail:     fmt.Sprintf("unreadable host status %q", lines),
		}
	}
	if len(lines) < 2 {
		return unreadable()
	}
	one, two := fields(lines[0]), fields(lines[1])
	if len(one) < 8 || len(two) < 4 {
		return unreadable()
	}
	flags := []struct {
		in []string
		at int
		is printer.Condition
	}{
		{one, 1, printer.PaperOut},
		{one, 2, printer.Paused},
		{one, 5, printer.BufferFull},
		{one, 9, printer.MemoryLost},
		{one, 10, printer.TooCold},
		{one, 11, printer.TooHot},
		{two, 2, printer.HeadOpen},
		{two, 3, printer.RibbonOut},
		{two, 7, printer.LabelWaiting},
	}
	for _, f := range flags {
		if f.at >= len(f.in) || f.in[f.at] == "0" || f.in[f.at] == "" {
			continue
		}
		if f.in[f.at] != "1" {
			return unreadable()
		}
		add(&s, f.is)
	}
	var err error
	if s.Waiting, err = strconv.Atoi(one[4]); err != nil || s.Waiting < 0 {
		return unreadable()
	}
	s.Partial = one[7] == "1"
	if len(two) > 8 && two[8] != "" {
		if s.Remaining, err = strconv.Atoi(two[8]); err != nil || s.Remaining < 0 {
			return unreadable()
		}
	}
	if !s.Clear() {
		s.Detail = "host status " + strings.Join(lines, " / ")
	}
	return s
}

// fields splits a line at its commas and trims the parts.
func fields(line string) []string {
	parts := strings.Split(line, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// parseHello reads the reply to ~HI. The memory and option fields are left
// alone; some printers send none.
func parseHello(text string) printer.Identity {
	f := fields(text)
	id := printer.Identity{Model: f[0], LanguageOK: true}
	if len(f) > 1 {
		id.Firmware = f[1]
	}
	if len(f) > 2 {
		if n, err := strconv.Atoi(f[2]); err == nil && n > 0 && n < 100 {
			id.DotsPerMM = n
		}
	}
	return id
}

// parseSerial reads the reply to ~HQSN: the number is the last line of it.
func parseSerial(text string) string {
	lines := strings.Fields(text)
	if len(lines) == 0 || strings.EqualFold(lines[len(lines)-1], "NUMBER") {
		return ""
	}
	return lines[len(lines)-1]
}

// parseCount reads an odometer. Some firmware puts a unit after the number; a
// number that goes on in another way is not half read.
func parseCount(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if end < len(text) && text[end] != ' ' {
		return 0, false
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	return n, err == nil
}

// add puts c among the conditions or warnings of s, once.
func add(s *printer.Status, c printer.Condition) { *s = s.With(c) }
