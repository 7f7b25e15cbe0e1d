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
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/printer/virtual"
)

// start runs a printer until the end of the test.
func start(t *testing.T, o virtual.Options) *virtual.Printer {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	p := virtual.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case <-p.Ready():
	case err := <-done:
		t.Fatalf("Run: %v", err)
	}
	return p
}

// host is one host's connection.
type host struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func connect(t *testing.T, p *virtual.Printer) *host {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return &host{t, c, bufio.NewReader(c)}
}

func (h *host) say(s string) {
	h.t.Helper()
	if _, err := io.WriteString(h, s); err != nil {
		h.t.Fatal(err)
	}
}

// hear reads exactly as much as want has, and compares.
func (h *host) hear(want string) {
	h.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(h.in, got); err != nil {
		h.t.Fatalf("reply %q: %v", got, err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		h.t.Fatalf("reply (-want +got):\n%s", diff)
	}
}

// until asks for the odometer until it shows n.
func (h *host) until(n string) {
	h.t.Helper()
	for {
		h.say("! U1 getvar \"odometer.total_label_count\"\r\n")
		got, err := h.in.ReadString('\n')
		if err != nil {
			h.t.Fatalf("odometer: %v", err)
		}
		if got == "\""+n+"\"\r\n" {
			return
		}
	}
}

const (
	cleanHQES = "\x02\r\n\r\n  PRINTER STATUS                            \r\n" +
		"   ERRORS:         0 00000000 00000000      \r\n" +
		"   WARNINGS:       0 00000000 00000000      \r\n\x03"
	idleHS = "\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n" +
		"\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
	label = "^XA^FO20,20^A0N,30^FDHello^FS^XZ"
)

func TestGoldenReplies(t *testing.T) {
	p := start(t, virtual.Options{})
	h := connect(t, p)
	h.say("~HQES")
	h.hear(cleanHQES)
	if len(cleanHQES) != 144 {
		t.Fatalf("~HQES has %d bytes, printers send 144", len(cleanHQES))
	}
	h.say("~HS\r\n")
	h.hear(idleHS)
	h.say("~HI")
	h.hear("\x02VIRTUAL-203dpi,V1.0.0,8,8192KB\x03\r\n")
	h.say("! U1 getvar \"odometer.total_label_count\"\r\n! U1 getvar \"no.such\"\r\n")
	h.hear("\"0\"\r\n\"?\"\r\n")

	p.SetFaults(func(f *virtual.Faults) { f.PaperOut, f.HeadOpen = true, true })
	p.Pause(true)
	h.say("~HQES")
	want := strings.Replace(cleanHQES, "0 00000000 00000000", "1 00000000 00010005", 1)
	h.hear(want)
	// The places where pages in the field look: error flag, pause, media, warning flag.
	if want[70] != '1' || want[84] != '1' || want[88] != '5' || want[116] != '0' {
		t.Errorf("flags are not where they belong: %q", want)
	}
	h.say("^XA^FD~HS")
	h.hear("\x02030,1,1,1225,000,0,0,1,000,0,0,0\x03\r\n\x02001,0,1,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n")
}

func TestEachLabelIsRecorded(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	render := func(d virtual.Drawing) (virtual.Picture, error) {
		if strings.Contains(string(d.ZPL), "BAD") {
			return virtual.Picture{}, errors.New("cannot draw this")
		}
		return virtual.Picture{PNG: []byte("png"), Symbols: []virtual.Symbol{{Symbology: "code128", Text: "1Z"}}}, nil
	}
	p := start(t, virtual.Options{Dir: dir, Now: func() time.Time { return now }, Render: render})
	h := connect(t, p)
	h.say("^XA^FDa^FS^PQ2^XZ^XA^FDBAD^FS^XZ")
	h.until("3")
	got := p.Labels()
	if len(got) != 3 || got[0].SHA256 != got[1].SHA256 || got[1].SHA256 == got[2].SHA256 {
		t.Fatalf("record is %+v", got)
	}
	for i, l := range got {
		if l.N != i+1 || l.Odometer != int64(i+1) || !l.At.Equal(now) {
			t.Errorf("line %d is %+v", i+1, l)
		}
	}
	if err := p.AwaitDrawn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "000002.zpl"))
	if err != nil || string(b) != "^XA^FDa^FS^PQ2^XZ" {
		t.Errorf("second label is %q, %v", b, err)
	}
	b, err = os.ReadFile(filepath.Join(dir, "000001.json"))
	if err != nil || !strings.Contains(string(b), "1Z") {
		t.Errorf("reading of the first label is %q, %v", b, err)
	}
}

func TestOdometerSurvivesRestartAndPowerCut(t *testing.T) {
	dir := t.TempDir()
	run := func(want string, say string) {
		p := virtual.New(virtual.Options{Dir: dir, Listen: "127.0.0.1:0"})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		<-p.Ready()
		p.PowerCut()
		h := connect(t, p)
		h.say(say)
		h.until(want)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	run("1", label)
	f, err := os.OpenFile(filepath.Join(dir, "labels.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, `{"n":2,"odome`) // cut off in the middle of a line
	f.Close()
	run("3", label+label)
}

func TestPowerCutLosesBufferAndBreaksConnections(t *testing.T) {
	p := start(t, virtual.Options{})
	p.Pause(true)
	h := connect(t, p)
	h.say(label + "~HS")
	h.hear(strings.Replace(idleHS, "030,0,0,1225,000", "030,0,1,1225,001", 1))
	p.PowerCut()
	if _, err := h.in.ReadByte(); err == nil {
		t.Error("the connection outlived the power cut")
	}
	h = connect(t, p)
	h.say("~HS")
	h.hear(idleHS)
	if n := len(p.Labels()); n != 0 {
		t.Errorf("%d labels were printed", n)
	}
}

func TestPaperOutHoldsTheLabel(t *testing.T) {
	p := start(t, virtual.Options{})
	left := 1
	p.SetFaults(func(f *virtual.Faults) { f.PaperLeft = &left })
	h := connect(t, p)
	h.say(label + label)
	h.until("1")
	h.say("~HQES")
	h.hear(strings.Replace(cleanHQES, "0 00000000 00000000", "1 00000000 00000001", 1))
	p.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
	h.until("2")
}

func TestCutAfterDropsTheRest(t *testing.T) {
	p := start(t, virtual.Options{})
	n := len(label) + 5
	p.SetFaults(func(f *virtual.Faults) { f.CutAfter = &n })
	h := connect(t, p)
	h.say(label + label)
	if _, err := h.in.ReadByte(); err == nil {
		t.Error("the connection was not cut")
	}
	h = connect(t, p)
	h.until("1")
	h.say("~HS")
	h.hear(idleHS)
}

func TestFullBufferStopsReading(t *testing.T) {
	p := start(t, virtual.Options{BufferBytes: len(label)})
	p.Pause(true)
	h := connect(t, p)
	h.say(label + "~HS")
	h.hear(strings.Replace(idleHS, "030,0,0,1225,000,0", "030,0,1,1225,001,1", 1))
	h.say("~HI") // behind a full buffer nobody reads it
	if n := len(p.Labels()); n != 0 {
		t.Errorf("%d labels came out of a paused printer", n)
	}
	p.Pause(false)
	h.hear("\x02VIRTUAL-203dpi,V1.0.0,8,8192KB\x03\r\n")
	h.until("1")
}

func TestOneHostAtATime(t *testing.T) {
	p := start(t, virtual.Options{})
	first, second := connect(t, p), connect(t, p)
	second.say("~HI")
	first.say("~HI")
	first.hear("\x02VIRTUAL-203dpi,V1.0.0,8,8192KB\x03\r\n")
	first.Close()
	second.hear("\x02VIRTUAL-203dpi,V1.0.0,8,8192KB\x03\r\n")

	p = start(t, virtual.Options{Refuse: true})
	first = connect(t, p)
	first.say("~HI")
	first.hear("\x02VIRTUAL-203dpi,V1.0.0,8,8192KB\x03\r\n")
	if _, err := connect(t, p).in.ReadByte(); err == nil {
		t.Error("a second host was not refused")
	}
}

func TestControlPort(t *testing.T) {
	p := start(t, virtual.Options{Control: "127.0.0.1:0"})
	base := "http://" + p.ControlAddr().String()
	call := func(method, path, body string, code int) string {
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
	call("POST", "/faults", `{"paper_out":true,"delay":"5ms"}`, 200)
	call("POST", "/faults", `{"head_open":true}`, 200)
	if f := p.Faults(); !f.PaperOut || !f.HeadOpen || f.Delay != virtual.Duration(5*time.Millisecond) {
		t.Errorf("faults are %+v", f)
	}
	call("POST", "/faults", `{"paper":true}`, 400)
	call("POST", "/faults", `{"delay":"-1s"}`, 400)
	call("POST", "/feed", "", 400)
	call("POST", "/faults", `{"paper_out":false,"head_open":false}`, 200)
	call("POST", "/feed", "", 200)
	call("POST", "/pause", "", 200)
	if s := p.State(); !s.Paused || s.Odometer != 1 || !s.On {
		t.Errorf("state is %+v", s)
	}
	call("POST", "/power-off", "", 200)
	if s := p.State(); s.On || s.Paused {
		t.Errorf("state after power-off is %+v", s)
	}
	call("POST", "/power-on", "", 200)
	if s := call("GET", "/labels", "", 200); !strings.Contains(s, `"feed": true`) {
		t.Errorf("labels are %s", s)
	}
	call("GET", "/status", "", 200)
}
