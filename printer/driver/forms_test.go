package driver_test

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/printertest"
)

// openForm opens the driver of that name over a transcript.
func openForm(t *testing.T, name string, transcript ...printertest.IO) printer.Printer {
	t.Helper()
	p, err := driver.All()[name].Open(t.Context(), printer.Options{
		Name: "p", Dial: printertest.Playback(t, transcript...), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

const (
	longState  = "\x1b!S"
	byteState  = "\x1b!?"
	normalTSPL = "\x02@@@@\x03\r\n"
)

func TestFormIdentity(t *testing.T) {
	for name, tt := range map[string]struct {
		driver     string
		transcript []printertest.IO
		want       printer.Identity
		then       printer.Condition // what Status says without asking more; empty: not tried
	}{
		"tspl": {"tspl", []printertest.IO{
			{W: longState, R: normalTSPL},
			{W: "~!T\r\n", R: "TTP-245C\r\n"},
			{W: "OUT \"WAYBILL-1\"\r\n", R: "WAYBILL-1\r\n"},
			{W: "OUT _SERIAL$\r\n", R: "T41234567\r\n"},
		}, printer.Identity{Model: "TTP-245C", Serial: "T41234567", LanguageOK: true}, ""},
		"tspl before V6.29": {"tspl", []printertest.IO{
			{W: longState}, {W: byteState, R: "\x00"}, {W: "~!T\r\n", R: "TTP-243\r\n"}, {W: "OUT \"WAYBILL-1\"\r\n"},
		}, printer.Identity{Model: "TTP-243", LanguageOK: true}, ""},
		"tspl, a jam that looks like STX": {"tspl", []printertest.IO{
			{W: longState}, {W: byteState, R: "\x02"}, {W: "~!T\r\n"}, {W: "OUT \"WAYBILL-1\"\r\n"},
		}, printer.Identity{LanguageOK: true}, ""},
		"not tspl":     {"tspl", []printertest.IO{{W: longState}, {W: byteState}}, printer.Identity{}, printer.NoAnswer},
		"epl":          {"epl", []printertest.IO{{W: "\r\n^ee\r\n", R: "00\r\n"}, {W: "\r\nUQ\r\n", R: "UKQ1935HLU  V4.42\r\nSerial port:96,N,8,1\r\n"}}, printer.Identity{Model: "UKQ1935HLU", Firmware: "V4.42", LanguageOK: true}, ""},
		"epl, no word": {"epl", []printertest.IO{{W: "\r\n^ee\r\n", R: "07,11\r\n"}, {W: "\r\nUQ\r\n"}}, printer.Identity{LanguageOK: true}, ""},
		"not epl":      {"epl", []printertest.IO{{W: "\r\n^ee\r\n"}}, printer.Identity{}, printer.NoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := openForm(t, tt.driver, tt.transcript...)
				got, err := p.Identity(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("identity (-want +got):\n%s", diff)
				}
				if tt.then == "" {
					return
				}
				if st, err := p.Status(t.Context()); err != nil || !st.Has(tt.then) {
					t.Errorf("status is %+v, %v; want %s, and nothing asked", st, err, tt.then)
				}
			})
		})
	}
}

// The state of a TSPL printer is told ahead of the labels that wait: "normal" is
// no proof of a label before its mark has come back.
func TestTSPLAwaitsTheMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		label := "\r\nSIZE 10 mm,10 mm\r\nCLS\r\nPRINT 1\r\n"
		p := openForm(t, "tspl",
			printertest.IO{W: longState, R: normalTSPL},
			printertest.IO{W: "~!T\r\n", R: "X\r\n"},
			printertest.IO{W: "OUT \"WAYBILL-1\"\r\n", R: "WAYBILL-1\r\n"},
			printertest.IO{W: "OUT _SERIAL$\r\n", R: "S1\r\n"},
			printertest.IO{W: label},
			printertest.IO{W: "OUT \"WAYBILL-2\"\r\n"},
			printertest.IO{W: longState, R: normalTSPL},
			printertest.IO{W: longState, R: "\x02P@@@\x03\r\n"},
			printertest.IO{W: longState, R: "WAYBILL-1\r\n" + normalTSPL}, // an old one proves nothing
			printertest.IO{W: longState, R: "WAYBILL-2\r\n" + normalTSPL},
		)
		if _, err := p.Identity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Print(t.Context(), []byte(label)); err != nil {
			t.Fatal(err)
		}
		for i, want := range []printer.Status{{Waiting: 1}, {Waiting: 1, Remaining: 1}, {Waiting: 1}, {}} {
			got, err := p.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("status %d (-want +got):\n%s", i+1, diff)
			}
		}
	})
}

// An EPL2 printer does not say that it prints. After it has got as far as the
// question behind the label, no fault must stand for as long as one may move.
func TestEPLWaitsWhileALabelMayMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ee, uq, model = "\r\n^ee\r\n", "\r\nUQ\r\n", "UKQ1935HLU  V4.42\r\n"
		label := "\nN\nP1\n"
		p := openForm(t, "epl",
			printertest.IO{W: ee, R: "00\r\n"}, printertest.IO{W: uq, R: model},
			printertest.IO{W: label},
			printertest.IO{W: uq}, printertest.IO{W: ee, R: "00\r\n"},
			printertest.IO{W: ee, R: model + "00\r\n"},
			printertest.IO{W: ee, R: "07\r\n"},
			printertest.IO{W: ee, R: "00\r\n"},
			printertest.IO{W: ee, R: "00\r\n"},
		)
		if _, err := p.Identity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Print(t.Context(), []byte(label)); err != nil {
			t.Fatal(err)
		}
		out := printer.Status{Waiting: 1, Conditions: []printer.Condition{printer.PaperOut}, Detail: "codes 07"}
		for i, want := range []printer.Status{{Waiting: 1}, {Waiting: 1}, out, {Waiting: 1}, {}} {
			got, err := p.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("status %d (-want +got):\n%s", i+1, diff)
			}
			time.Sleep(1500 * time.Millisecond) // virtual time
		}
	})
}

func TestFormsCountNothing(t *testing.T) {
	for _, name := range []string{"epl", "tspl"} {
		synctest.Test(t, func(t *testing.T) {
			if _, counts := openForm(t, name).(printer.Counter); counts {
				t.Errorf("%s: the driver counts labels; such printers tell no number that outlives their power", name)
			}
		})
	}
}
