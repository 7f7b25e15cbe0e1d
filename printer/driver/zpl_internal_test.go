package driver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/printer"
)

// cleanHQES is a capture from a printer without faults.
const cleanHQES = "\r\n\r\n  PRINTER STATUS                            \r\n" +
	"   ERRORS:         0 00000000 00000000      \r\n" +
	"   WARNINGS:       0 00000000 00000000      \r\n"

func TestParseErrors(t *testing.T) {
	c := func(cs ...printer.Condition) []printer.Condition { return cs }
	for _, tt := range []struct {
		name, line string
		want       []printer.Condition
	}{
		{"clean", "0 00000000 00000000", nil},
		{"media out", "1 00000000 00000001", c(printer.PaperOut)},
		{"bits add up", "1 00000000 0000000B", c(printer.PaperOut, printer.RibbonOut, printer.CutterFault)},
		{"head open, paused", "1 00000000 00010004", c(printer.HeadOpen, printer.Paused)},
		{"both temperatures", "1 00000000 00000030", c(printer.TooHot)},
		{"bit without a word", "1 00000000 00000400", c(printer.UnknownFault)},
		{"elements of the head", "1 00000000 000002C0", c(printer.HeadFault)},
		{"jam", "1 00000000 00004000", c(printer.PaperJam)},
		{"no black mark", "1 00000000 00080000", c(printer.WrongMedia)},
		{"highest bit", "1 00000000 80000000", c(printer.UnknownFault)},
		{"other group", "1 00000001 00000000", c(printer.UnknownFault)},
		{"flag without a bit", "1 00000000 00000000", c(printer.UnknownFault)},
		{"bit without the flag", "0 00000000 00000001", c(printer.PaperOut)},
		{"cut off", "1 0000", c(printer.UnknownFault)},
		{"not hexadecimal", "0 00000000 0000000G", c(printer.UnknownFault)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := parseErrors(strings.Replace(cleanHQES, "0 00000000 00000000", tt.line, 1))
			if diff := cmp.Diff(tt.want, got.Conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if !got.Clear() && got.Detail == "" {
				t.Error("a fault without its raw words")
			}
		})
	}
	for line, want := range map[string][]printer.Condition{
		"0 00000000 00000000": nil,
		"1 00000000 00000002": c(printer.CleanHead),
		"1 00000000 0000000D": c(printer.CalibrateMedia, printer.ReplaceHead, printer.PaperLow),
		"1 00000000 00000FF0": nil, // where a kiosk printer's paper is
		"1 00000000 00001010": c(printer.UnknownWarning),
		"1 00000001 00000000": c(printer.UnknownWarning),
	} {
		warned := parseErrors(strings.Replace(cleanHQES, "WARNINGS:       0 00000000 00000000", "WARNINGS:       "+line, 1))
		if diff := cmp.Diff(want, warned.Warnings); diff != "" || !warned.Clear() {
			t.Errorf("%s: conditions %v, warnings (-want +got):\n%s", line, warned.Conditions, diff)
		}
		if bits := strings.Fields(line)[2]; (bits != "00000000" || want != nil) && !strings.Contains(warned.Detail, bits) {
			t.Errorf("%s: the bits are not told: %q", line, warned.Detail)
		}
	}
}

func TestParseHost(t *testing.T) {
	const l1, l2, l3 = "030,0,0,1225,000,0,0,0,000,0,0,0", "001,0,0,0,1,2,6,0,00000000,1,000", "1234,0"
	for _, tt := range []struct {
		name  string
		lines []string
		want  printer.Status
	}{
		{"idle", []string{l1, l2, l3}, printer.Status{}},
		{
			"published sample",
			[]string{"030,1,1,1225,000,0,0,0,000,0,0,0", "001,0,0,1,1,2,6,0,00000100,1,000", l3},
			printer.Status{Conditions: []printer.Condition{printer.PaperOut, printer.Paused, printer.RibbonOut}, Remaining: 100},
		},
		{"waiting and partial", []string{"030,0,0,1225,002,0,0,1,000,0,0,0", l2, l3}, printer.Status{Waiting: 2, Partial: true}},
		{"buffer full", []string{"030,0,0,1225,000,1,0,0,000,0,0,0", l2, l3}, printer.Status{Conditions: []printer.Condition{printer.BufferFull}}},
		{"too hot", []string{"030,0,0,1225,000,0,0,0,000,0,0,1", l2, l3}, printer.Status{Conditions: []printer.Condition{printer.TooHot}}},
		{"configuration lost", []string{"030,0,0,1225,000,0,0,0,000,1,0,0", l2, l3}, printer.Status{Conditions: []printer.Condition{printer.MemoryLost}}},
		{"too cold", []string{"030,0,0,1225,000,0,0,0,000,0,1,0", l2, l3}, printer.Status{Conditions: []printer.Condition{printer.TooCold}}},
		{"a label to take", []string{l1, "001,0,0,0,1,1,6,1,00000002,1,000", l3}, printer.Status{Conditions: []printer.Condition{printer.LabelWaiting}, Remaining: 2}},
		{
			"kiosk print mode is a letter",
			[]string{l1, "001,0,1,0,1,K,6,0,00000003,1,000", l3},
			printer.Status{Conditions: []printer.Condition{printer.HeadOpen}, Remaining: 3},
		},
		{"spaces and short lines", []string{" 030, 0, 0, 1225, 001, 0, 0, 0", "001,0,0,0", l3}, printer.Status{Waiting: 1}},
		{"too short", []string{"030,0,0", l2, l3}, printer.Status{Conditions: []printer.Condition{printer.UnknownFault}}},
		{"flag is a letter", []string{"030,x,0,1225,000,0,0,0,000,0,0,0", l2, l3}, printer.Status{Conditions: []printer.Condition{printer.UnknownFault}}},
		{"count is a letter", []string{"030,0,0,1225,xyz,0,0,0,000,0,0,0", l2, l3}, printer.Status{Conditions: []printer.Condition{printer.UnknownFault}}},
		{"nothing", nil, printer.Status{Conditions: []printer.Condition{printer.UnknownFault}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := parseHost(tt.lines)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(printer.Status{}, "Detail")); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseHello(t *testing.T) {
	for in, want := range map[string]printer.Identity{
		"LP2844-Z,V45.11.7Z   ,8,8192KB":            {Model: "LP2844-Z", Firmware: "V45.11.7Z", DotsPerMM: 8, LanguageOK: true},
		"ZP 500 (ZPL)-200dpi,ZSP-002281B,8,2104KB":  {Model: "ZP 500 (ZPL)-200dpi", Firmware: "ZSP-002281B", DotsPerMM: 8, LanguageOK: true},
		"ZD621-300dpi,V93.21.17Z,12,8192KB,PRESENT": {Model: "ZD621-300dpi", Firmware: "V93.21.17Z", DotsPerMM: 12, LanguageOK: true},
		"X,V1,many,1KB": {Model: "X", Firmware: "V1", LanguageOK: true},
	} {
		if diff := cmp.Diff(want, parseHello(in)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func TestParseSerial(t *testing.T) {
	for in, want := range map[string]string{
		"\r\n  SERIAL NUMBER\r\n  D4J204800123\r\n": "D4J204800123",
		"SERIAL NUMBER 41A12":                       "41A12",
		"SERIAL NUMBER\r\n":                         "",
	} {
		var f framer
		frames := f.feed([]byte("\x02" + in + "\x03"))
		if len(frames) != 1 || frames[0].kind != frameSerial || parseSerial(frames[0].text) != want {
			t.Errorf("%q: %+v, want the serial number %q", in, frames, want)
		}
	}
	if got := parseSerial(""); got != "" {
		t.Errorf("nothing was read as %q", got)
	}
}

func TestParseAlert(t *testing.T) {
	for line, want := range map[string]struct {
		c      printer.Condition
		on, ok bool
	}{
		"ERROR CONDITION: RIBBON IN [2024-07-17 14:36:30] [XXZKJ181100602]": {printer.RibbonIn, true, true},
		"ERROR CLEARED: RIBBON IN [..]":                                     {printer.RibbonIn, false, true},
		"ALERT: MEDIA LOW [..]":                                             {printer.PaperLow, true, true},
		"ERROR CONDITION: REWIND FULL":                                      {printer.RewinderFull, true, true},
		"ERROR CONDITION: HEAD OPEN [..]":                                   {"", true, false}, // asked for, not listened for
		"エラー: リボン":                                                          {},
		"":                                                                  {},
	} {
		c, on, ok := parseAlert(line)
		if c != want.c || on != want.on || ok != want.ok {
			t.Errorf("%q: %q, %v, %v", line, c, on, ok)
		}
	}
}

func TestParseCount(t *testing.T) {
	for in, want := range map[string]int64{"123": 123, " 42 ": 42, "8021 LABELS": 8021, "0": 0} {
		if n, ok := parseCount(in); !ok || n != want {
			t.Errorf("%q: %d, %v", in, n, ok)
		}
	}
	for _, in := range []string{"", "?", "-1", "LABELS", "1,234", "1.234", "12:30", "99999999999999999999"} {
		if n, ok := parseCount(in); ok {
			t.Errorf("%q was read as %d", in, n)
		}
	}
}

func TestFramerFindsFramesInNoise(t *testing.T) {
	in := "ALERT: PAPER OUT [x]\r\n\x02" + cleanHQES + "\x03\r\n" +
		"\x02half a frame\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n" +
		"\"123\"\r\n\"lost quote \x02ZD621,V1,12,8192KB\x03 \"?\""
	want := []frame{
		{frameAlert, "ALERT: PAPER OUT [x]"},
		{frameError, cleanHQES},
		{frameHost, "030,0,0,1225,000,0,0,0,000,0,0,0"},
		{frameVariable, "123"},
		{frameHello, "ZD621,V1,12,8192KB"},
		{frameVariable, "?"},
	}
	for _, size := range []int{1, 2, 7, len(in)} {
		var f framer
		var got []frame
		for rest := in; rest != ""; {
			n := min(size, len(rest))
			got = append(got, f.feed([]byte(rest[:n]))...)
			rest = rest[n:]
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(frame{})); diff != "" {
			t.Errorf("pieces of %d (-want +got):\n%s", size, diff)
		}
	}
}

func FuzzReplies(f *testing.F) {
	f.Add([]byte("\x02" + cleanHQES + "\x03"))
	f.Add([]byte("\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"))
	f.Add([]byte("\"123\"\r\n"))
	f.Add([]byte("ERROR CONDITION: RIBBON IN [..]\r\n\x02\r\nSERIAL NUMBER\r\n1\r\n\x03"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var whole, parts framer
		all := whole.feed(in)
		var got []frame
		for _, b := range in {
			got = append(got, parts.feed([]byte{b})...)
		}
		if diff := cmp.Diff(all, got, cmp.AllowUnexported(frame{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("cutting depends on where reads end:\n%s", diff)
		}
		var lines []string
		for _, fr := range all {
			s := parseErrors(fr.text)
			if s.Clear() && !strings.Contains(strings.ToUpper(fr.text), "ERRORS:") {
				t.Errorf("%q was read as free of errors", fr.text)
			}
			parseHello(fr.text)
			if serial := parseSerial(fr.text); strings.ContainsAny(serial, " \r\n") {
				t.Errorf("%q was read as the serial number %q", fr.text, serial)
			}
			if _, _, ok := parseAlert(fr.text); ok != (fr.kind == frameAlert) && ok {
				t.Errorf("%q is an alert and was framed as %d", fr.text, fr.kind)
			}
			if n, ok := parseCount(fr.text); ok && n < 0 {
				t.Errorf("%q was read as the count %d", fr.text, n)
			}
			lines = append(lines, fr.text)
		}
		if s := parseHost(lines); s.Waiting < 0 || s.Remaining < 0 {
			t.Errorf("%q gave %+v", lines, s)
		}
	})
}

func TestBatch(t *testing.T) {
	for in, want := range map[string]string{
		"^XA^FDx^FS^XZ":            "^XA^FDx^FS^PQ7^XZ",
		"^XA^FDx^FS^PQ1^XZ\n":      "^XA^FDx^FS^PQ7^XZ\n",
		"^xa^fdx^fs^pq1\r\n^xz":    "^xa^fdx^fs^PQ7^xz",
		"^XA^PQ1^FDx^FS^XZ":        "^XA^PQ7^FDx^FS^XZ",
		"^XA^FDx^FS^PQ2^XZ":        "",
		"^XA^FDx^FS^PQ1,0,1^XZ":    "",
		"^XA^PQ1^FDx^FS^PQ1^XZ":    "",
		"^XA^FDx^FS^XZ^XA^FDy^XZ":  "",
		"^XA^CC+^FDx^FS^XZ":        "",
		"^XA^GFB,1,1,1,\x00^FS^XZ": "",
		"^XA^FDx^FS":               "",
		"":                         "",
	} {
		got, ok := (&zpl{}).Batch([]byte(in), 7)
		if string(got) != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, got, ok, want)
		}
	}
	if _, ok := (&zpl{}).Batch([]byte("^XA^XZ"), 0); ok {
		t.Error("a batch of none")
	}
}

// Noise with framing bytes and commas is no machine that says who it is.
func TestNoiseIsNoMachine(t *testing.T) {
	for text, want := range map[string]frameKind{
		"ZD621-203dpi,V93.21.17Z,8,8192KB": frameHello,
		" ZTC ZD421-300dpi ,V1,12,8176KB":  frameHello,
		"\xff\"~^,1,2,3":                   frameOther,
		",1,2,3":                           frameOther,
		"\x00\x01,V1,8,1":                  frameOther,
	} {
		if got := classify(text).kind; got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}
