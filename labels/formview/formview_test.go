package formview_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/labels"
	"waybill/labels/formview"
)

func render(t *testing.T, l formview.Language, form string) []formview.View {
	t.Helper()
	var views []formview.View
	if err := l.Render([]byte(form), labels.DPI203, func(v formview.View) { views = append(views, v) }); err != nil {
		t.Fatalf("%q: %v", form, err)
	}
	return views
}

func TestWhereThingsLand(t *testing.T) {
	type want struct {
		Size, Ink [2]int // the ink's right and lower end
		Copies    int
	}
	for name, tc := range map[string]struct {
		l    formview.Language
		form string
		want want
	}{
		"a box":                {formview.EPL, "q100\nQ50,24\nN\nLO10,20,30,5\nP1\n", want{[2]int{100, 50}, [2]int{40, 25}, 1}},
		"a picture":            {formview.EPL, "q100\nQ50,24\nN\nGW8,1,2,2,\xff\x7f\xff\x0f\nP1\n", want{[2]int{100, 50}, [2]int{20, 3}, 1}},
		"no length":            {formview.EPL, "q100\nN\nLO10,20,30,5\nP1\n", want{[2]int{100, 1219}, [2]int{40, 25}, 1}},
		"longer than that":     {formview.EPL, "q100\nN\nLO10,2000,30,5\nP1\n", want{[2]int{100, 2005}, [2]int{40, 2005}, 1}},
		"copies of each":       {formview.EPL, "N\nP2,3\n", want{[2]int{812, 1219}, [2]int{}, 6}},
		"settings":             {formview.EPL, "S2\nD8\nZT\nJF\nOD\nI8,A,001\nR0,0\nN\nLO0,0,1,1\nP1\n", want{[2]int{812, 1219}, [2]int{1, 1}, 1}},
		"returns before lines": {formview.EPL, "\r\nq100\r\nQ50\r\nN\r\nGW8,1,1,1,\x0d\r\nP1\r\n", want{[2]int{100, 50}, [2]int{15, 2}, 1}},
		"a bar":                {formview.TSPL, "SIZE 10 mm,5 mm\r\nCLS\r\nBAR 10,20,30,5\r\nPRINT 1\r\n", want{[2]int{80, 40}, [2]int{40, 25}, 1}},
		"a bitmap":             {formview.TSPL, "SIZE 10 mm,5 mm\r\nCLS\r\nBITMAP 8,1,2,2,0,\xff\x7f\n\x0f\r\nPRINT 1\r\n", want{[2]int{80, 40}, [2]int{20, 3}, 1}},
		"inches":               {formview.TSPL, "SIZE 4,0.5\nCLS\nBAR 1,1,1,1\nPRINT 2,2\n", want{[2]int{812, 101}, [2]int{2, 2}, 4}},
		"dots":                 {formview.TSPL, "size 99 dot,88 dot\ncls\nbar 1,1,1,1\nprint 1\n", want{[2]int{99, 88}, [2]int{2, 2}, 1}},
		"moved":                {formview.TSPL, "SIZE 99 dot,88 dot\nREFERENCE 10,20\nCLS\nBAR 1,1,1,1\nPRINT 1\n", want{[2]int{99, 88}, [2]int{12, 22}, 1}},
		"upside down":          {formview.TSPL, "SIZE 99 dot,88 dot\nDIRECTION 1\nCLS\nBAR 1,1,2,2\nPRINT 1\n", want{[2]int{99, 88}, [2]int{98, 87}, 1}},
		"more settings":        {formview.TSPL, "SIZE 99 dot,88 dot\nGAP 3 mm,0 mm\nSPEED 4\nDENSITY 8\nCLS\nPRINT 1\n", want{[2]int{99, 88}, [2]int{}, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			views := render(t, tc.l, tc.form)
			if len(views) != 1 || len(views[0].Unknown) > 0 {
				t.Fatalf("%d labels, unknown %q", len(views), views[0].Unknown)
			}
			v := views[0]
			x, y, w, h := v.Dots.Ink()
			if diff := cmp.Diff(tc.want, want{[2]int{v.Dots.W, v.Dots.H}, [2]int{x + w, y + h}, v.Copies}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLabelAfterLabel holds that a label begins anew behind another.
func TestLabelAfterLabel(t *testing.T) {
	for l, form := range map[formview.Language]string{
		formview.EPL:  "q100\nN\nLO1,1,1,1\nP1\n",
		formview.TSPL: "SIZE 99 dot,88 dot\nCLS\nBAR 1,1,1,1\nPRINT 1\n",
	} {
		views := render(t, l, form+form)
		if len(views) != 2 {
			t.Fatalf("%s: %d labels", l, len(views))
		}
		if diff := cmp.Diff(views[0], views[1]); diff != "" || len(views[0].Unknown) > 0 {
			t.Errorf("%s: second label (-first +second):\n%s", l, diff)
		}
	}
}

// TestWhatIsNotKnownIsReported holds that nothing is passed over in silence.
func TestWhatIsNotKnownIsReported(t *testing.T) {
	const epl, tspl = "q100\nQ50,24\nN\n", "SIZE 99 dot,88 dot\nCLS\n"
	for _, tc := range []struct {
		l          formview.Language
		form, want string
	}{
		{formview.EPL, epl + "A50,0,0,1,1,1,N,\"hello\"\nP1\n", `A50,0,0`},
		{formview.EPL, epl + "B10,10,0,1,2,2,60,N,\"123\"\nP1\n", `B10`},
		{formview.EPL, epl + "LO1,1,1\nP1\n", `LO1,1,1`},
		{formview.EPL, epl + "LO-1,1,1,1\nP1\n", `LO-1`},
		{formview.EPL, epl + "LO90,1,20,1\nP1\n", "past the label's edge"},
		{formview.EPL, epl + "LO9,49,2,2\nP1\n", "past the label's edge"},
		{formview.EPL, epl + "GW88,1,2,1,\xff\x00\nP1\n", "past the label's edge"},
		{formview.EPL, epl + "GW1,1,2\nP1\n", `GW1,1,2`},
		{formview.EPL, epl + "GW1,1,0,4,\nP1\n", `GW1,1,0,4`},
		{formview.EPL, epl + "LO8,1,8,8\nGW8,4,1,1,\xff\nP1\n", "white of a picture"},
		{formview.EPL, epl + "LO8,1,8,8\nq50\nP1\n", "q after something was drawn"},
		{formview.EPL, epl + "R10,10\nP1\n", "R10,10"},
		{formview.EPL, "q100\nR0,0\nN\nP1\n", "R after q"},
		{formview.EPL, epl + "P0\n", "P0"},
		{formview.EPL, "q100\nLO8,1,8,8\nP1\n", "before the label is cleared"},
		{formview.EPL, "q100\nP1\n", "not cleared"},
		{formview.EPL, "q0\nN\nP1\n", "q0"},
		{formview.EPL, "\xff\xfe\nN\nP1\n", `\xff\xfe`},
		{formview.TSPL, tspl + "TEXT 1,1,\"3\",0,1,1,\"hi\"\nPRINT 1\n", "TEXT"},
		{formview.TSPL, tspl + "QRCODE 1,1,H,4,A,0,\"hi\"\nPRINT 1\n", "QRCODE"},
		{formview.TSPL, tspl + "BITMAP 1,1,1,1,2,\xff\nPRINT 1\n", "BITMAP 1,1,1,1,2"},
		{formview.TSPL, tspl + "BITMAP 1,1\nPRINT 1\n", "BITMAP 1,1"},
		{formview.TSPL, tspl + "BAR 1,1,1,0\nPRINT 1\n", "BAR 1,1,1,0"},
		{formview.TSPL, tspl + "BAR 90,1,20,1\nPRINT 1\n", "past the label's edge"},
		{formview.TSPL, tspl + "DIRECTION 0,1\nPRINT 1\n", "DIRECTION 0,1"}, // mirrored
		{formview.TSPL, tspl + "BAR 1,1,1,1\nREFERENCE 5,5\nPRINT 1\n", "REFERENCE after"},
		{formview.TSPL, tspl + "SHIFT 20\nPRINT 1\n", "SHIFT 20"},
		{formview.TSPL, tspl + "PRINT X\n", "PRINT X"},
		{formview.TSPL, "SIZE 4 cm,5 cm\nCLS\nPRINT 1\n", "SIZE 4 cm"},
		{formview.TSPL, "SIZE 1e300,1\nCLS\nPRINT 1\n", "SIZE 1e300"},
		{formview.TSPL, "SIZE NaN,1\nCLS\nPRINT 1\n", "SIZE NaN"},
		{formview.TSPL, "SIZE 32000 dot,32000 dot\nCLS\nPRINT 1\n", "more dots than any"},
	} {
		views := render(t, tc.l, tc.form)
		if len(views) != 1 || !slices.ContainsFunc(views[0].Unknown, func(s string) bool { return strings.Contains(s, tc.want) }) {
			t.Errorf("%q: %d labels, unknown %q, want one that says %q", tc.form, len(views), views[0].Unknown, tc.want)
		}
	}
}

// TestCutShort holds that a part of a form is never a label.
func TestCutShort(t *testing.T) {
	for l, form := range map[formview.Language]string{
		formview.EPL:  "q100\nN\nGW8,1,2,2,\xff\x7f\xff\x0f\nLO1,1,1,1\nP1\n",
		formview.TSPL: "SIZE 99 dot,88 dot\r\nCLS\r\nBITMAP 8,1,2,2,0,\xff\x7f\n\x0f\r\nPRINT 1\r\n",
	} {
		for n := range len(form) {
			shown := 0
			err := l.Render([]byte(form[:n]), labels.DPI203, func(formview.View) { shown++ })
			if !errors.Is(err, formview.ErrNoForm) || shown > 0 {
				t.Errorf("%s: the first %d of %d bytes: %d labels, error %v", l, n, len(form), shown, err)
			}
		}
		shown := 0 // a second label that is not printed
		if err := l.Render([]byte(form+form[:len(form)-8]), labels.DPI203, func(formview.View) { shown++ }); shown != 1 || !errors.Is(err, formview.ErrNoForm) {
			t.Errorf("%s: %d labels, error %v", l, shown, err)
		}
	}
}

// TestFormsThatAskForTooMuch holds that a small form cannot keep the machine busy.
func TestFormsThatAskForTooMuch(t *testing.T) {
	for name, form := range map[string]string{
		"large boxes": "q32000\nQ7000,24\nN\n" + strings.Repeat("LO0,0,32000,7000\n", 99),
		"many boxes":  "N\n" + strings.Repeat("LO0,0,1,1\n", 1<<18),
		"many labels": "q32000\nQ7000,24\n" + strings.Repeat("N\nP1\n", 99),
	} {
		err := formview.EPL.Render([]byte(form), labels.DPI203, func(formview.View) {})
		if err == nil || !strings.Contains(err.Error(), "more to draw") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestGuess(t *testing.T) {
	for in, want := range map[string]formview.Language{
		"\nq812\nN\n": formview.EPL, "N\r\n": formview.EPL, "Q203,24": formview.EPL, "S2\nD8\n": formview.EPL,
		"\r\nSIZE 101.60 mm,76.20 mm\r\n": formview.TSPL, "cls\n": formview.TSPL, "SET TEAR ON\n": formview.TSPL,
		"": "", "^XA^XZ": "", "hello": "", "{}": "", "No\n": "", "R": "", "Dear Sir 3\n": "", "quite": "",
	} {
		if got, ok := formview.Guess([]byte(in)); got != want || ok != (want != "") {
			t.Errorf("%q: %q (%t), want %q", in, got, ok, want)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add(true, []byte("q100\nQ50,24\nN\nGW8,1,2,2,\xff\x7f\xff\x0f\nLO1,1,1,1\nP1\n"))
	f.Add(false, []byte("SIZE 10 mm,5 mm\r\nDIRECTION 1\r\nCLS\r\nBITMAP 8,1,2,2,0,\xff\x7f\n\x0f\r\nBAR 1,1,2,2\r\nPRINT 1,2\r\n"))
	f.Fuzz(func(t *testing.T, epl bool, form []byte) {
		l := formview.TSPL
		if epl {
			l = formview.EPL
		}
		shown := 0
		err := l.Render(form, 100, func(v formview.View) {
			if shown++; v.Copies < 1 || v.Dots.W < 1 || v.Dots.H < 1 || len(v.Unknown) > 100 {
				t.Errorf("%d copies, %d by %d dots, %d unknown", v.Copies, v.Dots.W, v.Dots.H, len(v.Unknown))
			}
		})
		if err == nil && shown == 0 {
			t.Error("no label, and no error")
		}
	})
}
