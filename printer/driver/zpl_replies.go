package driver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"waybill/printer"
)

// errorBits are the error bits of ~HQES for which the packer has a word. Every
// other bit is a fault all the same: see parseErrors.
func errorBits() map[uint64]printer.Condition {
	return map[uint64]printer.Condition{
		0x00000001: printer.PaperOut,
		0x00000002: printer.RibbonOut,
		0x00000004: printer.HeadOpen,
		0x00000008: printer.CutterFault,
		0x00000010: printer.TooHot, // print head
		0x00000020: printer.TooHot, // motor
		0x00010000: printer.Paused,
	}
}

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
	words := errorBits()
	for bit := range 32 {
		mask := uint64(1) << bit
		if groups[1]&mask == 0 {
			continue
		}
		if c, known := words[mask]; known {
			add(&s, c)
		} else {
			add(&s, printer.UnknownFault)
		}
	}
	if groups[0] != 0 || (flag && groups[1] == 0) {
		add(&s, printer.UnknownFault)
	}
	if !s.Clear() {
		s.Detail = fmt.Sprintf("errors %08X %08X", groups[0], groups[1])
	}
	if _, w, ok := hqesLine(text, "WARNINGS:"); ok && (w[0] != 0 || w[1] != 0) {
		s.Detail = strings.TrimSpace(fmt.Sprintf("%s warnings %08X %08X", s.Detail, w[0], w[1]))
	}
	return s
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
		{one, 9, printer.UnknownFault},  // configuration lost
		{one, 10, printer.UnknownFault}, // too cold
		{one, 11, printer.TooHot},
		{two, 2, printer.HeadOpen},
		{two, 3, printer.RibbonOut},
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

// parseCount reads an odometer. Some firmware puts a unit after the number.
func parseCount(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	return n, err == nil
}

// add puts c among the conditions of s, once.
func add(s *printer.Status, c printer.Condition) {
	if !slices.Contains(s.Conditions, c) {
		s.Conditions = append(s.Conditions, c)
	}
}
