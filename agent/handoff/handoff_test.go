package handoff_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/agent/handoff"
	"waybill/shipment"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	closed := time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)
	ups := handoff.Session{ID: "ups", Carrier: "ups"}
	auto := handoff.Session{ID: "auto", Carrier: "fedex", Auto: true}
	tests := map[string]struct {
		open []handoff.Session
		at   handoff.Place
		c    shipment.CarrierID
		s    shipment.ServiceID
		want string // the pick-up's ID, or the refusal's code
	}{
		"its own":                             {open: []handoff.Session{ups}, c: "ups", want: "ups"},
		"nothing open":                        {c: "ups", want: "no_handoff"},
		"a scan opened another's":             {open: []handoff.Session{auto}, c: "ups", want: "no_handoff"},
		"a scan opened its own":               {open: []handoff.Session{auto}, c: "fedex", want: "auto"},
		"a person opened another's":           {open: []handoff.Session{ups}, c: "fedex", want: "other_carrier"},
		"a person's goes before a scan's":     {open: []handoff.Session{auto, ups}, c: "fedex", want: "other_carrier"},
		"two persons' side by side":           {open: []handoff.Session{{ID: "f", Carrier: "fedex"}, ups}, c: "ups", want: "ups"},
		"its service":                         {open: []handoff.Session{{ID: "air", Carrier: "ups", Service: "air"}, {ID: "ground", Carrier: "ups", Service: "ground"}}, c: "ups", s: "ground", want: "ground"},
		"another service":                     {open: []handoff.Session{{ID: "air", Carrier: "ups", Service: "air"}}, c: "ups", s: "ground", want: "other_service"},
		"another dock's is not here":          {open: []handoff.Session{{ID: "n", Carrier: "ups", Dock: "north"}}, at: handoff.Place{Dock: "south"}, c: "ups", want: "no_handoff"},
		"its dock's":                          {open: []handoff.Session{{ID: "n", Carrier: "ups", Dock: "north"}, {ID: "s", Carrier: "ups", Dock: "south"}}, at: handoff.Place{Dock: "south"}, c: "ups", want: "s"},
		"a scanner of no dock serves any":     {open: []handoff.Session{{ID: "n", Carrier: "ups", Dock: "north"}}, c: "ups", want: "n"},
		"its dock's in other letters":         {open: []handoff.Session{{ID: "n", Carrier: "ups", Dock: "North"}}, at: handoff.Place{Dock: "north"}, c: "ups", want: "n"},
		"a scanner of no dock, and two docks": {open: []handoff.Session{{ID: "n", Carrier: "ups", Dock: "north"}, {ID: "s", Carrier: "ups", Dock: "south"}}, c: "ups", want: "ambiguous_handoff"},
		"a scanner of no dock, and one's own": {open: []handoff.Session{{ID: "n", Carrier: "ups", Dock: "north"}, {ID: "s", Carrier: "fedex", Dock: "south"}}, c: "ups", want: "n"},
		"a correction is nobody standing":     {open: []handoff.Session{{ID: "c", Carrier: "ups", Corrects: "x"}}, c: "fedex", want: "no_handoff"},
		"a correction takes none by itself":   {open: []handoff.Session{{ID: "c", Carrier: "ups", Corrects: "x"}, ups}, c: "ups", want: "ups"},
		"a correction that is meant":          {open: []handoff.Session{{ID: "c", Carrier: "ups", Corrects: "x"}, ups}, at: handoff.Place{Handoff: "c"}, c: "ups", want: "c"},
		"a closed one does not count":         {open: []handoff.Session{{ID: "c", Carrier: "ups", Closed: closed}}, c: "ups", want: "no_handoff"},
		"the one that is meant":               {open: []handoff.Session{auto, ups}, at: handoff.Place{Handoff: "auto"}, c: "fedex", want: "auto"},
		"the one that is meant is another's":  {open: []handoff.Session{auto, ups}, at: handoff.Place{Handoff: "ups"}, c: "fedex", want: "other_carrier"},
		"the one that is meant is closed":     {open: []handoff.Session{{ID: "c", Carrier: "ups", Closed: closed}}, at: handoff.Place{Handoff: "c"}, c: "ups", want: "handoff_closed"},
		"the one that is meant is unknown":    {at: handoff.Place{Handoff: "x"}, c: "ups", want: "unknown_handoff"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, no := handoff.Choose(tt.open, tt.at, handoff.Bound{Carrier: tt.c, Service: tt.s})
			if no != nil {
				got.ID = no.Code
				if no.Message == "" || !strings.HasSuffix(no.Message, ".") {
					t.Errorf("says %q", no.Message)
				}
			}
			if got.ID != tt.want {
				t.Errorf("got %s, want %s", got.ID, tt.want)
			}
		})
	}
}

// TestSessionsThatDoNotClashAreToldApart holds that among open pick-ups of which
// no two clash, at most one takes a parcel at a dock.
func TestSessionsThatDoNotClashAreToldApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var open []handoff.Session
		for range rapid.IntRange(0, 8).Draw(t, "tries") {
			s := handoff.Session{
				Carrier: shipment.CarrierID(rapid.SampledFrom([]string{"ups", "fedex"}).Draw(t, "carrier")),
				Service: shipment.ServiceID(rapid.SampledFrom([]string{"", "air", "ground"}).Draw(t, "service")),
				Dock:    rapid.SampledFrom([]string{"", "north", "south"}).Draw(t, "dock"),
			}
			free := true
			for _, o := range open {
				free = free && !s.Clashes(o) && !o.Clashes(s)
			}
			if free {
				open = append(open, s)
			}
		}
		dock := rapid.SampledFrom([]string{"north", "south"}).Draw(t, "at")
		n := 0
		for _, s := range open {
			if s.Takes("ups", "air") && (s.Dock == "" || s.Dock == dock) {
				n++
			}
		}
		if n > 1 {
			t.Fatalf("%d of %+v take it", n, open)
		}
	})
}

// TestASessionCounts holds that count and weight are those of what is on it.
func TestASessionCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s handoff.Session
		on := map[int]handoff.Entry{}
		for range rapid.IntRange(0, 30).Draw(t, "acts") {
			if len(on) > 0 && rapid.Bool().Draw(t, "undo") {
				n := rapid.SampledFrom(keys(on)).Draw(t, "which")
				next, e, err := s.TakeBack(on[n], handoff.Back{Reason: "wrong van"})
				if err != nil || e.Back == nil {
					t.Fatal(err)
				}
				if _, _, err := next.TakeBack(e, handoff.Back{}); err == nil {
					t.Fatal("taken back twice")
				}
				delete(on, n)
				s = next
				continue
			}
			next, e, err := s.Add(handoff.Entry{Weight: shipment.Grams(rapid.IntRange(0, 1000).Draw(t, "weight"))})
			if err != nil || on[e.N].N != 0 {
				t.Fatalf("entry %d is taken, error %v", e.N, err)
			}
			s = next
			on[e.N] = e
		}
		weight := shipment.Grams(0)
		for _, e := range on {
			weight += e.Weight
		}
		if s.Count != len(on) || s.Weight != weight {
			t.Fatalf("counts %d of %d g, on it are %d of %d g", s.Count, s.Weight, len(on), weight)
		}
		s, err := s.Close(handoff.Closing{At: time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		_, _, errAdd := s.Add(handoff.Entry{})
		_, _, errBack := s.TakeBack(handoff.Entry{}, handoff.Back{})
		if _, err := s.Close(handoff.Closing{}); errAdd == nil || errBack == nil || err == nil {
			t.Fatal("a closed pick-up changes")
		}
	})
}

// TestAManifestSaysWhoScanned holds that people come before machines, and other
// stations are named.
func TestAManifestSaysWhoScanned(t *testing.T) {
	t.Parallel()
	m := handoff.Manifest{Entries: []handoff.Entry{
		{Scanner: "gun"}, {Scanner: "gun", Operator: "Ana"}, {Scanner: "gun", Operator: "Ana"}, {Scanner: "gun", Operator: "Kim", Station: "dock-1"}, {},
	}}
	want := []handoff.Hand{{By: "Ana with gun", Count: 2}, {By: "Kim with gun at station dock-1", Count: 1}, {By: "gun", Count: 1}}
	if diff := cmp.Diff(want, m.Hands()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func keys(m map[int]handoff.Entry) []int {
	var ks []int
	for n := range 64 {
		if _, ok := m[n]; ok {
			ks = append(ks, n)
		}
	}
	return ks
}

func TestSignature(t *testing.T) {
	t.Parallel()
	s := handoff.Signature{Strokes: [][][2]int{{{10, 20}, {30, 40}}, {{50, 60}}}}
	if err := s.Check(); err != nil || s.Empty() || len(s.SHA256()) != 64 {
		t.Errorf("%v", err)
	}
	if got := string(s.SVG()); !strings.Contains(got, `d="M10 20L30 40M50 60h0"`) {
		t.Errorf("drawn as %s", got)
	}
	long := make([][2]int, handoff.MaxPoints+1)
	for name, bad := range map[string]handoff.Signature{
		"outside": {Strokes: [][][2]int{{{601, 0}, {0, 0}}}}, "below": {Strokes: [][][2]int{{{-1, 0}, {0, 0}}}}, "empty stroke": {Strokes: [][][2]int{{}}},
		"a dot": {Strokes: [][][2]int{{{1, 1}}}}, "too many points": {Strokes: [][][2]int{long}}, "too many strokes": {Strokes: make([][][2]int, handoff.MaxStrokes+1)},
	} {
		if bad.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
