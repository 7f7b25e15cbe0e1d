package epcis_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/sync/epcis"
)

// whole returns the events of a document byte for byte.
func whole(t testing.TB, document []byte) []json.RawMessage {
	t.Helper()
	var d struct {
		EpcisBody struct{ EventList []json.RawMessage }
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	return d.EpcisBody.EventList
}

// TestWhatWasToldStands holds that a document which ends later begins with
// everything that one which ends earlier says: whoever has both has no event in
// two forms, but for errors that are declared.
func TestWhatWasToldStands(t *testing.T) {
	standing(t, aDay(t), t.Fatalf)
	rapid.Check(t, func(rt *rapid.T) { standing(t, drawPast(t, rt), rt.Errorf) })
}

// standing holds that of one history, wherever a document ends.
func standing(t *testing.T, p *past, report func(string, ...any)) {
	t.Helper()
	document, _ := p.document(t, epcis.Site{Base: house})
	later := whole(t, document)
	for end := range p.envs {
		until := *p
		until.envs = p.envs[:end]
		document, _ := until.document(t, epcis.Site{Base: house})
		for i, e := range whole(t, document) {
			if i >= len(later) || !bytes.Equal(e, later[i]) {
				report("up to %s of %d events it says, and not later:\n%s", p.envs[end].ID, len(p.envs), e)
				return
			}
		}
	}
}

// TestAnErrorIsDeclaredOfTheEventAsItWas holds what the standard says: but for
// the declaration, an event that is declared to be in error is the same again.
func TestAnErrorIsDeclaredOfTheEventAsItWas(t *testing.T) {
	hold := func(t *testing.T, p *past, report func(string, ...any)) (declared int) {
		t.Helper()
		document, _ := p.document(t, epcis.Site{Base: house})
		told := map[any]map[string]any{}
		for _, raw := range whole(t, document) {
			var e map[string]any
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			id := e["eventID"]
			if _, wrong := e["errorDeclaration"]; !wrong {
				if told[id] != nil {
					report("%v is told twice", id)
				}
				told[id] = e
				continue
			}
			declared++
			delete(e, "errorDeclaration")
			if diff := cmp.Diff(told[id], e); diff != "" {
				report("it is another event (-told +declared):\n%s", diff)
			}
		}
		return declared
	}
	if n := hold(t, aDay(t), t.Fatalf); n != 2 {
		t.Fatalf("%d errors are declared", n)
	}
	rapid.Check(t, func(rt *rapid.T) { hold(t, drawPast(t, rt), rt.Errorf) })
}

// TestWhatIsInAParcel holds when that is told, and as known by what.
func TestWhatIsInAParcel(t *testing.T) {
	accepted := func(parcels int) shipment.Fact {
		return shipment.OrderAccepted{Order: shipment.Order{ID: "o1", Items: []shipment.Item{{SKU: "A", Quantity: 2}, {SKU: "B", Barcode: gtin, Quantity: 1}}, Parcels: make([]shipment.Parcel, parcels)}}
	}
	packed := func(check string, items ...shipment.PackedItem) shipment.Fact {
		return shipment.ParcelPacked{Parcel: "o1-1", Check: check, Items: items}
	}
	number := shipment.TrackingAssigned{Parcel: "o1-1", Carrier: "ups", TrackingNumber: ups}
	printed := shipment.LabelPrinted{Parcel: "o1-1", Evidence: "E3"}
	scanned := shipment.ParcelScanned{Parcel: "o1-1", TrackingNumber: ups}
	gone := shipment.ParcelHandedOver{Parcel: "o1-1", TrackingNumber: ups, Carrier: "ups", Handoff: "h1"}
	two, one := shipment.PackedItem{Line: 1, SKU: "A", Quantity: 2}, shipment.PackedItem{Line: 2, SKU: "B", Quantity: 1}
	const (
		parcel  = "AggregationEvent ADD packing container_closed " + house + "/obj/ups." + ups
		a, b    = " 2×" + house + "/class/A", " 1×https://id.gs1.org/01/04012345123456"
		ordered = parcel + a + b + " by order"
	)
	for _, tt := range []struct {
		name  string
		facts []shipment.Fact
		want  []string
	}{
		{"a label alone packs nothing", []shipment.Fact{accepted(1), number, printed}, nil},
		{"its label is read", []shipment.Fact{accepted(1), number, printed, scanned, gone}, []string{ordered}},
		{"it leaves without that", []shipment.Fact{accepted(0), number, printed, gone}, []string{ordered}},
		{"packed before the label", []shipment.Fact{accepted(1), number, packed("scan", two, one), printed, scanned}, []string{parcel + a + b + " by scan"}},
		{"packed after the label", []shipment.Fact{accepted(1), number, printed, packed("count", two, one), scanned}, []string{parcel + a + b + " by count"}},
		{"not checked", []shipment.Fact{accepted(1), number, packed("off"), printed, scanned}, []string{ordered}},
		{"only weighed", []shipment.Fact{accepted(1), number, printed, packed("")}, []string{ordered}},
		{"one of two that nobody checked", []shipment.Fact{accepted(2), number, packed("off"), printed, scanned, gone}, nil},
		{"one of two", []shipment.Fact{accepted(2), number, packed("scan", two), printed, scanned, gone}, []string{parcel + a + " by scan"}},
		{"packed otherwise than was told", []shipment.Fact{accepted(1), number, printed, scanned, packed("scan", two)}, []string{ordered, ordered + " ERROR incorrect_data", parcel + a + " by scan"}},
		{"packed as was told", []shipment.Fact{accepted(1), number, printed, scanned, packed("scan", two, one)}, []string{ordered}},
		{"nothing to be had of the order", []shipment.Fact{number, printed, scanned, gone}, nil},
	} {
		p := newPast()
		p.add(t, "o1", tt.facts...)
		standing(t, p, t.Errorf)
		document, errs := p.document(t, epcis.Site{Base: house})
		if errs != nil {
			t.Error(tt.name, errs)
		}
		var got []string
		es := events(t, document)
		for i, e := range es {
			if e.BizStep != "packing" {
				continue
			}
			got = append(got, e.String())
			if instead := e.ErrorDeclaration["correctiveEventIDs"]; instead != nil && !cmp.Equal(instead, []any{es[i+1].EventID}) {
				t.Errorf("%s: %v stands for it, which is not the next event", tt.name, instead)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestAParcelOfAnotherStationGoesByItsNumber holds that a parcel whose order and
// label are another station's is named as that station names it, or not at all.
func TestAParcelOfAnotherStationGoesByItsNumber(t *testing.T) {
	p := newPast()
	p.add(t, "o1", shipment.TrackingAssigned{Parcel: "o1-1", Carrier: "ups", TrackingNumber: ups}, shipment.LabelPrinted{Parcel: "o1-1"})
	p.add(t, "o4", shipment.ParcelHandedOver{Parcel: "o4-1", TrackingNumber: ups2, Carrier: "ups", Handoff: "h1"})
	p.add(t, "o5", shipment.ParcelTakenBack{Parcel: "o5-1", TrackingNumber: "1Z5", Carrier: "ups", Handoff: "h1"})
	p.add(t, "", shipment.HandoffClosed{
		Handoff: "h1", Carrier: "ups", Parcels: []shipment.ParcelID{"o1-1", "o2-1", "o3-1", "o4-1"},
		TrackingNumbers: map[shipment.ParcelID]shipment.TrackingNumber{"o2-1": sscc},
	})
	p.add(t, "", shipment.HandoffClosed{Handoff: "h2", Carrier: "ups", Parcels: []shipment.ParcelID{"o3-1"}})
	var out bytes.Buffer
	w, err := epcis.NewWriter(&out, epcis.Site{Base: house}, p.at, p.of)
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range p.envs {
		if err := w.Add(env); err != nil {
			t.Error(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var shipped []string
	for _, e := range events(t, out.Bytes()) {
		if e.BizStep == "shipping" {
			shipped = append(shipped, e.EpcList...)
		}
	}
	obj := house + "/obj/ups."
	if diff := cmp.Diff([]string{obj + ups, "https://id.gs1.org/00/106141412345678908", obj + ups2}, shipped); diff != "" {
		t.Errorf("shipped (-want +got):\n%s", diff)
	}
	if w.Untold() != 3 { // o5-1 that was taken back, and o3-1 twice
		t.Errorf("%d parcels are called untold, want 3", w.Untold())
	}
}

// TestAnotherStationsLabelIsItsOwnToTell holds that a parcel of another station is
// loaded here and commissioned there, whatever its ID and whether the event says
// whose it is.
func TestAnotherStationsLabelIsItsOwnToTell(t *testing.T) {
	const own, other = house + "/obj/ups." + ups, house + "/obj/ups." + ups2
	third := "https://id.gs1.org/00/" + sscc[2:]
	mine := []shipment.Fact{
		shipment.OrderAccepted{Order: shipment.Order{ID: "o1", Items: []shipment.Item{{SKU: "A", Quantity: 1}}}},
		shipment.TrackingAssigned{Parcel: "o1-1", Carrier: "ups", TrackingNumber: ups},
		shipment.LabelPrinted{Parcel: "o1-1"},
	}
	leaves := func(n shipment.TrackingNumber, of shipment.StationID) shipment.Fact {
		return shipment.ParcelHandedOver{Parcel: "o1-1", TrackingNumber: n, Carrier: "ups", Handoff: "h1", Station: of}
	}
	back := shipment.ParcelTakenBack{Parcel: "o1-1", TrackingNumber: ups2, Carrier: "ups", Handoff: "h1", Station: "dock-2"}
	closed := shipment.HandoffClosed{Handoff: "h1", Carrier: "ups", Parcels: []shipment.ParcelID{"o1-1", "o1-1"}, TrackingNumbers: map[shipment.ParcelID]shipment.TrackingNumber{"o1-1": ups2}}
	bothGuests := shipment.HandoffClosed{Handoff: "h1", Carrier: "ups", Parcels: []shipment.ParcelID{"o1-1", "o1-1"}, Numbers: []shipment.TrackingNumber{ups2, sscc}, TrackingNumbers: map[shipment.ParcelID]shipment.TrackingNumber{"o1-1": ups2}}
	eachSaid := shipment.HandoffClosed{Handoff: "h1", Carrier: "ups", Parcels: []shipment.ParcelID{"o1-1", "o1-1"}, Numbers: []shipment.TrackingNumber{ups, ups2}, TrackingNumbers: map[shipment.ParcelID]shipment.TrackingNumber{"o1-1": ups2}}
	const made, load = "commissioning ", "loading "
	for _, tt := range []struct {
		name  string
		facts []shipment.Fact
		want  []string
	}{
		{"it is said whose it is", []shipment.Fact{leaves(ups2, "dock-2")}, []string{load + other}},
		{"of before that was said", []shipment.Fact{leaves(ups2, "")}, []string{load + other}},
		{"it is this station's after all", []shipment.Fact{leaves(ups2, "bench-1")}, []string{made + other, load + other}},
		{"beside one of this station", append(mine[:3:3], leaves(ups2, "dock-2"), leaves(ups, "")), []string{made + own, load + other, load + own}},
		{"the same of before", append(mine[:3:3], leaves(ups2, ""), leaves(ups, "")), []string{made + own, load + other, load + own}},
		{"one of two is taken back", append(mine[:3:3], leaves(ups2, "dock-2"), leaves(ups, ""), back), []string{made + own, load + other, load + own, load + other + " ERROR"}},
		{"both leave", append(mine[:3:3], leaves(ups2, "dock-2"), leaves(ups, ""), closed), []string{made + own, load + other, load + own, "shipping " + other + " " + own}},
		{"both leave, each with its number", append(mine[:3:3], leaves(ups2, "dock-2"), leaves(ups, ""), eachSaid), []string{made + own, load + other, load + own, "shipping " + own + " " + other}},
		{"two of other stations leave", []shipment.Fact{leaves(ups2, "dock-2"), leaves(sscc, "dock-3"), bothGuests}, []string{load + other, load + third, "shipping " + other + " " + third}},
	} {
		p := newPast()
		p.add(t, "o1", tt.facts...)
		standing(t, p, t.Errorf)
		document, errs := p.document(t, epcis.Site{Base: house})
		if errs != nil {
			t.Error(tt.name, errs)
		}
		var got []string
		for _, e := range events(t, document) {
			if e.BizStep == "packing" {
				continue
			}
			words := e.BizStep + " " + strings.Join(append(e.EpcList, e.ChildEPCs...), " ")
			if e.ErrorDeclaration != nil {
				words += " ERROR"
			}
			got = append(got, words)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
