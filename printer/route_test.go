package printer_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/printer"
)

func TestParsePriority(t *testing.T) {
	for in, want := range map[string]printer.Priority{"": printer.Normal, "normal": printer.Normal, " Urgent": printer.Urgent, "later": printer.Later} {
		if got, err := printer.ParsePriority(in); got != want || err != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if _, err := printer.ParsePriority("50"); err == nil {
		t.Error("a number was taken for a priority")
	}
}

func TestMisfit(t *testing.T) {
	inch46, a6, mm100 := printer.Form{Width: 101600, Height: 152400}, printer.Form{Width: 105000, Height: 148000}, printer.Form{Width: 100000, Height: 150000}
	for _, tt := range []struct {
		name        string
		label, have printer.Form
		fits        bool
	}{
		{"nothing known", printer.Form{}, printer.Form{}, true},
		{"only the label is known", inch46, printer.Form{}, true},
		{"only the printer is known", printer.Form{}, a6, true},
		{"the same", inch46, inch46, true},
		{"4 by 6 inches on 100 by 150 mm", inch46, mm100, true},
		{"A6 on 4 by 6 inches", a6, inch46, false},
		{"turned", printer.Form{Width: 152400, Height: 101600}, inch46, false},
		{"other dots", printer.Form{DotsPerMM: 8}, printer.Form{DotsPerMM: 12}, false},
		{"other stock", printer.Form{Media: "blue"}, printer.Form{Media: "white"}, false},
		{"same stock", printer.Form{Media: "Blue"}, printer.Form{Media: "blue"}, true},
	} {
		if why := tt.label.Misfit(tt.have); (why == "") != tt.fits {
			t.Errorf("%s: %q", tt.name, why)
		}
	}
}

// Whatever names people give to roles, printers and stock, a route is read as it
// was written.
func TestRouteIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{"a b", "a?b=c&d", "ü%2"}))
		r := printer.Route{
			Flight: word.Draw(t, "flight"), Role: word.Draw(t, "role"), Only: word.Draw(t, "only"), Language: word.Draw(t, "language"),
			Priority: rapid.SampledFrom([]printer.Priority{printer.Urgent, printer.Normal, printer.Later}).Draw(t, "priority"),
			Form: printer.Form{
				Width: rapid.IntRange(0, 1<<30).Draw(t, "width"), Height: rapid.IntRange(0, 1<<30).Draw(t, "height"),
				DotsPerMM: rapid.IntRange(0, 24).Draw(t, "dots"), Media: word.Draw(t, "media"),
			},
		}
		got, err := printer.ParseRoute(r.String())
		if diff := cmp.Diff(r, got); err != nil || diff != "" {
			t.Fatalf("%q: %v\n%s", r.String(), err, diff)
		}
	})
}

func FuzzParseRoute(f *testing.F) {
	f.Add("shipping")
	f.Add("shipping?dots=8&priority=urgent")
	f.Fuzz(func(t *testing.T, in string) {
		r, err := printer.ParseRoute(in)
		if err != nil {
			return
		}
		again, err := printer.ParseRoute(r.String())
		if diff := cmp.Diff(r, again); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", in, err, diff)
		}
	})
}

func TestRoutesInOrder(t *testing.T) {
	flying, urgent, normal, later := printer.Route{Flight: "p", Priority: printer.Later}, printer.Route{Priority: printer.Urgent}, printer.Route{}, printer.Route{Priority: printer.Later}
	got := []printer.Route{later, normal, flying, urgent}
	slices.SortFunc(got, printer.Route.Compare)
	if diff := cmp.Diff([]printer.Route{flying, urgent, normal, later}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestHeld(t *testing.T) {
	holds := []printer.Hold{{Printer: "left", Reason: "cleaning", By: "Ann"}, {Role: "returns", Reason: "stock-taking"}}
	for _, tt := range []struct{ printer, role, want string }{
		{"left", "shipping", "paused by Ann: cleaning"},
		{"right", "returns", `"returns" labels are paused: stock-taking`},
		{"right", "shipping", ""},
		{"", "", ""},
	} {
		h, held := printer.Held(holds, tt.printer, tt.role)
		if held != (tt.want != "") || held && h.Words() != tt.want {
			t.Errorf("%q, %q: %v, %q", tt.printer, tt.role, held, h.Words())
		}
	}
}

func TestFollows(t *testing.T) {
	job := func(on string, states ...printer.LabelState) printer.Job {
		j := printer.Job{Printer: on}
		for i, s := range states {
			j.Labels = append(j.Labels, printer.Label{K: i + 1, State: s})
		}
		return j
	}
	for _, tt := range []struct {
		name          string
		before, after printer.Job
		ok            bool
	}{
		{"nothing new", job("", printer.Queued), job("", printer.Queued), true},
		{"sent", job("", printer.Queued, printer.Queued), job("p", printer.Sending, printer.Queued), true},
		{"taken back", job("", printer.Cancelled), job("p", printer.Sending), false},
		{"other printer's outcome", job("p", printer.Sent), job("q", printer.Confirmed), false},
		{"late outcome of a label that is asked about", job("p", printer.Unconfirmed), job("p", printer.Confirmed), true},
		{"fewer labels", job("", printer.Queued, printer.Queued), job("", printer.Queued), false},
	} {
		if err := tt.before.Follows(tt.after); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
