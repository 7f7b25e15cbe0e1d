package virtual_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/printer/virtual"
)

// TestConnectionCutAtEveryByte holds that just those formats are printed whose
// last byte arrived, wherever a connection ends and however the bytes were cut
// into pieces.
func TestConnectionCutAtEveryByte(t *testing.T) {
	first, second := "^XA^FDone^FS^XZ\r\n", "~HS^XA^FDtwo^FS^PQ2^XZ"
	for n := range len(first) + len(second) + 1 {
		inBubble(t, virtual.Options{}, func(t *testing.T, d *desk) {
			if n > 0 {
				if err := d.p.Schedule(virtual.Step{At: virtual.Moment{Bytes: n}, Do: "reset"}); err != nil {
					t.Fatal(err)
				}
			}
			go io.Copy(io.Discard, d)
			for _, b := range []byte(first + second)[:n] {
				if _, err := d.Write([]byte{b}); err != nil {
					break
				}
			}
			time.Sleep(time.Minute)
			var want []string
			if n >= len(first)-2 {
				want = append(want, "label @1")
			}
			if n == len(first)+len(second) {
				want = append(want, "label @2", "label @3")
			}
			d.onPaper(want...)
		})
	}
}

// TestWhateverComesNothingHangs throws streams of commands, in pieces, at a
// printer that mishaps befall, and holds that it prints afterwards.
func TestWhateverComesNothingHangs(t *testing.T) {
	words := []string{
		"^XA", "^XZ", "^FDx^FS", "^FO1,1", "^PQ2,1", "^PQ3,2,0,Y", "~HS", "~HQES", "~HQOD", "~JA", "~JP", "~JR", "~PP", "~PS", "~JX", "~PR", "~WC",
		"^CC/", "/XA", "/CC^", "~CT+", "+CT~", "^GFB,4,4,1,", "~DGR:A.GRF,2,1,FF00", "^XGR:A.GRF", "^DFR:F", "^XFR:F", "^MMP", "^MMT", "^JZN",
		"^HV1,2,a,b,L", "^FN1", "^FH", "! U1 getvar \"device.status\"\r\n", "\r\n", "^", "~", "\x00\xff", "^JUS", "^IDR:*.*", "^SXK,Z,Y,Y",
	}
	rapid.Check(t, func(rt *rapid.T) {
		stream := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 40).Draw(rt, "words"), "")
		piece := rapid.IntRange(1, 40).Draw(rt, "piece")
		steps := virtual.RandomSteps(rapid.Uint64().Draw(rt, "seed"), 5, 3, time.Second)
		inBubble(t, virtual.Options{TakeAfter: time.Second}, func(t *testing.T, d *desk) {
			if err := d.p.Schedule(steps...); err != nil {
				rt.Fatal(err)
			}
			go io.Copy(io.Discard, d)
			for rest := stream; rest != ""; {
				n := min(piece, len(rest))
				if _, err := io.WriteString(d, rest[:n]); err != nil {
					break
				}
				rest = rest[n:]
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(time.Hour)
			d.p.Unschedule()
			d.p.SetFaults(func(f *virtual.Faults) { *f = virtual.Faults{} })
			d.p.PowerCut()
			d.p.OtherHost([]byte("^XA^FDlast^FS^XZ"))
			time.Sleep(time.Hour)
			all := d.p.Labels()
			if len(all) == 0 || !all[len(all)-1].OtherHost || all[len(all)-1].Partial {
				rt.Errorf("the printer hangs: %+v", d.p.State())
			}
			whole := 0
			for i, l := range all {
				if l.Whole() || l.Feed {
					whole++
				}
				if l.N != i+1 || l.Odometer != int64(whole) {
					rt.Errorf("line %d is %+v", i+1, l)
				}
			}
		})
	})
}

func TestMishapsAreRepeatable(t *testing.T) {
	a, b, c := virtual.RandomSteps(7, 50, 100, time.Second), virtual.RandomSteps(7, 50, 100, time.Second), virtual.RandomSteps(8, 50, 100, time.Second)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("one seed, two series:\n%s", diff)
	}
	if cmp.Equal(a, c) {
		t.Error("two seeds, one series")
	}
}

func TestSchedulesAreChecked(t *testing.T) {
	p := start(t, virtual.Options{})
	for _, s := range []virtual.Step{
		{},
		{Do: "explode"},
		{Do: "feed", At: virtual.Moment{Label: 1, Bytes: 2}},
		{Do: "feed", At: virtual.Moment{Label: 1, Part: 1}},
		{Do: "feed", At: virtual.Moment{Label: -1}},
		{Faults: []byte(`{"paper":true}`)},
	} {
		if err := p.Schedule(s); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}

// TestGoldenHostQueries holds the layout of the ~HQ family: lines of 44
// characters, in the frame of ES.
func TestGoldenHostQueries(t *testing.T) {
	inBubble(t, virtual.Options{}, func(t *testing.T, d *desk) {
		d.say(label)
		time.Sleep(time.Second)
		d.say("~HQSN")
		d.hear("\x02\r\n\r\n  SERIAL NUMBER                             \r\n   VIRTUAL0001                              \r\n\x03")
		d.say("~HQOD")
		d.hear("\x02\r\n\r\n  PRINT METERS                              \r\n" +
			"   TOTAL NONRESETTABLE:              6 \"    \r\n" +
			"   USER RESETTABLE CNTR1:            6 \"    \r\n" +
			"   USER RESETTABLE CNTR2:            6 \"    \r\n\x03")
		d.say("~HQHA")
		d.hear("\x02\r\n\r\n  MAC ADDRESS                               \r\n   02:00:00:00:00:01                        \r\n\x03")
		d.say("! U1 getvar \"device.host_status\"\r\n! U1 getvar \"device.languages\"\r\n")
		d.hear("\"030,0,0,1225,000,0,0,0,000,0,0,0\r\n001,0,0,0,1,2,6,0,00000000,1,000\r\n1234,0\"\r\n\"zpl\"\r\n")
		d.say("~HQXX~HM")
		d.hear("\x028192,8192,8000\x03\r\n")
		if diff := cmp.Diff([]string{"~HQXX"}, d.p.State().Unknown); diff != "" {
			t.Errorf("unknown (-want +got):\n%s", diff)
		}
	})
}

func TestAlerts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := make(chan string, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, _ := bufio.NewReader(c).ReadString('\n')
			c.Close()
			heard <- s
		}
	}()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	p := start(t, virtual.Options{Now: func() time.Time { return now }})
	h := connect(t, p)
	host, port, _ := net.SplitHostPort(l.Addr().String())
	for _, a := range []string{"K", "E", "J"} {
		h.say("^XA^SX" + a + ",D,Y,Y," + host + "," + port + "^XZ")
	}
	h.say("! U1 setvar \"alerts.add\" \"PAPER OUT,SDK,Y,N,,,N\"\r\n" + label)
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-heard:
			if got != want+" [2026-11-20 09:00:00] [VIRTUAL0001]\r\n" {
				t.Errorf("heard %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("nothing heard, want %q; notices %+v", want, p.Notices())
		}
	}
	expect("ALERT: PQ JOB COMPLETED")
	p.SetFaults(func(f *virtual.Faults) { f.HeadOpen = true })
	expect("ERROR CONDITION: HEAD OPEN")
	p.SetFaults(func(f *virtual.Faults) { f.HeadOpen = false })
	expect("ERROR CLEARED: HEAD OPEN")
	p.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
	h.hear("ERROR CONDITION: PAPER OUT [2026-11-20 09:00:00] [VIRTUAL0001]\r\n")
	p.SetFaults(func(f *virtual.Faults) { f.PaperOut, f.AlertLocale = false, "ja" })
	h.say("~PP")
	expect("ALERT: 一時停止")
	h.say("~PS^XA^SQJ^XZ" + label)
	expect("ERROR CLEARED: 一時停止")
	expect("ALERT: 印刷ジョブ完了")
	p.Pause(true) // nobody wants to hear of it any more
	if n := p.Notices(); len(n) != 7 {
		t.Errorf("notices are %+v", n)
	}
}

func TestSerialLine(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no pseudo terminals")
	}
	path := filepath.Join(t.TempDir(), "printer")
	p := start(t, virtual.Options{Line: path})
	f, err := os.OpenFile(p.LinePath(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.WriteString(f, label+"~HM"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(f)
	got, err := in.ReadString('\n')
	if err != nil || got != "\x028192,8192,8000\x03\r\n" {
		t.Errorf("heard %q, %v", got, err)
	}
	if err := p.AwaitLabels(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	p.PowerCut() // the line stays, and what was under way on it is lost: all that one read brings
	for try := range 100 {
		if _, err := io.WriteString(f, label); err != nil {
			t.Fatal(err)
		}
		soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		err := p.AwaitLabels(soon, 2)
		cancel()
		if err == nil {
			return
		}
		if try == 99 {
			t.Fatal("no label is printed after the power cut")
		}
	}
}

// TestControlPortForPrograms goes through what a program's own test asks.
func TestControlPortForPrograms(t *testing.T) {
	render := func(d virtual.Drawing) (virtual.Picture, error) {
		if strings.Contains(string(d.ZPL), "^XG") {
			return virtual.Picture{PNG: []byte("part"), Unknown: []string{"^XG"}}, errors.New("no such graphic")
		}
		return virtual.Picture{PNG: []byte("png"), Symbols: []virtual.Symbol{{Symbology: "code128", Text: "1Z"}}}, nil
	}
	p := start(t, virtual.Options{Control: "127.0.0.1:0", Render: render})
	call := caller(t, "http://"+p.ControlAddr().String())
	h := connect(t, p)
	h.say(label + "^XA^XGR:NONE.GRF^FS^XZ")
	if s := call("GET", "/wait?labels=2&within=10s", "", 200); !strings.Contains(s, `"labels": 2`) {
		t.Errorf("wait says %s", s)
	}
	if s := call("GET", "/labels", "", 200); !strings.Contains(s, `"1Z"`) || !strings.Contains(s, `"no such graphic"`) {
		t.Errorf("labels are %s", s)
	}
	if s := call("GET", "/labels?after=1", "", 200); strings.Contains(s, `"1Z"`) {
		t.Errorf("labels after the first are %s", s)
	}
	call("GET", "/labels?after=-1", "", 400)
	if s := call("GET", "/labels/1.png", "", 200); s != "png" {
		t.Errorf("picture is %q", s)
	}
	if s := call("GET", "/labels/1.zpl", "", 200); s != label {
		t.Errorf("format is %q", s)
	}
	call("GET", "/labels/3.png", "", 404)
	call("GET", "/labels/1.exe", "", 404)
	call("GET", "/wait?labels=9&within=1ms", "", 504)
	call("GET", "/wait?labels=x", "", 400)
	call("GET", "/wait?labels=1&within=soon", "", 400)
	call("POST", "/schedule", `[{"at":{"label":1,"part":0.5},"faults":{"paper_out":true},"for":"10ms"}]`, 200)
	call("POST", "/schedule", `[{"at":{"label":1},"do":"dance"}]`, 400)
	if s := call("GET", "/schedule", "", 200); !strings.Contains(s, `"label": 3`) {
		t.Errorf("schedule is %s", s)
	}
	call("POST", "/other-host", "^XA^FO1,1^GB9,9,9^FS^XZ", 200)
	call("GET", "/wait?labels=3&within=10s", "", 200)
	call("DELETE", "/schedule", "", 200)
	call("POST", "/mishaps", `{"seed":1,"mishaps":5,"labels":10}`, 200)
	call("POST", "/mishaps", `{"mishaps":0}`, 400)
	for _, path := range []string{"/take", "/cancel", "/reset", "/power-cut"} {
		call("POST", path, "", 200)
	}
	call("GET", "/alerts", "", 200)
	if _, err := h.in.ReadByte(); err == nil {
		t.Error("the connection outlived a reset")
	}
}

// caller returns a function that asks the control port.
func caller(t *testing.T, base string) func(method, path, body string, code int) string {
	return func(method, path, body string, code int) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != code {
			t.Fatalf("%s %s: %s %q %v", method, path, resp.Status, b, err)
		}
		return string(b)
	}
}

func TestPrinterThatIsNotRunningTakesNoStep(t *testing.T) {
	p := virtual.New(virtual.Options{Listen: "-", Dir: t.TempDir()})
	if err := p.Schedule(virtual.Step{Do: "feed"}); err == nil {
		t.Error("it did")
	}
}
