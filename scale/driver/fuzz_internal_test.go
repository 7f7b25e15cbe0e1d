package driver

import (
	"testing"

	"waybill/scale"
)

// fuzz feeds a language with anything. What it takes for a weight must be one, and
// be cut out of bytes that are there.
func fuzz(f *testing.F, l language, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		from, to := l.cut(b)
		if from < 0 || to > len(b) || to != 0 && from >= to {
			t.Fatalf("%q is cut from %d to %d", b, from, to)
		}
		answer := b
		if to > 0 {
			answer = b[from:to]
		}
		r := l.read(answer)
		hint(l, b)
		switch {
		case r.Condition == scale.Fine && !r.Stable, r.Condition == scale.Fine && r.Weight.Unit == "" && r.Size == (scale.Size{}):
			t.Errorf("%q is a reading of nothing: %+v", answer, r)
		case r.Condition != scale.Fine && r.Condition != scale.Motion && r.Condition != scale.Net && r.Weight != (scale.Weight{}):
			t.Errorf("%q is %s and has the weight %v", answer, r.Condition, r.Weight)
		case r.Condition == scale.Garbled && r.Detail == "":
			t.Errorf("%q is not understood, and nobody says why", answer)
		}
	})
}

func FuzzSICS(f *testing.F) {
	fuzz(f, sics, "S S     100.00 g\r\n", "S D      1.234 kg\r\n", "S I\r\n", "ES\r\n")
}

func Fuzz8217(f *testing.F) {
	fuzz(f, toledo8217(scale.Pound), "\x02012.34\r", "\x02?\x61\r", "\x0212.345N\r")
}

func FuzzNCI(f *testing.F) {
	fuzz(f, nci, "\n012.34lb\r\n00\r\x03", "\n^^^^^^\r\n02\r\x03", "\n?\r\x03", "\n012.34lb\r\n0p4\r\x03")
}

func FuzzFairbanks(f *testing.F) {
	fuzz(f, fairbanks, "  12.34 lb GR  \r\n", "-  0.05 lb gr  \r\n\x04")
}

func FuzzContinuous(f *testing.F) {
	fuzz(f, toledoContinuous, "\x02\x2d\x30\x20  1234000000\r", "\x02\x2d\x30\x20  1234000000\r\x12")
}

func FuzzCubiscan(f *testing.F) {
	fuzz(f, cubiscan, "\x02MACBENCH1,L030.5,W020.0,H010.0,M,K01.234,D000.00,M,F5000,D\x03\r\n", "\x02MNCM\x03\r\n")
}

func FuzzLines(f *testing.F) {
	format, err := parseFormat(scale.Options{LengthUnit: scale.Millimetre, Unit: scale.Gram, Format: "L,W,H,K"})
	if err != nil {
		f.Fatal(err)
	}
	fuzz(f, language{name: "dimension-line", cut: cutText, read: format.read}, "305,220,100,1500\r\n", "1,2,3\n")
}

func FuzzFormat(f *testing.F) {
	f.Add("L,W,H", "305,220,100\r\n")
	f.Add("[LxWxH] K", "[1x2x3] 4\n")
	f.Fuzz(func(t *testing.T, format, line string) {
		if parsed, err := parseFormat(scale.Options{LengthUnit: scale.Inch, Unit: scale.Ounce, Format: format}); err == nil {
			parsed.read([]byte(line))
		}
	})
}
