package verify_test

import (
	"bytes"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/epl"
	"waybill/labels/formview"
	"waybill/labels/tspl"
	"waybill/labels/verify"
)

// TestFormProof breaks proved forms in the ways that a form goes wrong.
func TestFormProof(t *testing.T) {
	l := one(t, labels.Code128, "1Z999AA10123456784", 3)
	l.Height = 33249 // in hundredths of a millimetre it is a dot more
	l.Items = append(l.Items, labels.Fill{Rect: labels.Rect{Min: labels.Point{X: 1000, Y: 1000}, Width: 9000, Height: 1000}})
	eplForm, err := epl.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	tsplForm, err := tspl.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		language formview.Language
		old, now string // what is put in whose place
		want     string
	}{
		{formview.EPL, "", "", ""},
		{formview.TSPL, "", "", ""},
		{formview.EPL, "P1\n", "P2\n", "print 2 labels"},
		{formview.EPL, "P1\n", "P1\nN\nP1\n", "print 2 labels"},
		{formview.EPL, "P1\n", "", "no whole form"},
		{formview.EPL, "N\n", "N\nA1,1,0,1,1,1,N,\"x\"\n", "vouch"},
		{formview.EPL, "LO8,8,72,8\n", "LO8,8,72,9\n", "other dots"},
		{formview.EPL, "LO8,8,72,8\n", "LO8,8,72,8\nLO8,900,1,1\n", "other dots"}, // below the label
		{formview.EPL, "q800\n", "q802\n", "other dots"},
		{formview.TSPL, "PRINT 1\r\n", "PRINT 1,2\r\n", "print 2 labels"},
		{formview.TSPL, "BAR 8,8,72,8\r\n", "", "other dots"},
		{formview.TSPL, "DIRECTION 0,0\r\n", "DIRECTION 1,0\r\n", "other dots"},
		{formview.TSPL, "CLS\r\n", "", "vouch"},
	} {
		form := eplForm
		if tc.language == formview.TSPL {
			form = tsplForm
		}
		if !bytes.Contains(form, []byte(tc.old)) {
			t.Fatalf("%s: no %q in %.200q", tc.language, tc.old, form)
		}
		err := verify.Form(l, tc.language, bytes.Replace(form, []byte(tc.old), []byte(tc.now), min(len(tc.old), 1)))
		if (tc.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s, %q for %q: error %v, want one that says %q", tc.language, tc.now, tc.old, err, tc.want)
		}
	}
}

// TestFormProofOfLongLabels holds that a label longer than six inches, which
// EPL2 leaves to the printer to find out, may end in white, and that a form which
// says how long it is must be right.
func TestFormProofOfLongLabels(t *testing.T) {
	l := one(t, labels.Code128, "1Z999AA10123456784", 3)
	l.Height = 200 * labels.Millimetre // of which the lower half is white
	form, err := epl.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify.Form(l, formview.EPL, form); err != nil {
		t.Error(err)
	}
	form = bytes.Replace(form, []byte("N\n"), []byte("Q1218,24\nN\n"), 1)
	if err := verify.Form(l, formview.EPL, form); err == nil || !strings.Contains(err.Error(), "other dots") {
		t.Errorf("a form of six inches for a label of eight: error %v", err)
	}
	l.Items = append(l.Items, labels.Fill{Rect: labels.Rect{Min: labels.Point{X: 1000, Y: 190 * labels.Millimetre}, Width: 9000, Height: 1000}})
	if err := verify.Form(l, formview.EPL, bytes.Replace(form, []byte("Q1218,24\n"), nil, 1)); err == nil || !strings.Contains(err.Error(), "other dots") {
		t.Errorf("a form without what is at the label's foot: error %v", err)
	}
}

// TestFormProofReadsBack holds that dots which are as laid out must read, too.
func TestFormProofReadsBack(t *testing.T) {
	l := one(t, labels.Code128, "1Z999AA10123456784", 3)
	s, ok := l.Items[0].(labels.Symbol)
	if !ok {
		t.Fatal("not a symbol")
	}
	s.Payload = []byte("1Z999AA10123456785")
	l.Items[0] = s
	form, err := epl.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify.Form(l, formview.EPL, form); err == nil || !strings.Contains(err.Error(), "read back") {
		t.Errorf("error %v, want one that says it does not read back", err)
	}
}
