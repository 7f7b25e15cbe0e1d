package driver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/printertest"
)

const (
	cleanHQES = "\x02\r\n\r\n  PRINTER STATUS                            \r\n" +
		"   ERRORS:         0 00000000 00000000      \r\n" +
		"   WARNINGS:       0 00000000 00000000      \r\n\x03"
	openHQES = "\x02\r\n\r\n  PRINTER STATUS                            \r\n" +
		"   ERRORS:         1 00000000 00000004      \r\n" +
		"   WARNINGS:       0 00000000 00000000      \r\n\x03"
	idleHS = "\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n" +
		"\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
	busyHS = "\x02030,0,0,1225,001,0,0,0,000,0,0,0\x03\r\n" +
		"\x02001,0,0,0,1,2,6,0,00000001,1,000\x03\r\n\x021234,0\x03\r\n"
)

func TestConformance(t *testing.T) {
	for name, d := range driver.All() {
		t.Run(name, func(t *testing.T) {
			if name == "spooler" {
				t.Skip("it needs the spooler of Windows; its own tests stand in for that")
			}
			s := printertest.Suite{Driver: d, Content: []byte("^XA^FO10,10^FDx^FS^XZ")}
			if name == "ipp" || name == "ipp-queue" {
				s.Content = []byte("%PDF-1.7 " + strings.Repeat("label ", 20))
				s.Address = "ipp://printer.test/ipp/print"
				s.Far = func(*testing.T) printertest.Far { return new(printertest.IPPDevice) }
			}
			if name == "file" {
				s.Link = func(t *testing.T) string {
					return "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "labels"))
				}
				s.Kept = keptFiles
			}
			printertest.Test(t, s)
		})
	}
}

// keptFiles returns the contents of the directory that address names, in order.
func keptFiles(t *testing.T, address string) [][]byte {
	t.Helper()
	dir, err := link.Path(address)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// open opens the zpl driver over dial.
func open(t *testing.T, dial printer.Dialer) printer.Printer {
	t.Helper()
	p, err := driver.All()["zpl"].Open(t.Context(), printer.Options{Name: "p", Dial: dial, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestZPLIdentity(t *testing.T) {
	const languages, hi, serial, older = "! U1 getvar \"device.languages\"\r\n", "~HI\r\n", "! U1 getvar \"device.unique_id\"\r\n", "~HQSN\r\n"
	for _, tt := range []struct {
		name       string
		transcript []printertest.IO
		want       printer.Identity
	}{
		{"Link-OS", []printertest.IO{
			{W: languages, R: "\"epl_zpl\"\r\n"},
			{W: hi, R: "\x02ZD621-203dpi,V93.21.17Z,8,8192KB\x03\r\n"},
			{W: serial, R: "\"D4J204800123\"\r\n"},
		}, printer.Identity{Model: "ZD621-203dpi", Firmware: "V93.21.17Z", Serial: "D4J204800123", DotsPerMM: 8, LanguageOK: true}},
		{"without settings", []printertest.IO{
			{W: languages},
			{W: hi, R: "\x02LP2844-Z,V45.11.7Z   ,8,8192KB\x03\r\n"},
			{W: serial},
			{W: older},
		}, printer.Identity{Model: "LP2844-Z", Firmware: "V45.11.7Z", DotsPerMM: 8, LanguageOK: true}},
		{"unknown setting", []printertest.IO{
			{W: languages, R: "\"?\""},
			{W: hi, R: "\x02X,V1,8,1KB\x03\r\n"},
			{W: serial, R: "\"?\""},
			{W: older, R: "\x02\r\n  SERIAL NUMBER\r\n  41A1234\r\n\x03\r\n"},
		}, printer.Identity{Model: "X", Firmware: "V1", Serial: "41A1234", DotsPerMM: 8, LanguageOK: true}},
		{"silence is asked no more", []printertest.IO{{W: languages}, {W: hi}}, printer.Identity{}},
		{"line mode is never asked in ZPL", []printertest.IO{{W: languages, R: "\"line_print\"\r\n"}}, printer.Identity{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := open(t, printertest.Playback(t, tt.transcript...))
				got, err := p.Identity(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("identity (-want +got):\n%s", diff)
				}
				if tt.want.LanguageOK {
					return
				}
				want := printer.NoAnswer
				if tt.transcript[0].R != "" {
					want = printer.WrongLanguage
				}
				if st, err := p.Status(t.Context()); err != nil || !st.Has(want) {
					t.Errorf("status is %+v, %v; want %s, and nothing asked", st, err, want)
				}
			})
		})
	}
}

func TestZPLStatus(t *testing.T) {
	const hqes, hs = "~HQES\r\n", "~HS\r\n"
	c := func(cs ...printer.Condition) []printer.Condition { return cs }
	for _, tt := range []struct {
		name       string
		transcript []printertest.IO
		want       [][]printer.Condition // one status after the other
	}{
		{"idle", []printertest.IO{{W: hqes, R: cleanHQES}, {W: hs, R: idleHS}}, [][]printer.Condition{nil}},
		{"silent ~HS on a fault", []printertest.IO{{W: hqes, R: openHQES}}, [][]printer.Condition{c(printer.HeadOpen)}},
		{"silent ~HS without a fault is not ready", []printertest.IO{{W: hqes, R: cleanHQES}, {W: hs}}, [][]printer.Condition{c(printer.NoAnswer)}},
		{"half a ~HS is not ready", []printertest.IO{{W: hqes, R: cleanHQES}, {W: hs, R: idleHS[:40]}}, [][]printer.Condition{c(printer.NoAnswer)}},
		{"old firmware is asked once", []printertest.IO{{W: hqes}, {W: hs, R: idleHS}, {W: hs, R: idleHS}}, [][]printer.Condition{nil, nil}},
		{
			"~HQES falls silent",
			[]printertest.IO{{W: hqes, R: cleanHQES}, {W: hs, R: idleHS}, {W: hqes}, {W: hs, R: idleHS}},
			[][]printer.Condition{nil, c(printer.NoAnswer)},
		},
		{
			"alerts in between",
			[]printertest.IO{{W: hqes, R: "ALERT: HEAD OPEN [x] [y]\r\n" + cleanHQES + "\r\n"}, {W: hs, R: "noise" + idleHS}},
			[][]printer.Condition{nil},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := open(t, printertest.Playback(t, tt.transcript...))
				for i, want := range tt.want {
					got, err := p.Status(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, got.Conditions); diff != "" {
						t.Errorf("status %d (-want +got):\n%s", i+1, diff)
					}
				}
			})
		})
	}
}

// Where ~HS and ~HQES are silent, as some printers are in the very states that
// matter, the settings of paper and head still tell.
func TestZPLAsksTheSettingsOfPaperAndHead(t *testing.T) {
	const unique, latch, media = "! U1 getvar \"device.unique_id\"\r\n", "! U1 getvar \"head.latch\"\r\n", "! U1 getvar \"media.status\"\r\n"
	opening := []printertest.IO{
		{W: "! U1 getvar \"device.languages\"\r\n", R: "\"zpl\"\r\n"},
		{W: "~HI\r\n", R: "\x02X,V1,8,1KB\x03\r\n"},
		{W: unique, R: "\"S1\"\r\n"},
		{W: "~HQES\r\n"},
		{W: "~HS\r\n"},
	}
	for name, tt := range map[string]struct {
		latch, media string
		want         []printer.Condition
	}{
		"both good":      {"\"ok\"", "\"ok\"", []printer.Condition{printer.NoAnswer}},
		"open":           {"\"open\"", "\"ok\"", []printer.Condition{printer.HeadOpen}},
		"open and empty": {"\"open\"", "\"out\"", []printer.Condition{printer.HeadOpen, printer.PaperOut}},
		"not known":      {"\"?\"", "", []printer.Condition{printer.NoAnswer}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := open(t, printertest.Playback(t, append(slices.Clone(opening), printertest.IO{W: latch, R: tt.latch}, printertest.IO{W: media, R: tt.media})...))
				if _, err := p.Identity(t.Context()); err != nil {
					t.Fatal(err)
				}
				got, err := p.Status(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got.Conditions); diff != "" || got.Detail == "" {
					t.Errorf("status %+v (-want +got):\n%s", got, diff)
				}
			})
		})
	}
}

// A warning of ~HQES outlives the answer to ~HS, and stops nothing.
func TestZPLWarnings(t *testing.T) {
	low := strings.Replace(cleanHQES, "WARNINGS:       0 00000000 00000000", "WARNINGS:       1 00000000 00000002", 1)
	synctest.Test(t, func(t *testing.T) {
		p := open(t, printertest.Playback(t, printertest.IO{W: "~HQES\r\n", R: low}, printertest.IO{W: "~HS\r\n", R: idleHS}))
		got, err := p.Status(t.Context())
		want := printer.Status{Warnings: []printer.Condition{printer.CleanHead}, Detail: "warnings 00000000 00000002"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil || !got.Idle() {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// What a printer tells by itself is a warning until it tells that it is over.
func TestZPLListensToAlerts(t *testing.T) {
	const hqes, hs = "~HQES\r\n", "~HS\r\n"
	synctest.Test(t, func(t *testing.T) {
		p := open(t, printertest.Playback(t,
			printertest.IO{W: hqes, R: "ERROR CONDITION: REWIND FULL [x] [y]\r\n" + cleanHQES}, printertest.IO{W: hs, R: idleHS},
			printertest.IO{W: hqes, R: cleanHQES}, printertest.IO{W: hs, R: idleHS + "ALERT: RIBBON LOW [x] [y]\r\nERROR CLEARED: REWIND FULL [x] [y]\r\n"},
			printertest.IO{W: hqes, R: cleanHQES}, printertest.IO{W: hs, R: idleHS},
		))
		for i, want := range [][]printer.Condition{{printer.RewinderFull}, {printer.RewinderFull}, {printer.RibbonLow}} {
			got, err := p.Status(t.Context())
			if err != nil || !got.Idle() {
				t.Fatalf("status %d is %+v, %v", i+1, got, err)
			}
			if diff := cmp.Diff(want, got.Warnings); diff != "" {
				t.Errorf("status %d: warnings (-want +got):\n%s", i+1, diff)
			}
			synctest.Wait() // what came behind the answer is there before the next question
		}
	})
}

// A reply that comes after its deadline must not be taken for the reply to a
// later question: it would tell of a state that is over.
func TestZPLResynchronisesAfterLateReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		p := open(t, func(context.Context) (io.ReadWriteCloser, error) { return ours, nil })
		answer := func(delay time.Duration, reply string) {
			readLine(t, theirs)
			time.Sleep(delay) // virtual time
			io.WriteString(theirs, reply)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			answer(0, cleanHQES)
			answer(2200*time.Millisecond, busyHS) // 200 ms too late
			answer(0, strings.Replace(cleanHQES, "0 00000000 00000000", "1 00000000 00010000", 1))
			answer(0, idleHS)
		}()
		first, err := p.Status(t.Context())
		if err != nil || !first.Has(printer.NoAnswer) {
			t.Fatalf("first status is %+v, %v", first, err)
		}
		second, err := p.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !second.Has(printer.Paused) || second.Waiting != 0 {
			t.Errorf("second status is %+v, want a pause and nothing waiting", second)
		}
		<-done
	})
}

func TestZPLOdometer(t *testing.T) {
	const q = "! U1 getvar \"odometer.total_label_count\"\r\n"
	synctest.Test(t, func(t *testing.T) {
		p := open(t, printertest.Playback(t, printertest.IO{W: q, R: "\"8021\"\r\n"}, printertest.IO{W: q, R: "\"?\"\r\n"}))
		counter, ok := p.(printer.Counter)
		if !ok {
			t.Fatal("the driver does not count")
		}
		if n, ok, err := counter.Odometer(t.Context()); n != 8021 || !ok || err != nil {
			t.Errorf("odometer is %d, %v, %v", n, ok, err)
		}
		if _, ok, err := counter.Odometer(t.Context()); ok || err != nil {
			t.Errorf("an unknown variable was counted: %v, %v", ok, err)
		}
	})
}

// A printer that has kept an answer back now and then counts all the same: taken for
// one that does not, its labels would be believed without their count.
func TestZPLSilenceNowAndThenIsNoLackOfACount(t *testing.T) {
	const languages, hi, serial, older = "! U1 getvar \"device.languages\"\r\n", "~HI\r\n", "! U1 getvar \"device.unique_id\"\r\n", "~HQSN\r\n"
	const odometer, hello, count = "! U1 getvar \"odometer.total_label_count\"\r\n", "\x02X,V1,8,1KB\x03\r\n", "\"8021\"\r\n"
	for name, tt := range map[string]struct {
		transcript []printertest.IO
		counts     []bool // by each question
		may        bool   // it may count, before the last of them
	}{
		"two answers kept back": {[]printertest.IO{
			{W: languages}, {W: hi, R: hello}, {W: serial}, {W: older}, {W: odometer, R: count},
		}, []bool{true}, true},
		"an answer came too late": {[]printertest.IO{
			{W: languages}, {W: hi, R: "\"zpl\"\r\n" + hello}, {W: serial}, {W: older}, {W: odometer}, {W: odometer, R: count},
		}, []bool{false, true}, true},
		"it does not know the word": {[]printertest.IO{
			{W: languages, R: "\"zpl\"\r\n"},
			{W: hi, R: hello},
			{W: serial, R: "\"S1\"\r\n"},
			{W: odometer, R: "\"?\"\r\n"},
			{W: odometer, R: "\"?\"\r\n"},
		}, []bool{false, false}, false},
		"no number": {[]printertest.IO{
			{W: languages, R: "\"zpl\"\r\n"}, {W: hi, R: hello}, {W: serial, R: "\"S1\"\r\n"}, {W: odometer, R: "\"none\"\r\n"}, {W: odometer},
		}, []bool{false, false}, false},
		"one silence": {[]printertest.IO{
			{W: languages}, {W: hi, R: hello}, {W: serial}, {W: older}, {W: odometer}, {W: odometer},
		}, []bool{false, false}, true},
		"never an answer": {[]printertest.IO{
			{W: languages}, {W: hi, R: hello}, {W: serial}, {W: older, R: "\x02\r\n  SERIAL NUMBER\r\n  41A1234\r\n\x03\r\n"}, {W: odometer},
		}, []bool{false, false, false}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := open(t, printertest.Playback(t, tt.transcript...))
				if id, err := p.Identity(t.Context()); err != nil || id.Model != "X" {
					t.Fatalf("identity is %+v, %v", id, err)
				}
				counter := p.(printer.Counter)
				for i, want := range tt.counts {
					if last := len(tt.counts) - 1; i == last && counter.MayCount() != tt.may {
						t.Errorf("may count: %v", !tt.may)
					}
					if n, ok, err := counter.Odometer(t.Context()); ok != want || ok && n != 8021 || err != nil {
						t.Errorf("odometer, question %d: %d, %v, %v", i+1, n, ok, err)
					}
				}
			})
		})
	}
}

func TestFileDriverErrors(t *testing.T) {
	d := driver.All()["file"]
	if _, err := d.Open(t.Context(), printer.Options{Name: "f", Link: "tcp://x"}); err == nil {
		t.Error("a link that is no directory was taken")
	}
	dir := filepath.Join(t.TempDir(), "labels")
	p, err := d.Open(t.Context(), printer.Options{Name: "f", Link: "file://" + filepath.ToSlash(dir)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := p.Print(t.Context(), []byte("x")); !fault.Is(err, fault.Transient) {
		t.Errorf("Print without the directory: %v, want a transient error", err)
	}
	if _, err := p.Status(t.Context()); !fault.Is(err, fault.Transient) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Status without the directory: %v", err)
	}
}

func TestZPLDropsLateAnswerToTheSameQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		p := open(t, func(context.Context) (io.ReadWriteCloser, error) { return ours, nil })
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i, delay := range []time.Duration{0, 2200 * time.Millisecond, 0} {
				readLine(t, theirs)
				time.Sleep(delay) // virtual time
				fmt.Fprintf(theirs, "\"%d\"\r\n", i)
			}
		}()
		counter := p.(printer.Counter)
		var got []int64
		for range 3 {
			n, ok, err := counter.Odometer(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				n = -1
			}
			got = append(got, n)
		}
		if diff := cmp.Diff([]int64{0, -1, 2}, got); diff != "" {
			t.Errorf("readings (-want +got):\n%s", diff)
		}
		<-done
	})
}

// readLine reads one question.
func readLine(t *testing.T, r io.Reader) {
	t.Helper()
	b := make([]byte, 1)
	for b[0] != '\n' {
		if _, err := io.ReadFull(r, b); err != nil {
			t.Errorf("question: %v", err)
			return
		}
	}
}
