package virtual_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/printer/virtual"
)

// identified is the answer to ~HI.
const identified = "\x02VIRTUAL-203dpi,V1.0.0,8,8192KB\x03\r\n"

// A stored picture of a megabyte is gone through once, not once for each of its
// bytes: ten seconds are a hundred times what it takes, and a hundredth of what it
// took.
func TestLargeDownloadTakesItsTimeOnce(t *testing.T) {
	p := start(t, virtual.Options{})
	h := connect(t, p)
	n := 1 << 20
	for _, download := range []string{
		fmt.Sprintf("~DGR:A.GRF,%d,128,%s", n, strings.Repeat("A5", n)),
		fmt.Sprintf("~DGR:B.GRF,%d,128,%s", n, strings.Repeat("A", n)),
		fmt.Sprintf("~DYR:C,B,G,%d,128,%s", n, strings.Repeat("^", n)),
	} {
		h.say(download + "~HI")
		h.hear(identified)
	}
	if got := p.State().Stored; len(got) != 3 {
		t.Errorf("stored: %q", got)
	}
}

// A format that recalls itself a thousand times, at every level that is
// recalled, is read to a bound; nobody else waits for it.
func TestFormatThatRecallsItselfEnds(t *testing.T) {
	p := start(t, virtual.Options{})
	h := connect(t, p)
	h.say("^XA^DFR:LOOP.ZPL^FS" + strings.Repeat("^XFR:LOOP.ZPL", 1000) + "^XZ^XA^XFR:LOOP.ZPL^XZ^XA^FDafter^FS^XZ")
	await(t, p, 2)
	h.say("~HI")
	h.hear(identified)
}

// Blank labels that a format asks for come one by one: they can be cancelled,
// and the printer answers meanwhile and can be switched off.
func TestManyBlankLabelsCanBeCancelled(t *testing.T) {
	p := start(t, virtual.Options{})
	h := connect(t, p)
	h.say("^XA" + strings.Repeat("^PH", 200_000) + "^XZ")
	h.say("~HI")
	h.hear(identified)
	h.say("~JA~HI")
	h.hear(identified)
	h.say("^XA^FDafter^FS^XZ")
	await(t, p, 1)
	if n := len(p.Labels()); n > 100_000 {
		t.Errorf("%d pieces of paper", n)
	}
}

// What cannot be is refused and changes nothing; a printer must not fall over it
// later.
func TestOrdersThatCannotBe(t *testing.T) {
	p := start(t, virtual.Options{Control: "127.0.0.1:0"})
	for path, bodies := range map[string][]string{
		"/faults": {
			`{"cut_after":-1}`, `{"paper_left":0}`, `{"paper_left":-3}`, `{"paper_out":true} and more`, `{"paper_out":true}{}`,
		},
		"/schedule": {`[{"at":{"label":1},"faults":{"cut_after":-1}}]`, `[] x`},
	} {
		for _, body := range bodies {
			resp, err := http.Post("http://"+p.ControlAddr().String()+path, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%s %s: %s", path, body, resp.Status)
			}
		}
	}
	if f := p.Faults(); f != (virtual.Faults{}) {
		t.Errorf("faults %+v", f)
	}
	h := connect(t, p)
	h.say("~HI")
	h.hear(identified)
}

// A label whose prefixes change on the way is printed like any other.
func TestPrefixesChangeWithinAFormat(t *testing.T) {
	p := start(t, virtual.Options{})
	h := connect(t, p)
	h.say("^XA^CC//FO20,20/FDhello/FS/PQ2/XZ/XA/CC^^FDb^FS^XZ")
	await(t, p, 3)
}

// A format whose end is missing is told of: nobody must look for its label.
func TestFormatWithoutItsEndIsTold(t *testing.T) {
	p := start(t, virtual.Options{})
	h := connect(t, p)
	h.say("^XA^FDlost^FS^XA^FDb^FS^XZ")
	await(t, p, 1)
	if got := p.State().Unknown; len(got) != 1 || !strings.Contains(got[0], "^XA inside a format") {
		t.Errorf("unknown %q", got)
	}
}

// A web page in a browser may not order anything, whatever name it reaches the
// control port by.
func TestWebPagesOrderNothing(t *testing.T) {
	p := start(t, virtual.Options{Control: "127.0.0.1:0"})
	for _, origin := range []string{"http://evil.example", "http://" + p.ControlAddr().String(), "null"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.ControlAddr().String()+"/pause", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden || p.State().Paused {
			t.Errorf("from %s: %s, paused %v", origin, resp.Status, p.State().Paused)
		}
	}
}

// A name that somebody else has pointed at this machine neither orders nor reads.
func TestStrangersNamesAreRefused(t *testing.T) {
	p := start(t, virtual.Options{Control: "127.0.0.1:0"})
	for host, want := range map[string]int{
		"": http.StatusOK, "localhost:9101": http.StatusOK, "virtual-printer:9101": http.StatusOK, "[::1]:9101": http.StatusOK, "192.0.2.7": http.StatusOK,
		"evil.example": http.StatusMisdirectedRequest, "evil.example:9101": http.StatusMisdirectedRequest, "127.0.0.1.evil.example": http.StatusMisdirectedRequest,
	} {
		for method, path := range map[string]string{http.MethodGet: "/labels", http.MethodPost: "/pause"} {
			req, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.ControlAddr().String()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%s %s as %q: %s, want %d", method, path, host, resp.Status, want)
			}
		}
	}
}

// What is longer than any label is told of, and the next label comes.
func TestTooLongIsTold(t *testing.T) {
	p := start(t, virtual.Options{})
	h := connect(t, p)
	h.say("^XA^FD" + strings.Repeat("a", 8<<20) + "^FS^XZ^XA^FDb^FS^XZ")
	await(t, p, 1)
	if got := p.State().Unknown; !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "a format of more than 8 MiB") }) {
		t.Errorf("unknown %q", got)
	}
}

// await waits for whole labels, at most ten seconds.
func await(t *testing.T, p *virtual.Printer, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.AwaitLabels(ctx, n); err != nil {
		t.Fatalf("%d labels: %v", n, err)
	}
}
