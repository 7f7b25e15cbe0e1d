package zplview_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/labels"
	"waybill/labels/verify"
	"waybill/labels/zplview"
)

// TestEverySymbology reads each barcode command's symbol, in each orientation
// that it has, with decoders that are not ours.
func TestEverySymbology(t *testing.T) {
	maxi := "002840100450000[)>\x1e01\x1d961Z00004951\x1dUPSN\x1d06X610\x1d159\x1d1234567\x1d1/1\x1d\x1dY\x1d634 ALPHA DR\x1dPITTSBURGH\x1dPA\x1e\x04"
	for name, tc := range map[string]struct {
		in, want  string
		symbology labels.Symbology
		fixed     bool // it cannot be turned
	}{
		"Code 128":             {in: "^BCo,80,N,N,N,N^FD>:Hello", want: "Hello", symbology: labels.Code128},
		"with text":            {in: "^BCo,80,Y,N,N,N^FD>:Hello", want: "Hello", symbology: labels.Code128},
		"with text above":      {in: "^BCo,80,Y,Y,N,N^FD>:Hello", want: "Hello", symbology: labels.Code128},
		"mode U":               {in: "^BCo,80,N,N,N,U^FD0010614141234567890", want: "00106141412345678908", symbology: labels.GS1128},
		"mode D":               {in: "^BCo,80,Y,N,N,D^FD(00)106141412345678908", want: "00106141412345678908", symbology: labels.GS1128},
		"mode D, FNC1 by hand": {in: "^BCo,80,Y,N,N,D^FD>810ABC>821123", want: "10ABC\x1d21123", symbology: labels.GS1128},
		"check digit":          {in: "^BCo,80,N,N,Y,N^FD>:001061414123456789", want: "0010614141234567894", symbology: labels.Code128},
		"Code 39":              {in: "^B3o,N,80,Y,N^FDABC-123", want: "ABC-123", symbology: labels.Code39},
		"Code 39, narrow":      {in: "^BY3,2.0^B3o,N,80,N,N^FDABC-123", want: "ABC-123", symbology: labels.Code39},
		"Code 93":              {in: "^BAo,80,Y,N^FDCODE93", want: "CODE93", symbology: labels.Code93},
		"Codabar":              {in: "^BKo,N,80,Y,N,B,C^FD12345-6", want: "B12345-6C", symbology: labels.Codabar},
		"2 of 5":               {in: "^B2o,80,Y,N^FD09521234543213", want: "09521234543213", symbology: labels.ITF14},
		"2 of 5, check digit":  {in: "^B2o,80,Y,N,Y^FD0952123454321", want: "09521234543213", symbology: labels.ITF14},
		"EAN-13":               {in: "^BEo,80,Y,N^FD952123454321", want: "9521234543213", symbology: labels.EAN13},
		"EAN-8":                {in: "^B8o,80,Y,N^FD1234567", want: "12345670", symbology: labels.EAN8},
		"UPC-A":                {in: "^BUo,80,Y,N^FD03600029145", want: "036000291452", symbology: labels.UPCA},
		"UPC-E":                {in: "^B9o,80,Y,N^FD0123456", want: "01234565", symbology: labels.UPCE},
		"QR":                   {in: "^BQo,2,4^FDQA,hello", want: "hello", symbology: labels.QR},
		"QR by hand":           {in: "^BQo,2,4^FDHM,B0005hello", want: "hello", symbology: labels.QR},
		"Data Matrix":          {in: "^BXo,5,200^FDhello", want: "hello", symbology: labels.DataMatrix},
		"Data Matrix, GS1":     {in: "^BXo,5,200,,,,_^FD_10109521234543213", want: "0109521234543213", symbology: labels.GS1DataMatrix},
		"Data Matrix, escapes": {in: "^BXo,5,200,,,,#^FDa##b#d065", want: "a#bA", symbology: labels.DataMatrix},
		"Data Matrix by ^BY":   {in: "^BY2,3,80^BXo,,200^FDhello", want: "hello", symbology: labels.DataMatrix},
		"PDF417":               {in: "^B7o,8,3,4^FDhello world", want: "hello world", symbology: labels.PDF417},
		"PDF417 by ^BY":        {in: "^BY2,3,120^B7o,,5^FDhello world", want: "hello world", symbology: labels.PDF417},
		"Aztec":                {in: "^BOo,5^FDhello", want: "hello", symbology: labels.Aztec},
		"MaxiCode":             {in: "^BD2^FD" + maxi, want: "[)>\x1e01\x1d96100450000\x1d840\x1d002\x1d" + maxi[len("002840100450000[)>\x1e01\x1d96"):], symbology: labels.MaxiCode, fixed: true},
		"MaxiCode, mode 4":     {in: "^BD4^FDhello", want: "hello", symbology: labels.MaxiCode, fixed: true},
	} {
		for _, o := range []string{"N", "R", "I", "B"} {
			if tc.fixed && o != "N" {
				continue
			}
			t.Run(name+"/"+o, func(t *testing.T) {
				v := render(t, "^XA^PW812^LL812^BY2^FO150,150"+strings.Replace(tc.in, "o,", o+",", 1)+"^FS^XZ")
				if len(v.Unknown) > 0 || v.Barcodes != 1 {
					t.Errorf("unknown: %q, %d barcodes", v.Unknown, v.Barcodes)
				}
				found, err := verify.Decode(v.Dots)
				if err != nil || len(found) != 1 {
					t.Fatalf("found %v (%v), want one symbol", found, err)
				}
				if found[0].Text != tc.want || found[0].Symbology != tc.symbology {
					t.Errorf("read %s %q, want %s %q", found[0].Symbology, found[0].Text, tc.symbology, tc.want)
				}
			})
		}
	}
}

// TestWhereTurnedThingsLand holds the corner or the line by which a turned
// field stands.
func TestWhereTurnedThingsLand(t *testing.T) {
	const bars = "^BY2^BC%,40,N,N,N,N^FD>;123456" // 6 words and a stop: 68 modules, 136 dots
	for name, tc := range map[string]struct {
		in   string
		want [4]int
	}{
		"upright":              {"^FO100,50" + bars, [4]int{100, 50, 136, 40}},
		"a quarter":            {"^FO100,50" + strings.Replace(bars, "%", "R", 1), [4]int{100, 50, 40, 136}},
		"half":                 {"^FO100,50" + strings.Replace(bars, "%", "I", 1), [4]int{100, 50, 136, 40}},
		"three quarters":       {"^FO100,50" + strings.Replace(bars, "%", "B", 1), [4]int{100, 50, 40, 136}},
		"by ^FW":               {"^FWR^FO100,50" + strings.Replace(bars, "%", "", 1), [4]int{100, 50, 40, 136}},
		"on a line, upright":   {"^FT100,250" + strings.Replace(bars, "%", "N", 1), [4]int{100, 210, 136, 40}},
		"on a line, a quarter": {"^FT100,250" + strings.Replace(bars, "%", "R", 1), [4]int{100, 250, 40, 136}},
		"on a line, half":      {"^FT300,250" + strings.Replace(bars, "%", "I", 1), [4]int{164, 250, 136, 40}},
		"on a line, three":     {"^FT100,250" + strings.Replace(bars, "%", "B", 1), [4]int{60, 114, 40, 136}},
		"right end":            {"^FO300,50,1" + strings.Replace(bars, "%", "N", 1), [4]int{164, 50, 136, 40}},
		"right end by ^FW":     {"^FWN,1^FO300,50" + strings.Replace(bars, "%", "N", 1), [4]int{164, 50, 136, 40}},
		"frame at its right":   {"^FO300,50,1^GB100,20,2", [4]int{200, 50, 100, 20}},
		"ellipse":              {"^FO10,20^GE100,50,5", [4]int{10, 20, 100, 50}},
		"circle":               {"^FO10,20^GC60,5", [4]int{10, 20, 60, 60}},
		"circle on a line":     {"^FT10,120^GC60,5", [4]int{10, 60, 60, 60}},
		"diagonal":             {"^FO10,20^GD100,50,5", [4]int{10, 20, 103, 50}},
		"round corners":        {"^FO10,20^GB100,50,5,B,8", [4]int{10, 20, 100, 50}},
		"mirrored":             {"^PMY^FO0,0^GB10,20,10", [4]int{390, 0, 10, 20}},
		"binary":               {"^FO8,8^GFB,4,4,2,\xc0^\x00~", [4]int{8, 8, 15, 2}},
		"other prefixes":       {"^CC/^FO10,20/FO10,20/GB30,40,3", [4]int{10, 20, 30, 40}},
		"other delimiter":      {"^CD;^FO10;20^GB30;40;3", [4]int{10, 20, 30, 40}},
	} {
		t.Run(name, func(t *testing.T) {
			end := "^FS^XZ"
			if strings.Contains(tc.in, "^CC/") {
				end = "/FS/XZ"
			}
			v := render(t, "^XA^PW400^LL400"+strings.Replace(tc.in, "%", "N", 1)+end)
			if diff := cmp.Diff(tc.want, ink(t, v)); diff != "" {
				t.Errorf("ink (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMemory(t *testing.T) {
	var m zplview.Memory
	stream := "~DGR:BOX.GRF,2,1,FF81\n~DYR:RAW,B,G,2,1,^~^XA^DFE:FORM.ZPL^FO10,20^FN1^FS^FO10,60^GB5,5,5^FS^FO50,60^FN2^FS^XZ^XA^DFR:OLD^XGR:BOX,2,2^FS^XZ"
	if err := m.Load([]byte(stream), zplview.Prefixes{}); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		in   string
		want [4]int
	}{
		"graphic":           {"^FO10,20^XGR:BOX.GRF,1,1^FS", [4]int{10, 20, 8, 2}},
		"enlarged":          {"^FO10,20^XGR:BOX.GRF,2,3^FS", [4]int{10, 20, 16, 6}},
		"drive and kind":    {"^FO10,20^XGBOX^FS", [4]int{10, 20, 8, 2}},
		"moved":             {"^FO10,20^IMR:BOX.GRF^FS", [4]int{10, 20, 8, 2}},
		"binary":            {"^FO10,20^XGR:RAW^FS", [4]int{11, 20, 6, 2}},
		"format":            {"^XFE:FORM^FS", [4]int{10, 60, 5, 5}},
		"format with data":  {"^XFE:FORM^FS^FN2^FDx^FS", [4]int{10, 60, 46, 5}},
		"graphic in format": {"^XFR:OLD.ZPL^FS", [4]int{0, 0, 16, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := zplview.RenderAs([]byte("^XA^PW100^LL100"+tc.in+"^XZ"), labels.DPI203, zplview.Options{Memory: &m})
			if err != nil {
				t.Fatal(err)
			}
			got := ink(t, v)
			if name == "format with data" {
				if got[2] < 40 {
					t.Errorf("ink %v: the field's data is missing", got)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ink (-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []string{"~DGR:A", "~DGR:A,x,1,FF", "~DGR:A,2,3,FF", "~DYR:A,A,T,2,1,FF", "~DYR:A,P,P,4,,00112233"} {
		if err := m.Load([]byte(bad), zplview.Prefixes{}); err == nil {
			t.Errorf("%s was stored", bad)
		}
	}
}

// TestSerialNumbers reads the number of a copy from its bars.
func TestSerialNumbers(t *testing.T) {
	for _, tc := range []struct {
		in   string
		copy int
		want string
	}{
		{"^SN0098,1,Y", 0, "0098"},
		{"^SN0098,1,Y", 5, "0103"},
		{"^SN0098,1,N", 5, "103"},
		{"^SNA7B,-1,Y", 3, "A4B"},
		{"^FDAB09^SFAADD", 1, "AB10"},
		{"^FDAZ99^SFAADD", 1, "BA00"},
		{"^FDAB09^SF%%dd,5", 2, "AB19"},
	} {
		v, err := zplview.RenderAs([]byte("^XA^PW600^LL200^BY2^FO60,60^BCN,80,N,N,N,N"+tc.in+"^FS^XZ"), labels.DPI203, zplview.Options{Copy: tc.copy})
		if err != nil {
			t.Fatal(err)
		}
		found, err := verify.Decode(v.Dots)
		if err != nil || len(found) != 1 || found[0].Text != tc.want {
			t.Errorf("%s, copy %d: read %v (%v), want %s; unknown %q", tc.in, tc.copy, found, err, tc.want, v.Unknown)
		}
	}
}

// TestBlocks holds that lines of a block stand where they should: by their
// number, their distance and their ends.
func TestBlocks(t *testing.T) {
	words := "one two three four five six seven eight nine ten eleven twelve"
	box := func(block string) [4]int {
		return ink(t, render(t, "^XA^PW400^LL400^FO20,20^A0N,30,30"+block+"^FD"+words+"^FS^XZ"))
	}
	one, two := box("^FB300,1,0,L"), box("^FB300,9,0,L")
	if two[3] < one[3]+50 {
		t.Errorf("a block of several lines is %d dots high, one line %d", two[3], one[3])
	}
	if apart := box("^FB300,9,20,L"); apart[3] != two[3]+20*(two[3]/30) {
		t.Errorf("lines 20 dots further apart are %d high, not apart %d", apart[3], two[3])
	}
	if just := box("^FB300,9,0,J"); just[0]+just[2] < 318 || just[0]+just[2] > 322 {
		t.Errorf("justified lines end at %d, want 320", just[0]+just[2])
	}
	if right := box("^FB300,9,0,R"); right[0]+right[2] < 314 || right[0] < 20 {
		t.Errorf("lines to the right are %v", right)
	}
	if text := box("^TBN,300,70"); text[3] > 70 {
		t.Errorf("a text block of 70 dots is %d high", text[3])
	}
	if narrow, broad := box("^A0N,30,15^FB350,1,0,L"), box("^A0N,30,60^FB350,1,0,L"); narrow == broad {
		t.Error("a font's width changes nothing")
	}
}
