package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"waybill/agent/desk"
	"waybill/printer"
)

// report puts the printer bench into a state as a station does.
func (r *rig) report(t *testing.T, state string, other printer.Identity, cs ...printer.Condition) {
	t.Helper()
	dev := desk.Device{Kind: "printer", Name: "bench", State: state, Machine: printer.Identity{Model: "ZD621", Serial: "S1", Firmware: "V9"}, Other: other}
	for i, c := range cs {
		dev.Conditions = append(dev.Conditions, string(c))
		if i == 0 {
			dev.Words, dev.Todo = c.Words()
		}
	}
	if err := r.desk.SetDevice(t.Context(), dev); err != nil {
		t.Fatal(err)
	}
}

// TestThePageShowsWhatToDo holds that the page has words and a picture for all
// that printers report, and that they go when it is over.
func TestThePageShowsWhatToDo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	band := func() string {
		whole, _, _ := strings.Cut(string(r.call(t, "GET", "/live", "").body), "</section>")
		return whole
	}
	for _, c := range printer.Conditions() {
		if c.Warns() || c == printer.LabelWaiting {
			continue
		}
		r.report(t, "blocked", printer.Identity{}, c)
		state, todo := c.Words()
		for _, want := range []string{`class="band b-stop"`, ">" + state + "</h1>", strings.ReplaceAll(todo, "'", "&#39;"), `data-picture="` + string(c) + `"><`} {
			if !strings.Contains(band(), want) {
				t.Errorf("%s: no %s in\n%s", c, want, band())
			}
		}
	}
	r.report(t, "busy", printer.Identity{}, printer.LabelWaiting)
	if b := band(); !strings.Contains(b, `class="band b-working"`) || !strings.Contains(b, "Take the label") {
		t.Errorf("a label to take:\n%s", b)
	}
	for _, c := range printer.Conditions() {
		r.report(t, "ready", printer.Identity{}, c)
		if live := string(r.call(t, "GET", "/live", "").body); !strings.Contains(live, `class="d-icon drawn"`) {
			t.Errorf("%s: there is no picture beside the printer", c)
		}
	}
	r.report(t, "ready", printer.Identity{}, printer.PaperLow)
	if b := band(); !strings.Contains(b, `class="band b-ready"`) || strings.Contains(b, "data-picture") {
		t.Errorf("a warning is not what the band says:\n%s", b)
	}
	if live := string(r.call(t, "GET", "/live", "").body); !strings.Contains(live, "Few labels left") || !strings.Contains(live, `class="d-icon drawn"`) {
		t.Error("a warning is not beside the printer")
	}
	r.report(t, "ready", printer.Identity{})
	if live := string(r.call(t, "GET", "/live", "").body); strings.Contains(live, "drawn") || strings.Contains(live, "data-picture") {
		t.Error("what is over is still shown")
	}
}

func TestAnotherMachineIsAskedAbout(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const use = "/v1/printers/bench/use"
	r.problem(t, 404, "none of that name", "POST", use, `{"machine":"S2"}`)
	r.report(t, "blocked", printer.Identity{}, printer.AnotherPrinter)
	r.problem(t, 409, "no other machine", "POST", use, `{"machine":"S2"}`)
	if live := string(r.call(t, "GET", "/live", "").body); strings.Contains(live, "/printers/bench/use") {
		t.Error("a button that does nothing")
	}
	r.report(t, "blocked", printer.Identity{Model: "ZD421", Serial: "S2"}, printer.AnotherPrinter)
	list := string(r.call(t, "GET", "/v1/printers", "").body)
	for _, want := range []string{`"conditions":["another_printer"]`, `"other":"S2"`, `"machine":{"model":"ZD621","serial":"S1","firmware":"V9"}`} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s in %s", want, list)
		}
	}
	live := string(r.call(t, "GET", "/live", "").body)
	for _, want := range []string{`action="/printers/bench/use"`, `name="machine" value="S2"`, "ZD421, serial number S2"} {
		if !strings.Contains(live, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	r.problem(t, 422, "", "POST", use, `{}`)
	r.problem(t, 409, "S2 that answers now", "POST", use, `{"machine":"S9"}`)
	form := func(machine string) answer {
		return r.call(t, "POST", "/printers/bench/use", url.Values{"machine": {machine}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	if a := form("S9"); a.status != http.StatusConflict {
		t.Errorf("a stale page's press: %d\n%s", a.status, a.body)
	}
	if a := form("S2"); a.status != http.StatusSeeOther {
		t.Errorf("one press: %d\n%s", a.status, a.body)
	}
	if id, err := r.desk.Machine(t.Context(), "bench"); err != nil || id.Serial != "S2" {
		t.Errorf("bound is %+v, %v", id, err)
	}
	if a := r.call(t, "POST", use, `{"machine":"S2"}`); a.status != http.StatusNoContent {
		t.Errorf("over the API: %d\n%s", a.status, a.body)
	}
}
