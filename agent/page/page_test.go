package page_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/page"
)

// ownScripts is how many scripts the page has: one for scans, one for the desk.
const ownScripts = 2

// hostile is text that nobody sends by accident.
const hostile = `</p><script>alert("x")</script><img src=x onerror='y'>&amp;"'` + "\x00\u202e"

func TestScenesRender(t *testing.T) {
	for name, v := range scenes() {
		t.Run(name, func(t *testing.T) {
			whole, live := render(t, page.Render, v), render(t, page.RenderLive, v)
			if !strings.Contains(whole, live) {
				t.Error("the whole page does not contain the live part as it is fetched")
			}
			els := elements(t, whole)
			checkElements(t, els)
			ids := count(els, "data-part")
			if ids != 7 {
				t.Errorf("%d parts, want 7: the script swaps part by part", ids)
			}
		})
	}
}

func TestHostileNames(t *testing.T) {
	v := scenes()["check"]
	v.Station, v.HotFolder = hostile, hostile
	v.Band = page.Band{Kind: hostile, Word: hostile, Line: hostile, Todo: hostile, At: noon, Picture: hostile}
	v.Current = &page.Parcel{
		Order: hostile, Name: hostile, Place: hostile, Carrier: hostile, Service: hostile, Number: hostile, Stage: hostile,
		StageKind: hostile, Steps: []page.Step{{Word: hostile, Kind: hostile}}, Items: []page.Item{{SKU: hostile, Title: hostile, Quantity: 1}},
		PreviewURL: "javascript:alert(1)",
	}
	v.Queue = []page.Row{{Order: hostile, Name: hostile, Carrier: hostile, Stage: hostile, StageKind: hostile}}
	v.Attention = []page.Trouble{{
		ID: hostile, Kind: hostile, Title: hostile, Why: hostile, Todo: hostile, File: hostile,
		Fields: []page.Field{{Name: hostile, Why: hostile}}, ResolveURL: "javascript:alert(2)",
		UseURL: "javascript:alert(3)", Machine: hostile,
	}}
	v.Devices = []page.Device{{Kind: hostile, Name: hostile, State: hostile, Words: hostile, Todo: hostile, Detail: hostile, Picture: hostile}}
	v.Handoffs = []page.Handoff{{Carrier: hostile, Expected: 1, Missing: []string{hostile}}}
	whole := render(t, page.Render, v)

	for _, el := range elements(t, whole) {
		for _, a := range el.Attr {
			if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" {
				t.Errorf("<%s> has %s=%q", el.Name.Local, a.Name.Local, a.Value)
			}
			if strings.Contains(strings.ToLower(a.Value), "javascript:") {
				t.Errorf("<%s> has %s=%q", el.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
	if n := strings.Count(whole, "<script"); n != ownScripts {
		t.Errorf("%d scripts, want the page's own %d only", n, ownScripts)
	}
	if strings.Contains(whole, "<img src=x") {
		t.Error("a name became an image")
	}
	if !strings.Contains(whole, `class="band b-check"`) {
		t.Error("a band of unknown kind must ask for a look")
	}
}

func TestBandKinds(t *testing.T) {
	for _, c := range []struct {
		kind page.Kind
		want string
		word string
	}{
		{"", "ready", "Ready"},
		{page.Ready, "ready", "Ready"},
		{page.Working, "working", "Working"},
		{page.OK, "ok", "OK"},
		{page.Check, "check", "Check"},
		{page.Stop, "stop", "Stop"},
		{"great", "check", "Check"},
	} {
		live := render(t, page.RenderLive, page.View{Now: noon, Band: page.Band{Kind: c.kind}})
		for _, want := range []string{
			`class="band b-` + c.want + `"`, `data-kind="` + c.want + `"`, `href="#i-` + c.want + `"`, `<h1 id="band-word">` + c.word + `</h1>`,
		} {
			if !strings.Contains(live, want) {
				t.Errorf("band of kind %q: no %s", c.kind, want)
			}
		}
	}
}

func TestDeviceStates(t *testing.T) {
	for st, word := range map[page.State]string{
		page.StateReady: "Ready", page.StateBusy: "Busy", page.StateAway: "Away", page.StateBlocked: "Blocked",
		page.StateUnknown: "Not known", "": "Not known", "splendid": "Not known",
	} {
		live := render(t, page.RenderLive, page.View{Now: noon, Devices: []page.Device{{Kind: "printer", Name: "P", State: st}}})
		if !strings.Contains(live, "</svg>"+word+"</span>") {
			t.Errorf("device in state %q: no word %q beside its icon", st, word)
		}
	}
}

// TestPictures: what a printer reports is drawn, big in the band and small beside
// the device; a name without a picture leaves things as they are.
func TestPictures(t *testing.T) {
	for name, drawn := range map[string]bool{"paper_out": true, "label_waiting": true, "on_fire": false, "": false} {
		whole := render(t, page.Render, page.View{
			Now: noon, Band: page.Band{Kind: page.Stop, Picture: name}, Devices: []page.Device{{Kind: "printer", Name: "P", Picture: name}},
		})
		big, small := strings.Contains(whole, `data-picture="`+name+`"><`), strings.Contains(whole, `<svg class="d-icon drawn"`)
		if big != drawn || small != drawn {
			t.Errorf("%q is drawn big: %v, small: %v; want %v", name, big, small, drawn)
		}
		if beside := strings.Contains(whole, `<svg class="d-icon" aria-hidden="true"><use href="#i-printer">`); beside == drawn {
			t.Errorf("%q: the printer's own icon is there: %v", name, beside)
		}
	}
}

func TestNothingNeedsYou(t *testing.T) {
	blocked := page.View{Now: noon, Devices: []page.Device{{Kind: "printer", State: page.StateBlocked}}}
	stopped := page.View{Now: noon, Band: page.Band{Kind: page.Stop}}
	for want, v := range map[string][]page.View{"Nothing needs you": {{Now: noon}}, "Nothing else needs you": {blocked, stopped}} {
		for _, v := range v {
			if live := render(t, page.RenderLive, v); !strings.Contains(live, want) {
				t.Errorf("%+v: does not say %q", v, want)
			}
		}
	}
}

func TestTimesAndDues(t *testing.T) {
	v := page.View{Now: noon, Queue: []page.Row{
		{Order: "a", Stage: "s", Since: ago(30 * time.Second), ShipBy: ago(30 * time.Second)},
		{Order: "b", Stage: "s", Since: ago(90 * time.Second), ShipBy: ago(3 * time.Hour)},
		{Order: "c", Stage: "s", Since: ago(5 * time.Hour), ShipBy: noon.Add(20 * time.Second)},
		{Order: "d", Stage: "s", Since: ago(72 * time.Hour), ShipBy: noon.Add(90 * time.Minute)},
		{Order: "e", Stage: "s", Since: noon.Add(time.Second), ShipBy: time.Date(2026, 11, 20, 20, 30, 0, 0, time.UTC)},
		{Order: "f", Stage: "s", ShipBy: noon.Add(48 * time.Hour)},
		{Order: "g", Stage: "s"},
	}}
	live := render(t, page.RenderLive, v)
	var got []string
	for _, m := range regexp.MustCompile(`(?s)<tr>(.*?)</tr>`).FindAllStringSubmatch(live, -1)[1:] {
		text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1], " ")
		got = append(got, strings.Join(strings.Fields(text), " "))
	}
	want := []string{
		"a – s just now late",
		"b – s 1 min ago late by 3 h",
		"c – s 5 h ago due now",
		"d – s 3 days ago due in 1 h",
		"e – s just now by 22:30",
		"f – s by 22 Nov 14:03",
		"g – s –",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestNothingVanishes(t *testing.T) {
	v := page.View{Now: noon, Queue: rows(page.MaxQueue + 7), Current: parcel()}
	for i := range page.MaxAttention + 3 {
		v.Attention = append(v.Attention, page.Trouble{ID: fmt.Sprint("x", i), Title: "t", ResolveURL: "/r"})
	}
	for range page.MaxItems + 2 {
		v.Current.Items = append(v.Current.Items, page.Item{SKU: "s", Quantity: 3})
	}
	v.Handoffs = []page.Handoff{{Carrier: "UPS", Expected: 9, Missing: strings.Split("a b c d e f g h", " ")}}
	live := render(t, page.RenderLive, v)
	for want, n := range map[string]int{
		`<th scope="row"`: page.MaxQueue, "and 7 more": 1, `data-trouble="`: page.MaxAttention, "and 3 more": 2, // troubles; missing parcels
		`class="q"`: page.MaxItems, "and 4 more lines": 1,
	} {
		if got := strings.Count(live, want); got != n {
			t.Errorf("%q occurs %d times, want %d", want, got, n)
		}
	}
}

func TestUnconfirmedHasTwoAnswers(t *testing.T) {
	v := page.View{Now: noon, Attention: []page.Trouble{unconfirmed(), refused()}}
	live := render(t, page.RenderLive, v)
	for _, want := range []string{
		`<form class="resolve" method="post" action="/v1/jobs/18/labels/1/resolve">`,
		`name="outcome" value="printed"`, `name="outcome" value="not_printed"`, "It came out", "No label came out",
	} {
		if strings.Count(live, want) != 1 {
			t.Errorf("%s occurs %d times, want once", want, strings.Count(live, want))
		}
	}
}

func TestRenderTellsOfABrokenWriter(t *testing.T) {
	for _, f := range []func(io.Writer, page.View) error{page.Render, page.RenderLive} {
		if err := f(broken{}, page.View{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("error %v, want one wrapping io.ErrClosedPipe", err)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzRender(f *testing.F) {
	f.Add(hostile, "ready")
	f.Add("", "")
	f.Add("\xff\xfe]]>", "b-stop\" onload=\"")
	f.Fuzz(func(t *testing.T, text, kind string) {
		v := page.View{
			Station: text, Now: noon, Band: page.Band{Kind: page.Kind(kind), Word: text, Line: text},
			Current:   &page.Parcel{Name: text, Stage: kind, StageKind: page.Kind(kind), PreviewURL: text},
			Queue:     []page.Row{{Order: text, Stage: text, StageKind: page.Kind(kind)}},
			Attention: []page.Trouble{{ID: text, Title: text, Kind: page.Kind(kind), ResolveURL: "/r/" + text}},
			Devices:   []page.Device{{Kind: kind, Name: text, State: page.State(kind)}},
		}
		whole := render(t, page.Render, v)
		if strings.Count(whole, "<script") != ownScripts || strings.Count(whole, "<form") != 2 {
			t.Fatalf("the text %q, %q changed the page's structure", text, kind)
		}
	})
}

func render(t *testing.T, f func(io.Writer, page.View) error, v page.View) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements reads the page with a parser that insists on every end tag that
// HTML does not leave out.
func elements(t *testing.T, html string) []xml.StartElement {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.ReplaceAll(html, " defer>", ` defer="">`)))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var out []xml.StartElement
	var open []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			out = append(out, tok.Copy())
			open = append(open, tok.Name.Local)
		case xml.EndElement:
			if last := open[len(open)-1]; last != tok.Name.Local {
				t.Fatalf("</%s> closes <%s>", tok.Name.Local, last)
			}
			open = open[:len(open)-1]
		}
	}
	return out
}

// checkElements holds what every page owes: ids once, references that lead
// somewhere, icons that exist, no inline style or script.
func checkElements(t *testing.T, els []xml.StartElement) {
	t.Helper()
	ids := map[string]int{}
	for _, el := range els {
		if id := attr(el, "id"); id != "" {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %q occurs %d times", id, n)
		}
	}
	for _, el := range els {
		name := el.Name.Local
		for _, ref := range []string{attr(el, "aria-labelledby"), attr(el, "for"), strings.TrimPrefix(attr(el, "href"), "#")} {
			if ref != "" && !strings.Contains(ref, "/") && ids[ref] == 0 {
				t.Errorf("<%s> refers to %q, which is not on the page", name, ref)
			}
		}
		if attr(el, "style") != "" || name == "style" || name == "script" && attr(el, "src") == "" {
			t.Errorf("<%s> is inline, which the content security policy forbids", name)
		}
		if name == "img" && attr(el, "alt") == "" {
			t.Error("an image says nothing to those who cannot see it")
		}
	}
}

func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func count(els []xml.StartElement, name string) int {
	n := 0
	for _, el := range els {
		for _, a := range el.Attr {
			if a.Name.Local == name {
				n++
			}
		}
	}
	return n
}
