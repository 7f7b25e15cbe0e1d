package tracking_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// A said is what a station says, fast by so much on its clock.
type said struct {
	station shipment.StationID
	fact    shipment.Fact
	fast    time.Duration
}

// sealed returns what stations say, a minute apart.
func sealed(t interface{ Fatalf(string, ...any) }, all []said) []wire.Envelope {
	var es []wire.Envelope
	next := map[shipment.StationID]int64{}
	for i, s := range all {
		next[s.station]++
		e := history(t, s.station, "o1", next[s.station], s.fact)[0]
		e.Time = wire.Timestamp(noon.Add(time.Duration(i)*time.Minute + s.fast))
		es = append(es, e)
	}
	return es
}

const boxNumber shipment.TrackingNumber = "1Z1"

func labelled() []said {
	return []said{
		{"a", shipment.OrderAccepted{Order: order("o1", 1)}, 0},
		{"a", shipment.CarrierAssigned{Carrier: "ups"}, 0},
		{"a", shipment.TrackingAssigned{Parcel: "o1-1", Carrier: "ups", TrackingNumber: boxNumber}, 0},
		{"a", shipment.LabelPrinted{Parcel: "o1-1", Label: 1, Of: 1}, 0},
	}
}

func onto(handoff string, entry int) shipment.ParcelHandedOver {
	return shipment.ParcelHandedOver{Parcel: "o1-1", TrackingNumber: boxNumber, Carrier: "ups", Handoff: handoff, Entry: entry}
}

func off(handoff string, entry int) shipment.ParcelTakenBack {
	return shipment.ParcelTakenBack{Parcel: "o1-1", TrackingNumber: boxNumber, Carrier: "ups", Handoff: handoff, Entry: entry}
}

func offTwice(handoff string, entry int) shipment.ParcelTakenBack {
	f := off(handoff, entry)
	f.Twice = true
	return f
}

// A placed is where the hub says that a parcel is, to everybody who asks.
type placed struct {
	Milestone tracking.Milestone
	Buyer     string   // the last that the buyer reads of the dock
	Waiting   []string // what a pick-up expects
	Left      []string // who has handed it over
}

func place(s tracking.Shipment) placed {
	p := placed{Milestone: s.Milestone}
	for _, e := range s.ForBuyer() {
		if e.Type == shipment.ParcelHandedOverType || e.Type == shipment.ParcelTakenBackType {
			p.Buyer = e.Text
		}
	}
	for _, w := range s.Waiting(nil) {
		p.Waiting = append(p.Waiting, fmt.Sprint(w.TrackingNumber, " ", w.Code))
	}
	for _, n := range s.Numbered(boxNumber, nil) {
		for _, l := range n.Left {
			words := fmt.Sprint(l.Station, " ", l.Handoff)
			if l.Twice {
				words += " twice"
			}
			p.Left = append(p.Left, words)
		}
		if _, left := n.LeftLast(); n.Code != "voided" && left != (n.Code == wire.CodeParcelHandedOver) {
			p.Left = append(p.Left, "but its code is "+n.Code)
		}
	}
	slices.Sort(p.Left)
	return p
}

const (
	handed    = "Handed to the carrier"
	atDock    = "Back at the warehouse, not with the carrier yet"
	isWaiting = "1Z1 "
)

// TestWhatAParcelIsOn holds that the story, what a pick-up expects and who is said to
// have handed a parcel over agree, in whatever order the hub hears of it.
func TestWhatAParcelIsOn(t *testing.T) {
	later := off("h9", 1)
	later.From = "h1"
	byOld := onto("h2", 1)
	for _, tt := range []struct {
		name string
		all  []said
		want placed
	}{
		{
			"scanned at two stations, it counts at the other",
			[]said{{"b", onto("h2", 1), 0}, {"a", onto("h1", 1), 0}, {"a", offTwice("h1", 1), 0}},
			placed{tracking.HandedOver, handed, nil, []string{"a h1 twice", "b h2"}},
		},
		{
			"and that one takes it back",
			[]said{{"b", onto("h2", 1), 0}, {"a", onto("h1", 1), 0}, {"a", offTwice("h1", 1), 0}, {"b", off("h2", 1), 0}},
			placed{tracking.Packed, atDock, []string{isWaiting}, []string{"a h1 twice"}},
		},
		{
			"taken back from one of two",
			[]said{{"a", onto("h1", 1), 0}, {"b", onto("h2", 1), 0}, {"b", off("h2", 1), 0}},
			placed{tracking.HandedOver, handed, nil, []string{"a h1"}},
		},
		{
			"taken back from both",
			[]said{{"a", onto("h1", 1), 0}, {"b", onto("h2", 1), 0}, {"b", off("h2", 1), 0}, {"a", off("h1", 1), 0}},
			placed{tracking.Packed, atDock, []string{isWaiting}, nil},
		},
		{
			"taken back by a correction",
			[]said{{"a", onto("h1", 1), 0}, {"a", later, 0}},
			placed{tracking.Packed, atDock, []string{isWaiting}, nil},
		},
		{
			"taken back and scanned again",
			[]said{{"a", onto("h1", 1), 0}, {"a", off("h1", 1), 0}, {"a", onto("h1", 2), 0}},
			placed{tracking.HandedOver, handed, nil, []string{"a h1"}},
		},
		{
			"scanned twice onto one pick-up",
			[]said{{"a", onto("h1", 1), 0}, {"b", onto("h1", 2), 0}, {"b", off("h1", 2), 0}},
			placed{tracking.Packed, atDock, []string{isWaiting}, nil},
		},
		{
			"taken back by who took the pick-up over",
			[]said{{"a", onto("h1", 3), 0}, {"b", off("h1", 3), 0}},
			placed{tracking.Packed, atDock, []string{isWaiting}, nil},
		},
		{
			"and the clock of the first is fast",
			[]said{{"a", onto("h1", 3), time.Hour}, {"b", off("h1", 3), 0}},
			placed{tracking.Packed, atDock, []string{isWaiting}, nil},
		},
		{
			"and what is taken back is unknown",
			[]said{{"b", off("h1", 3), 0}, {"a", onto("h1", 4), 0}},
			placed{tracking.HandedOver, handed, nil, []string{"a h1"}},
		},
		{"left with a label that was replaced", []said{
			{"a", shipment.LabelVoided{Parcel: "o1-1"}, 0},
			{"a", shipment.TrackingAssigned{Parcel: "o1-1", Carrier: "ups", TrackingNumber: "1Z2"}, 0},
			{"a", shipment.LabelPrinted{Parcel: "o1-1", Label: 1, Of: 1}, 0},
			{"b", byOld, 0},
		}, placed{tracking.HandedOver, handed, []string{"1Z2 "}, []string{"b h2"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			es := sealed(t, append(labelled(), tt.all...))
			rapid.Check(t, func(rt *rapid.T) {
				got := place(story(rt, rapid.Permutation(es).Draw(rt, "order")))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					rt.Fatalf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestAParcelIsWhereItWasPut holds against a plain model of who has the parcel on which
// pick-up: it has left as long as it is on any.
func TestAParcelIsWhereItWasPut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		on := map[string]map[shipment.StationID]bool{} // by pick-up, who has scanned it
		scans := map[string]int{}
		all, ever := labelled(), false
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			station := rapid.SampledFrom([]shipment.StationID{"a", "b"}).Draw(rt, "station")
			handoff := rapid.SampledFrom([]string{"h1", "h2", "h3"}).Draw(rt, "pick-up")
			step := rapid.IntRange(0, 2).Draw(rt, "step")
			others := slices.ContainsFunc([]string{"h1", "h2", "h3"}, func(h string) bool { return h != handoff && len(on[h]) > 0 })
			switch {
			case step == 0:
				scans[handoff]++
				if on[handoff] == nil {
					on[handoff] = map[shipment.StationID]bool{}
				}
				on[handoff][station], ever = true, true
				all = append(all, said{station, onto(handoff, scans[handoff]), 0})
			case step == 1 && len(on[handoff]) > 0:
				delete(on, handoff)
				all = append(all, said{station, off(handoff, scans[handoff]), 0})
			case step == 2 && on[handoff][station] && others:
				delete(on[handoff], station)
				all = append(all, said{station, offTwice(handoff, scans[handoff]), 0})
			}
		}
		left := slices.ContainsFunc([]string{"h1", "h2", "h3"}, func(h string) bool { return len(on[h]) > 0 })
		want := placed{Milestone: tracking.LabelCreated, Waiting: []string{isWaiting}}
		switch {
		case left:
			want = placed{Milestone: tracking.HandedOver, Buyer: handed}
		case ever:
			want.Milestone, want.Buyer = tracking.Packed, atDock
		}
		got := place(story(rt, rapid.Permutation(sealed(rt, all)).Draw(rt, "order")))
		counts := slices.ContainsFunc(got.Left, func(l string) bool { return !strings.HasSuffix(l, "twice") })
		if counts != left || slices.ContainsFunc(got.Left, func(l string) bool { return strings.HasPrefix(l, "but") }) {
			rt.Errorf("who has handed it over is %q; has left: %t", got.Left, left)
		}
		got.Left = nil
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// TestOffOnePickUpIsForTheShop holds that the buyer does not read of a parcel which is
// taken off one pick-up and on another that it is back.
func TestOffOnePickUpIsForTheShop(t *testing.T) {
	s := story(t, sealed(t, append(
		labelled(), said{"b", onto("h2", 1), 0}, said{"a", onto("h1", 1), 0}, said{"a", offTwice("h1", 1), 0},
		said{"a", onto("h3", 1), 0}, said{"a", off("h3", 1), 0},
	)))
	var shop []string
	for _, e := range s.Timeline {
		if e.Type == shipment.ParcelTakenBackType && e.Audience == tracking.ForShop {
			shop = append(shop, e.Text)
		}
	}
	want := []string{"Off this station's pick-up: another has handed it over too, and it counts there", "Taken back from one pick-up, and on another still"}
	if diff := cmp.Diff(want, shop); diff != "" {
		t.Errorf("the shop reads (-want +got):\n%s", diff)
	}
}
