package driver

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scale"
)

// TestAnswers holds what each language's answers say. The text is the weight, or
// the condition.
func TestAnswers(t *testing.T) {
	const sum = "\x00" // stands for the right checksum
	tests := []struct {
		l      language
		answer string
		want   string
	}{
		{sics, "S S     100.00 g\r\n", "100.00 g"},
		{sics, "S S    -100.00 g\r\n", "-100.00 g"},
		{sics, "S S      0.000 kg\r\n", "0.000 kg"},
		{sics, "S D      1.234 kg\r\n", "motion"},
		{sics, "S S      2.205 lb\r\n", "2.205 lb"},
		{sics, "S S     100.00 pcs\r\n", "wrong_unit"},
		{sics, "S I\r\n", "refused"},
		{sics, "S +\r\n", "over"},
		{sics, "S -\r\n", "under"},
		{sics, "ES\r\n", "refused"},
		{sics, "EL\r\n", "refused"},
		{sics, "ET\r\n", "garbled"},
		{sics, "S S Error 10b\r\n", "fault"},
		{sics, "S S    100.00 g\r\n", "garbled"},      // a byte was lost
		{sics, "S S      100.00 g\r\n", "garbled"},    // or one too many came
		{sics, "S S     1O0.00 g\r\n", "garbled"},     // a letter
		{sics, "S S     100.0  g\r\n", "garbled"},     // a blank
		{sics, "S S     100.00  g\r\n", "wrong_unit"}, // " g" is no unit
		{sics, "s s     100.00 g\r\n", "garbled"},
		{sics, "S S     100.00 g\n", "garbled"},
		{sics, "I4 A \"1234\"\r\n", "garbled"},
		{sics, "\r\n", "garbled"},

		{toledo8217("lb"), "\x02012.34\r", "12.34 lb"},
		{toledo8217("lb"), "\x02 12.34\r", "12.34 lb"},
		{toledo8217("g"), "\x02001234\r", "1234 g"},
		{toledo8217("kg"), "\x0212.345N\r", "net"},
		{toledo8217("kg"), "\x0212.345kg\r", "12.345 kg"},
		{toledo8217("kg"), "\x0212.345lb\r", "12.345 lb"}, // finish refuses it
		{toledo8217("kg"), "\x02?\x61\r", "motion"},
		{toledo8217("kg"), "\x02?\x43\r", "over"},
		{toledo8217("kg"), "\x02?\x65\r", "under"},
		{toledo8217("kg"), "\x02?\x68\r", "needs_zero"},
		{toledo8217("kg"), "\x02?\x60\r", "refused"},
		{toledo8217("kg"), "\x02?\x01\r", "garbled"},
		{toledo8217("kg"), "\x02?\xe1\r", "garbled"},
		{toledo8217("kg"), "\x02?\r", "garbled"},
		{toledo8217("kg"), "\x0201\r", "garbled"},
		{toledo8217("kg"), "\x02-1.234\r", "garbled"},
		{toledo8217("kg"), "\x0212,345\r", "garbled"},
		{toledo8217("kg"), "\x02\r", "garbled"},

		{nci, "\n012.34lb\r\n00\r\x03", "12.34 lb"},
		{nci, "\n  2.05KG\r\n00\r\x03", "2.05 kg"},
		{nci, "\n -0.05lb\r\n00\r\x03", "-0.05 lb"},
		{nci, "\n012.34lb\r\n10\r\x03", "motion"},
		{nci, "\n000.00lb\r\n20\r\x03", "0.00 lb"},
		{nci, "\n012.34lb\r\n40\r\x03", "fault"},
		{nci, "\n012.34lb\r\n80\r\x03", "fault"},
		{nci, "\n^^^^^^lb\r\n02\r\x03", "over"},
		{nci, "\n^^^^^^\r\n00\r\x03", "over"},
		{nci, "\n______\r\n01\r\x03", "under"},
		{nci, "\n- - - -\r\n00\r\x03", "needs_zero"},
		{nci, "\n012.34lb\r\n04\r\x03", "fault"},
		{nci, "\n012.34lb\r\n08\r\x03", "calibrate"},
		{nci, "\n012.34lb\r\n0p4\r\x03", "net"},
		{nci, "\n012.34lb\r\n0p8\r\x03", "needs_zero"},
		{nci, "\n012.34lb\r\n0pp1\r\x03", "12.34 lb"},
		{nci, "\n012.34lb\r\n0p\r\x03", "garbled"},  // a byte was promised
		{nci, "\n012.34lb\r\n004\r\x03", "garbled"}, // and here not
		{nci, "\n012.34lb\r\n0\r\x03", "garbled"},
		{nci, "\n012.34lb\r\n\x10\x10\r\x03", "garbled"},
		{nci, "\n00\r\x03", "garbled"},
		{nci, "\n?\r\x03", "refused"},
		{nci, "\n 3lb 4.5oz\r\n00\r\x03", "wrong_unit"},
		{nci, "\n012.34\r\n00\r\x03", "garbled"},
		{nci, "012.34lb\r\n00\r\x03", "garbled"},

		{fairbanks, "  12.34 lb GR  \r\n", "12.34 lb"},
		{fairbanks, "1234.56 kg GR  \r\n", "1234.56 kg"},
		{fairbanks, "    .05 lb GR  \r\n", "0.05 lb"},
		{fairbanks, "-  0.05 lb GR  \r\n", "-0.05 lb"},
		{fairbanks, "  12.34 lb gr  \r\n", "motion"},
		{fairbanks, "  12.34 lb GR  \r\n\x04", "over"},
		{fairbanks, "  12.34 lb Gr  \r\n", "garbled"},
		{fairbanks, "  12.34 oz GR  \r\n", "garbled"},
		{fairbanks, " 12.34 lb GR  \r\n", "garbled"},
		{fairbanks, "  12.34 lb NT  \r\n", "garbled"},
		{fairbanks, "        lb GR  \r\n", "garbled"},

		{toledoContinuous, "\x02\x2d\x30\x20  1234000000\r" + sum, "1.234 kg"},
		{toledoContinuous, "\x02\x2d\x30\x20  1234000000\r", "1.234 kg"},
		{toledoContinuous, "\x02\x2c\x20\x20001234000000\r" + sum, "12.34 lb"},
		{toledoContinuous, "\x02\x2a\x20\x21001234000000\r" + sum, "1234 g"},
		{toledoContinuous, "\x02\x2d\x32\x20  1234000000\r" + sum, "-1.234 kg"},
		{toledoContinuous, "\x02\x2d\x38\x20  1234000000\r" + sum, "motion"},
		{toledoContinuous, "\x02\x2d\x31\x20  1234000500\r" + sum, "net"},
		{toledoContinuous, "\x02\x2d\x34\x20  1234000000\r" + sum, "over"},
		{toledoContinuous, "\x02\x2d\x36\x20  1234000000\r" + sum, "under"},
		{toledoContinuous, "\x02\x2d\x70\x20  1234000000\r" + sum, "needs_zero"},
		{toledoContinuous, "\x02\x29\x30\x20  1234000000\r" + sum, "refused"},
		{toledoContinuous, "\x02\x2d\x30\x30  1234000000\r" + sum, "refused"},
		{toledoContinuous, "\x02\x2d\x30\x23  1234000000\r" + sum, "wrong_unit"},
		{toledoContinuous, "\x02\x2d\x30\x20  1234000000\rx", "garbled"},
		{toledoContinuous, "\x02\x2d\x30\x20  12a4000000\r" + sum, "garbled"},
		{toledoContinuous, "\x02\x0d\x30\x20  1234000000\r" + sum, "garbled"},
		{toledoContinuous, "\x02\x2d\x30\x20      000000\r" + sum, "garbled"},

		{cubiscan, "\x02MACBENCH1,L030.5,W020.0,H010.0,M,K01.234,D000.00,M,F5000,D\x03\r\n", "1.234 kg 30.5 cm × 20.0 cm × 10.0 cm"},
		{cubiscan, "\x02MAHBENCH1,L012.0,W008.0,H004.0,E,K002.50,D000.00,E,F0139,D\x03\r\n", "2.50 lb 12.0 in × 8.0 in × 4.0 in"},
		{cubiscan, "\x02MACBENCH1,L_____,W020.0,H010.0,M,K01.234,D000.00,M,F5000,D\x03\r\n", "not_measured"},
		{cubiscan, "\x02MACBENCH1,L-----,W020.0,H010.0,M,K01.234,D000.00,M,F5000,D\x03\r\n", "not_measured"},
		{cubiscan, "\x02MACBENCH1,L000.0,W020.0,H010.0,M,K01.234,D000.00,M,F5000,D\x03\r\n", "not_measured"},
		{cubiscan, "\x02MACBENCH1,L030.5,W020.0,H010.0,M,K------,D000.00,M,F5000,D\x03\r\n", "motion"},
		{cubiscan, "\x02MACBENCH1,L030.5,W020.0,H010.0,M,K~~~~~~,D000.00,M,F5000,D\x03\r\n", "over"},
		{cubiscan, "\x02MACBENCH1,L030.5,W020.0,H010.0,X,K01.234,D000.00,M,F5000,D\x03\r\n", "garbled"},
		{cubiscan, "\x02MACBENCH1,L030.5,W020.0,H10.0,M,K01.234,D000.00,M,F5000,D\x03\r\n", "garbled"},
		{cubiscan, "\x02MNCM\x03\r\n", "not_measured"},
		{cubiscan, "\x02?N\x03\r\n", "refused"},
		{cubiscan, "\x02MA\x03\r\n", "garbled"},
	}
	for _, tt := range tests {
		answer := []byte(tt.answer)
		if at := len(answer) - 1; answer[at] == sum[0] {
			answer[at] = continuousSum(answer[:at])
		}
		got := tt.l.read(answer)
		text := string(got.Condition)
		if got.Condition == scale.Fine {
			text = got.Weight.String()
			if got.Size != (scale.Size{}) {
				text += " " + got.Size.String()
			}
		}
		if text != tt.want {
			t.Errorf("%s: %q is %s (%s), want %s", tt.l.name, tt.answer, text, got.Detail, tt.want)
		}
		if got.Condition != scale.Fine && got.Condition != scale.Motion && got.Condition != scale.Net && got.Weight != (scale.Weight{}) {
			t.Errorf("%s: %q is %s and has the weight %v", tt.l.name, tt.answer, got.Condition, got.Weight)
		}
		if got.Stable != (got.Condition == scale.Fine || got.Condition == scale.Net) {
			t.Errorf("%s: %q is %s and at rest is %v", tt.l.name, tt.answer, text, got.Stable)
		}
	}
}

func TestLines(t *testing.T) {
	tests := []struct {
		format, line, want string
	}{
		{"", "305,220,100\r\n", "no weight 305 mm × 220 mm × 100 mm"},
		{"L,W,H", "30.5, 22.0, 10.0\r", "no weight 30.5 mm × 22.0 mm × 10.0 mm"},
		{"L,W,H,K", "305,220,100,1.5\n", "1.5 kg 305 mm × 220 mm × 100 mm"},
		{"K;H;W;L", "1.5;100;220;305\n", "1.5 kg 305 mm × 220 mm × 100 mm"},
		{"[LxWxH]", "[305x220x100]\r\n", "no weight 305 mm × 220 mm × 100 mm"},
		{"L,W,H", "305,220\r\n", "garbled"},
		{"L,W,H", "305,220,100,7\r\n", "garbled"},
		{"L,W,H", "305,,100\r\n", "garbled"},
		{"L,W,H", "305,220,-1\r\n", "not_measured"},
		{"L,W,H", "305,220,0\r\n", "not_measured"},
		{"L,W,H", "305,220,100", "garbled"},
		{"L,W,H", "ERROR\r\n", "garbled"},
	}
	for _, tt := range tests {
		f, err := parseFormat(scale.Options{Format: tt.format, LengthUnit: scale.Millimetre, Unit: scale.Kilogram})
		if err != nil {
			t.Fatal(err)
		}
		got := f.read([]byte(tt.line))
		text := string(got.Condition)
		if got.Condition == scale.Fine {
			text = got.Weight.String() + " " + got.Size.String()
		}
		if text != tt.want {
			t.Errorf("%q as %q is %s (%s), want %s", tt.line, tt.format, text, got.Detail, tt.want)
		}
	}
}

func TestFinish(t *testing.T) {
	lb := scale.Weight{Value: 5, Unit: scale.Pound}
	tests := map[string]struct {
		r    scale.Reading
		o    scale.Options
		want scale.Condition
	}{
		"right unit":            {scale.Reading{Weight: lb, Stable: true}, scale.Options{Unit: scale.Pound}, scale.Fine},
		"any unit":              {scale.Reading{Weight: lb, Stable: true}, scale.Options{}, scale.Fine},
		"wrong unit":            {scale.Reading{Weight: lb, Stable: true}, scale.Options{Unit: scale.Kilogram}, scale.WrongUnit},
		"wrong unit in motion":  {moving(scale.Reading{Weight: lb, Stable: true}), scale.Options{Unit: scale.Kilogram}, scale.WrongUnit},
		"below zero":            {scale.Reading{Weight: scale.Weight{Value: -1, Unit: scale.Pound}, Stable: true}, scale.Options{}, scale.Under},
		"minus nothing":         {weight("-0.00", "kg"), scale.Options{}, scale.Fine},
		"net":                   {net(scale.Reading{Weight: lb, Stable: true}), scale.Options{}, scale.Net},
		"net, which may be":     {net(scale.Reading{Weight: lb, Stable: true}), scale.Options{Net: true}, scale.Fine},
		"net in motion":         {net(moving(scale.Reading{Weight: lb, Stable: true})), scale.Options{Net: true}, scale.Motion},
		"net below zero":        {net(scale.Reading{Weight: scale.Weight{Value: -1, Unit: scale.Pound}, Stable: true}), scale.Options{Net: true}, scale.Under},
		"size in another unit":  {scale.Reading{Size: scale.Size{Length: scale.Length{Value: 1, Unit: scale.Inch}}, Stable: true}, scale.Options{LengthUnit: scale.Centimetre}, scale.WrongUnit},
		"a fault keeps no load": {scale.Reading{Weight: lb, Condition: scale.Fault}, scale.Options{}, scale.Fault},
	}
	for name, tt := range tests {
		got := finish(tt.r, tt.o)
		if got.Condition != tt.want || got.Usable() != (tt.want == scale.Fine) {
			t.Errorf("%s: %+v, want %q", name, got, tt.want)
		}
		if keeps := tt.want == scale.Fine || tt.want == scale.Motion || tt.want == scale.Net; !keeps && got.Weight != (scale.Weight{}) {
			t.Errorf("%s: it has the weight %v", name, got.Weight)
		}
	}
}

// In whatever parts an answer comes, and with whatever noise before it, it is the
// answer that is cut out.
func TestCut(t *testing.T) {
	tests := map[string]struct {
		l      language
		answer string
		noise  []string
	}{
		"mt-sics":           {sics, "S S     100.00 g\r\n", []string{""}},
		"toledo-8217":       {toledo8217("kg"), "\x0212.345\r", []string{"", "W", "\x0212.3", "345"}},
		"nci":               {nci, "\n012.34lb\r\n00\r\x03", []string{"", "W\r", "\n012.3", "4lb\r\n00\r"}},
		"fairbanks":         {fairbanks, "  12.34 lb GR  \r\n", []string{"", "\r", "12"}},
		"toledo-continuous": {toledoContinuous, "\x02\x2d\x30\x20  1234000000\r", []string{"", "1234000000\r", "\x02\x2d\x30\x20  12"}},
		"cubiscan":          {cubiscan, "\x02MACBENCH1,L030.5,W020.0,H010.0,M,K01.234,D000.00,M,F5000,D\x03\r\n", []string{"", "\x02MAC", "D\x03\r"}},
	}
	for name, tt := range tests {
		for _, noise := range tt.noise {
			b := []byte(noise + tt.answer)
			for n := range b {
				if from, to := tt.l.cut(b[:n]); to > 0 && tt.l.read(b[from:to]).Usable() {
					t.Errorf("%s: %q, of which more is to come, is cut to %q", name, b[:n], b[from:to])
				}
			}
			from, to := tt.l.cut(b)
			if d := cmp.Diff(tt.answer, string(b[from:to])); d != "" {
				t.Errorf("%s after %q (-want +got):\n%s", name, noise, d)
			}
		}
	}
}

// A lost byte makes no other weight of an answer whose length is fixed; with a
// checksum, no other byte does either.
func TestDamageIsSeen(t *testing.T) {
	frame := []byte("\x02\x2d\x30\x20  1234000000\r")
	frame = append(frame, continuousSum(frame))
	answers := map[string][]byte{
		"mt-sics":           []byte("S S    1234.56 g\r\n"),
		"fairbanks":         []byte("1234.56 lb GR  \r\n"),
		"toledo-continuous": frame,
		"cubiscan":          []byte("\x02MACBENCH1,L030.5,W020.0,H010.0,M,K01.234,D000.00,M,F5000,D\x03\r\n"),
	}
	for _, l := range languages() {
		answer, ok := answers[l.name]
		if !ok {
			continue // neither a length nor a checksum: the latch wants two
		}
		want := l.read(answer)
		if !want.Usable() {
			t.Fatalf("%s: %q is %+v", l.name, answer, want)
		}
		for i := range answer {
			less := slices.Delete(slices.Clone(answer), i, i+1)
			if from, to := l.cut(less); to > 0 {
				if got := l.read(less[from:to]); got.Usable() && got.Weight != want.Weight {
					t.Errorf("%s: %q without byte %d is %v", l.name, answer, i, got.Weight)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := slices.Clone(frame)
		bad[rapid.IntRange(0, len(bad)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 6).Draw(t, "bit")
		if from, to := cutContinuous(bad); to > 0 {
			if got := readContinuous(bad[from:to]); got.Usable() && len(bad[from:to]) > continuousFrame {
				t.Fatalf("%q is taken for %v", bad, got.Weight)
			}
		}
	})
}

func TestHints(t *testing.T) {
	parity := []byte("S S     100.00 g\r\n")
	for i := range parity {
		parity[i] |= 0x80 * (parity[i] & 1)
	}
	tests := map[string]struct {
		l    language
		b    []byte
		want string
	}{
		"another language": {sics, []byte("\n012.34lb\r\n00\r\x03"), "driver nci"},
		"8217":             {sics, []byte("\x02012.34\r"), "driver toledo-8217"},
		"continuous":       {nci, []byte("\x02\x2d\x30\x20  1234000000\r"), "driver toledo-continuous"},
		"parity":           {sics, parity, "bits=7"},
		"baud rate":        {sics, []byte("\xf8\x00\x80\xfe"), "another baud rate"},
		"nothing known":    {sics, []byte("hello"), ""},
	}
	for name, tt := range tests {
		if got := hint(tt.l, tt.b); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: the hint is %q, want %q in it", name, got, tt.want)
		}
	}
}
