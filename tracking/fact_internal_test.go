package tracking

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
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
		`{"handoff":"h1","weight_g":"300"}`, `{"rule":1}`, `{"job":null,"sha256":[]}`, `{"raw_bytes":1e2,"received":"2026-11-24T17:00:00Z"}`,
		`{"packing":{"check":"off","weigh":1},"warnings":[]}`, `{"range":"\ud800","origin":"\u00e9"}`,
		`{"parcel":"\xff","carrier":{},"entry":1e3}`, `[]`, `null`, ` { } `, ``, `{"label":99999999999999999999}`, `{"carrier":"a","carrier":null}`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, fact := range quickFacts() {
			readsAsJSON(t, fact.EventType(), data)
		}
	})
}

// TestQuickReadersKnowEveryMember holds that no member of a type that is read quickly
// may be what json.Unmarshal does not take.
func TestQuickReadersKnowEveryMember(t *testing.T) {
	t.Parallel()
	for _, fact := range quickFacts() {
		for name := range members(reflect.TypeOf(fact)) {
			for _, value := range []string{`"x"`, `5`, `1.5`, `true`, `null`, `[]`, `[1]`, `{}`, `{"check":1}`, `"2026-11-24T17:00:00Z"`} {
				readsAsJSON(t, fact.EventType(), fmt.Appendf(nil, `{%q:%s}`, name, value))
			}
		}
	}
}

// members yields the names of the members of a struct, those of embedded ones among them.
func members(of reflect.Type) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range reflect.VisibleFields(of) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && !yield(name) {
				return
			}
		}
	}
}

// readsAsJSON holds that data which is read quickly is read as json.Unmarshal does.
func readsAsJSON(t *testing.T, kind shipment.EventType, data []byte) {
	t.Helper()
	got, want := Fact{Type: kind}, Fact{Type: kind}
	if !got.readQuickly(data) {
		return
	}
	if err := readers[kind](&want, data); err != nil {
		t.Errorf("%s: %s was read, and json says: %v", kind, data, err)
	} else if got != want {
		t.Errorf("%s: %s: we read %+v, json %+v", kind, data, got, want)
	}
}

// quickFacts returns a fact of each type that is read quickly, as stations send it.
func quickFacts() []shipment.Fact {
	address := shipment.Address{Name: "The Shop", City: "Los Angeles", Region: "CA", Country: "US"}
	scan := shipment.ScanEvidence{Raw: "1Z", RawBytes: 2, Scanner: "dock", Received: time.UnixMilli(1764000000123).UTC(), Code: "handed_over"}
	return []shipment.Fact{
		shipment.OrderAccepted{Order: shipment.Order{ID: "o1", Channel: "shop", ShipFrom: address, ShipTo: address}},
		shipment.CarrierAssigned{
			Carrier: "ups", Service: "ground", Rule: "cheapest", Promise: shipment.Promise{Earliest: "2026-11-24"},
			Packing: &shipment.PackingChoice{Check: "off", Weigh: "ask", Print: "on_accept"},
		},
		shipment.TrackingAssigned{Parcel: "o1-1", Carrier: "ups", TrackingNumber: "1Z", Origin: "range", Range: "r1"},
		shipment.LabelPrinted{Parcel: "o1-1", Job: "j1", Label: 1, Of: 2, Printer: "zebra-1", Evidence: "E3", SHA256: "0a"},
		shipment.ParcelScanned{Parcel: "o1-1", TrackingNumber: "1Z", ScanEvidence: scan},
		shipment.ParcelHandedOver{
			Parcel: "o1-1", TrackingNumber: "1Z", Carrier: "ups", Handoff: "h1", Entry: 2, Service: "ground", ServiceName: "Ground",
			Weight: 300, PostalCode: "90001", Country: "US", Scanner: "dock", Operator: "Sam", Station: "bench-1", ScanEvidence: scan,
		},
	}
}

// TestAppendFacts holds that facts are written as json.Marshal writes them.
func TestAppendFacts(t *testing.T) {
	t.Parallel()
	facts := someFacts()
	// A field that is new is written, and made here, or this fails.
	if n, promised := reflect.TypeFor[Fact]().NumField(), reflect.TypeFor[shipment.Promise]().NumField(); n != 23 || promised != 2 {
		t.Errorf("a fact has %d fields and its promise %d: write them in AppendFacts and make them in someFacts", n, promised)
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
	for _, fact := range quickFacts() {
		data, err := json.Marshal(fact)
		if err != nil {
			t.Fatal(err)
		}
		got, want := Fact{Type: fact.EventType()}, Fact{Type: fact.EventType()}
		if !got.readQuickly(data) {
			t.Errorf("%s: %s was left to json.Unmarshal", got.Type, data)
		}
		if err := readers[want.Type](&want, data); err != nil || got != want {
			t.Errorf("%s: %s: we read %+v, json %+v (%v)", got.Type, data, got, want, err)
		}
	}
}
