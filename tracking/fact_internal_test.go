package tracking

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/sync/wire"
)

// FuzzReadQuickly holds that what is read without json.Unmarshal is what that reads.
func FuzzReadQuickly(f *testing.F) {
	for _, data := range []string{
		`{"order":{"id":"o1","channel":"shop","items":[{"sku":"a"}],"ship_from":{"city":"Los Angeles","region":"CA","country":"US"},"ship_to":{"name":"M","city":"Albany"}},"from":"x"}`,
		`{"order":{"channel":"a","ship_to":{"city":"x"},"parcels":[{},null]},"order":{"ship_to":{"region":"y"},"channel":null}}`,
		`{"carrier":"ups","service":"ground","promise":{"earliest":"2026-11-24","latest":null},"warnings":[1]}`,
		`{"parcel":"o1-1","tracking_number":"1Z","carrier":"ups","handoff":"h1","entry":3,"label":1,"of":2,"received":7}`,
		`{"Parcel":"o1-1","tracking_number":"caf\u00e9 \"","entry":"3","of":1.5,"label":-0}`,
		`{"parcel":"\xff","carrier":{},"entry":1e3}`, `[]`, `null`, ` { } `, ``, `{"label":99999999999999999999}`, `{"carrier":"a","carrier":null}`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []shipment.EventType{
			shipment.OrderAcceptedType, shipment.CarrierAssignedType, shipment.TrackingAssignedType,
			shipment.LabelPrintedType, shipment.ParcelScannedType, shipment.ParcelHandedOverType,
		} {
			got, want := Fact{Type: kind}, Fact{Type: kind}
			if !got.readQuickly(data) {
				continue
			}
			if err := readers[kind](&want, data); err != nil {
				t.Errorf("%s: %s was read, and json says: %v", kind, data, err)
			} else if got != want {
				t.Errorf("%s: %s: we read %+v, json %+v", kind, data, got, want)
			}
		}
	})
}

// TestAppendFacts holds that facts are written as json.Marshal writes them.
func TestAppendFacts(t *testing.T) {
	t.Parallel()
	facts := someFacts()
	// A field that is new is written, and made here, or this fails.
	if n := reflect.TypeFor[Fact]().NumField(); n != 23 {
		t.Errorf("a fact has %d fields: write them in AppendFacts and make them in someFacts", n)
	}
	rapid.Check(t, func(t *rapid.T) {
		facts := facts.Draw(t, "facts")
		want, err := json.Marshal(append([]Fact{}, facts...))
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendFacts(nil, facts); string(got) != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// TestHear holds that what is heard is what is told, but for the timeline.
func TestHear(t *testing.T) {
	t.Parallel()
	facts := someFacts()
	rapid.Check(t, func(t *rapid.T) {
		first, more := facts.Draw(t, "first"), facts.Draw(t, "more")
		told := Shipment{OrderID: "o1"}.Tell(first...).Tell(more...)
		told.Timeline = nil
		if heard := (Shipment{OrderID: "o1"}).Hear(first...).Hear(more...); !reflect.DeepEqual(told, heard) {
			t.Errorf("told  %+v\nheard %+v", told, heard)
		}
	})
}

func someFacts() *rapid.Generator[[]Fact] {
	types := slices.AppendSeq([]shipment.EventType{"", "a<b"}, maps.Keys(readers))
	slices.Sort(types)
	place := rapid.Custom(func(t *rapid.T) Place {
		return Place{sometimes(t), sometimes(t), sometimes(t)}
	})
	fact := rapid.Custom(func(t *rapid.T) Fact {
		n := func() int { return rapid.IntRange(-1, 2).Draw(t, "number") }
		return Fact{
			Source: sometimes(t), Epoch: int64(n()), Sequence: int64(n()), Time: wire.Timestamp(time.UnixMilli(int64(n()))), TZOffset: sometimes(t),
			Type: rapid.SampledFrom(types).Draw(t, "type"), Branch: sometimes(t), Channel: sometimes(t), Origin: place.Draw(t, "from"), Destination: place.Draw(t, "to"), Boxes: n(),
			Parcel: shipment.ParcelID(sometimes(t)), Carrier: shipment.CarrierID(sometimes(t)), Service: shipment.ServiceID(sometimes(t)),
			Number: shipment.TrackingNumber(sometimes(t)), Promise: shipment.Promise{Earliest: sometimes(t), Latest: sometimes(t)},
			Reason: Reason{sometimes(t), sometimes(t)}, Label: n(), Of: n(),
			Handoff: sometimes(t), Entry: n(), From: sometimes(t), Twice: rapid.Bool().Draw(t, "twice"),
		}
	})
	return rapid.SliceOfN(fact, 0, 3)
}

// sometimes returns a text that is often empty.
func sometimes(t *rapid.T) string {
	return rapid.OneOf(rapid.Just(""), rapid.StringN(0, 4, -1), rapid.SampledFrom([]string{"a<b>&c", "\u2028", "\"\\\n", "é"})).Draw(t, "text")
}

// TestUsualDataIsReadQuickly holds that what stations send is.
func TestUsualDataIsReadQuickly(t *testing.T) {
	t.Parallel()
	address := shipment.Address{Name: "The Shop", City: "Los Angeles", Region: "CA", Country: "US"}
	for _, fact := range []shipment.Fact{
		shipment.OrderAccepted{Order: shipment.Order{ID: "o1", ShipFrom: address, ShipTo: address}},
		shipment.CarrierAssigned{Carrier: "ups", Service: "ground", Promise: shipment.Promise{Earliest: "2026-11-24"}},
		shipment.TrackingAssigned{Parcel: "o1-1", TrackingNumber: "1Z"},
		shipment.LabelPrinted{Parcel: "o1-1", Label: 1, Of: 2},
		shipment.ParcelScanned{Parcel: "o1-1", TrackingNumber: "1Z"},
		shipment.ParcelHandedOver{Parcel: "o1-1", Handoff: "h1", Entry: 2},
	} {
		data, err := json.Marshal(fact)
		if err != nil {
			t.Fatal(err)
		}
		f := Fact{Type: fact.EventType()}
		if !f.readQuickly(data) {
			t.Errorf("%s: %s was left to json.Unmarshal", f.Type, data)
		}
	}
}
