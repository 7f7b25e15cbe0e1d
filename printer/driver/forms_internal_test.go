package driver

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/printer"
)

func TestParseTSPL(t *testing.T) {
	is := func(cs ...printer.Condition) printer.Status {
		var s printer.Status
		for _, c := range cs {
			s = s.With(c)
		}
		return s
	}
	for text, want := range map[string]printer.Status{
		"@@@@":    {},
		"`@@@":    is(printer.Paused),
		"K@@@":    is(printer.Paused),
		"L@@@":    is(printer.LabelWaiting),
		"P@@@":    {Remaining: 1},
		"W@@@":    {Remaining: 1},
		"@A@@":    is(printer.PaperLow),
		"@B@@":    is(printer.RibbonLow),
		"@H@@":    is(printer.BufferFull),
		"@D@@":    is(printer.UnknownWarning),
		"E@A@":    is(printer.TooHot),
		"E@B@":    is(printer.TooHot),
		"E@D@":    is(printer.HeadFault),
		"E@H@":    is(printer.CutterFault),
		"E@P@":    is(printer.UnknownFault), // memory
		"E@@A":    is(printer.PaperOut),
		"E@@B":    is(printer.PaperJam),
		"E@@D":    is(printer.RibbonOut),
		"E@@\x60": is(printer.HeadOpen),
		"E@@a":    is(printer.PaperOut, printer.HeadOpen), // bits add up
		"E@@H":    is(printer.UnknownFault),               // ribbon jam
		"E@@@":    is(printer.UnknownFault),
		"Z@@@":    is(printer.UnknownFault),
		"@@@":     is(printer.UnknownFault),
		"@@@@@":   is(printer.UnknownFault),
		"@@@\x00": is(printer.UnknownFault),
		"":        is(printer.UnknownFault),
	} {
		got := parseTSPL(text)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(printer.Status{}, "Detail")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		if _, reports := got.Foremost(); reports && got.Detail == "" {
			t.Errorf("%q: a report without its raw words", text)
		}
	}
}

func TestParseTSPLByte(t *testing.T) {
	for b, want := range map[byte]struct {
		conditions []printer.Condition
		remaining  int
	}{
		0x00: {},
		0x01: {[]printer.Condition{printer.HeadOpen}, 0},
		0x05: {[]printer.Condition{printer.HeadOpen, printer.PaperOut}, 0},
		0x0a: {[]printer.Condition{printer.PaperJam, printer.RibbonOut}, 0},
		0x10: {[]printer.Condition{printer.Paused}, 0},
		0x20: {nil, 1},
		0x24: {[]printer.Condition{printer.PaperOut}, 1},
		0x41: {[]printer.Condition{printer.HeadOpen}, 0},
		0x80: {[]printer.Condition{printer.TooHot}, 0},
	} {
		got := parseTSPLByte(b)
		if diff := cmp.Diff(want.conditions, got.Conditions); diff != "" || got.Remaining != want.remaining {
			t.Errorf("%02X: %+v (-want +got):\n%s", b, got, diff)
		}
	}
}

func TestEPLStatus(t *testing.T) {
	for line, want := range map[string]printer.Status{
		"00":          {},
		"07":          {Conditions: []printer.Condition{printer.PaperOut}, Detail: "codes 07"},
		"01,11":       {Conditions: []printer.Condition{printer.HeadOpen}, Warnings: []printer.Condition{printer.UnknownWarning}, Detail: "codes 01,11"},
		"12":          {Conditions: []printer.Condition{printer.Paused}, Detail: "codes 12"},
		"92":          {Conditions: []printer.Condition{printer.Paused}, Detail: "codes 92"},
		"62":          {Conditions: []printer.Condition{printer.TooHot}, Detail: "codes 62"},
		"81":          {Conditions: []printer.Condition{printer.CutterFault}, Detail: "codes 81"},
		"50":          {Warnings: []printer.Condition{printer.UnknownWarning}, Detail: "codes 50"},
		"99":          {Conditions: []printer.Condition{printer.UnknownFault}, Detail: "codes 99"},
		"13":          {Conditions: []printer.Condition{printer.UnknownFault}, Detail: "codes 13"},
		" 07,07,00\r": {Conditions: []printer.Condition{printer.PaperOut}, Detail: "codes 07,07,00"},
	} {
		codes, ok := parseEPLCodes(line)
		if diff := cmp.Diff(want, eplStatus(codes)); diff != "" || !ok {
			t.Errorf("%q: %v (-want +got):\n%s", line, ok, diff)
		}
	}
	for _, line := range []string{"", "0", "000", "026,118,152", "UKQ1935HLU  V4.42", "07,", "0x", "07 11"} {
		if codes, ok := parseEPLCodes(line); ok {
			t.Errorf("%q was read as the codes %v", line, codes)
		}
	}
}

// FuzzForms: wherever reads end, the frames are the same, and no answer that
// cannot be read is taken for "nothing is wrong".
func FuzzForms(f *testing.F) {
	for _, seed := range []string{"\x02@@@@\x03\r\n", "\x02P@@a\x03\r\nWAYBILL-1\r\n", "07,11\r\n\x11UKQ1935HLU  V4.42\r\n", "\x02\x02", "\x00\x20"} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, single bool) {
		whole, parts := lines{single: single}, lines{single: single}
		all := whole.feed(in)
		var got []frame
		for _, b := range in {
			got = append(got, parts.feed([]byte{b})...)
		}
		if diff := cmp.Diff(all, got, cmp.AllowUnexported(frame{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("cutting depends on where reads end:\n%s", diff)
		}
		for _, fr := range all {
			if s := parseTSPL(fr.text); s.Idle() && fr.text[2:] != "@@" {
				t.Errorf("%q was read as idle", fr.text)
			}
			if fr.kind == frameByte && parseTSPLByte(fr.text[0]).Idle() != (fr.text == "\x00") {
				t.Errorf("%q was read wrongly", fr.text)
			}
			if codes, ok := parseEPLCodes(fr.text); ok && len(codes) == 0 {
				t.Errorf("%q was read as no codes", fr.text)
			}
			if id := parseEPLModel(fr.text); !id.LanguageOK {
				t.Errorf("%q gave %+v", fr.text, id)
			}
		}
	})
}
