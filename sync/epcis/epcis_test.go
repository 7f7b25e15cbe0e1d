package epcis_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/labelproof"
	"waybill/shipment"
	"waybill/sync/epcis"
	"waybill/sync/wire"
)

// A past is a journal in memory.
type past struct {
	envs []wire.Envelope
	prev wire.Position
	at   time.Time
}

func newPast() *past {
	return &past{prev: wire.Position{Epoch: 1, Hash: wire.Genesis}, at: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
}

func (p *past) raw(t testing.TB, subject string, typ shipment.EventType, data string) {
	t.Helper()
	p.at = p.at.Add(time.Minute)
	e := shipment.Event{
		ID: fmt.Sprintf("01934af2-0000-7000-8000-%012d", len(p.envs)+1), Type: typ,
		Subject: shipment.OrderID(subject), Time: p.at, Data: json.RawMessage(data),
	}
	env, raw, err := wire.Seal("bench-1", e, p.prev, wire.Clock{Local: time.FixedZone("", -8*3600)})
	if err != nil {
		t.Fatal(err)
	}
	p.prev = wire.Position{Epoch: env.Epoch, Sequence: env.Sequence, Hash: wire.Hash(raw)}
	p.envs = append(p.envs, env)
}

func (p *past) add(t testing.TB, subject string, facts ...shipment.Fact) {
	t.Helper()
	for _, f := range facts {
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		p.raw(t, subject, f.EventType(), string(data))
	}
}

func (p *past) of(id shipment.OrderID) ([]wire.Envelope, error) {
	var of []wire.Envelope
	for _, env := range p.envs {
		if env.Subject == string(id) {
			of = append(of, env)
		}
	}
	return of, nil
}

// document writes what p says, and returns the errors of single events.
func (p *past) document(t testing.TB, site epcis.Site) ([]byte, []error) {
	t.Helper()
	var out bytes.Buffer
	w, err := epcis.NewWriter(&out, site, p.at, p.of)
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	for _, env := range p.envs {
		if err := w.Add(env); err != nil {
			errs = append(errs, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), errs
}

const (
	sscc  = "00106141412345678908"
	gtin  = "4012345123456"
	ups   = "1Z999AA10123456784"
	ups2  = "1Z999AA10123456793"
	house = "https://example.com/wb"
)

// aDay is three orders: one packed by scan with an SSCC, taken back and loaded
// again; one whose label was voided and made anew; one whose label only a scan
// has proved.
func aDay(t testing.TB) *past {
	p := newPast()
	item := func(sku, barcode string, n int) shipment.Item {
		return shipment.Item{SKU: sku, Barcode: barcode, Quantity: n}
	}
	tracked := func(order, carrier, number string) shipment.TrackingAssigned {
		return shipment.TrackingAssigned{Parcel: shipment.ParcelID(order + "-1"), Carrier: shipment.CarrierID(carrier), TrackingNumber: shipment.TrackingNumber(number)}
	}
	p.add(t, "o1",
		shipment.OrderAccepted{Order: shipment.Order{ID: "o1", Items: []shipment.Item{item("A/1", gtin, 2), item("B", "", 1)}, Parcels: make([]shipment.Parcel, 2)}},
		tracked("o1", "dhl_paket", sscc),
		shipment.ParcelPacked{Parcel: "o1-1", Of: 2, Check: "scan", Items: []shipment.PackedItem{{Line: 1, SKU: "A/1", Quantity: 2}}},
		shipment.LabelPrinted{Parcel: "o1-1", Label: 1, Of: 1, Evidence: "E3"},
		shipment.ParcelScanned{Parcel: "o1-1", TrackingNumber: sscc})
	p.add(t, "o2",
		shipment.OrderAccepted{Order: shipment.Order{ID: "o2", Items: []shipment.Item{item("C", "not a code", 3)}}},
		tracked("o2", "ups", ups), shipment.LabelPrinted{Parcel: "o2-1", Label: 1, Of: 1, Evidence: "E2"},
		shipment.LabelVoided{Parcel: "o2-1", Reason: "wrong size"}, tracked("o2", "ups", ups2),
		shipment.LabelPrinted{Parcel: "o2-1", Label: 1, Of: 1, Evidence: "E3"},
		shipment.LabelReprinted{Parcel: "o2-1", Reason: "torn"}, shipment.LabelPrinted{Parcel: "o2-1", Label: 1, Of: 1, Evidence: "E3"})
	p.add(t, "o3",
		shipment.OrderAccepted{Order: shipment.Order{ID: "o3", Items: []shipment.Item{item("C", "", 1)}, Parcels: make([]shipment.Parcel, 2)}},
		tracked("o3", "ups", "1Z1"), shipment.LabelUnconfirmed{Parcel: "o3-1"}, shipment.ParcelScanned{Parcel: "o3-1", TrackingNumber: "1Z1"})
	p.add(t, "", shipment.HandoffOpened{Handoff: "h1", Carrier: "ups"})
	loaded := func(order, number string) shipment.ParcelHandedOver {
		return shipment.ParcelHandedOver{Parcel: shipment.ParcelID(order + "-1"), TrackingNumber: shipment.TrackingNumber(number), Carrier: "ups", Handoff: "h1"}
	}
	p.add(t, "o2", loaded("o2", ups2))
	p.add(t, "o3", loaded("o3", "1Z1"))
	p.raw(t, "o3", "parcel.taken_back", `{"parcel":"o3-1","tracking_number":"1Z1","carrier":"ups","handoff":"h1","by":"A-7","reason":"wrong cage"}`)
	p.add(t, "", shipment.HandoffClosed{Handoff: "h1", Carrier: "ups", Parcels: []shipment.ParcelID{"o2-1"}})
	p.raw(t, "o2", "parcel.taken_back", `{"parcel":"o2-1","tracking_number":"`+ups2+`","carrier":"ups","handoff":"h2","from":"h1","reason":"left on the dock"}`)
	return p
}

// A told is what a test looks at of an event.
type told struct {
	Type, Action, BizStep, Disposition, ParentID string
	EpcList, ChildEPCs                           []string
	ChildQuantityList                            []map[string]any
	ErrorDeclaration                             map[string]any
	EventID                                      string
	Evidence                                     string `json:"waybill:evidence"`
}

func (e told) String() string {
	s := strings.Join([]string{e.Type, e.Action, e.BizStep, e.Disposition, e.ParentID}, " ")
	for _, q := range e.ChildQuantityList {
		s += fmt.Sprintf(" %v×%v", q["quantity"], q["epcClass"])
	}
	for _, id := range append(e.EpcList, e.ChildEPCs...) {
		s += " " + id
	}
	if e.Evidence != "" {
		s += " by " + e.Evidence
	}
	if e.ErrorDeclaration != nil {
		s += fmt.Sprintf(" ERROR %v", e.ErrorDeclaration["reason"])
	}
	return s
}

func events(t testing.TB, document []byte) []told {
	t.Helper()
	var d struct {
		EpcisBody struct{ EventList []told }
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	return d.EpcisBody.EventList
}

func TestADayIsTold(t *testing.T) {
	document, errs := aDay(t).document(t, epcis.Site{Base: house + "/"})
	if errs != nil {
		t.Fatal(errs)
	}
	es := events(t, document)
	var got []string
	for _, e := range es {
		got = append(got, e.String())
	}
	const dl, obj = "https://id.gs1.org", house + "/obj/"
	want := []string{
		"ObjectEvent ADD commissioning active  " + dl + "/00/106141412345678908 by E3",
		"AggregationEvent ADD packing container_closed " + dl + "/00/106141412345678908 2×" + dl + "/01/04012345123456 by scan",
		"ObjectEvent ADD commissioning active  " + obj + "ups." + ups + " by E2",
		"ObjectEvent DELETE decommissioning inactive  " + obj + "ups." + ups,
		"ObjectEvent ADD commissioning active  " + obj + "ups." + ups2 + " by E3",
		"ObjectEvent ADD commissioning active  " + obj + "ups.1Z1",
		"AggregationEvent ADD packing container_closed " + obj + "ups." + ups2 + " 3×" + house + "/class/C by order",
		"AggregationEvent ADD loading in_progress " + obj + "handoff.h1 " + obj + "ups." + ups2,
		"AggregationEvent ADD loading in_progress " + obj + "handoff.h1 " + obj + "ups.1Z1",
		"AggregationEvent ADD loading in_progress " + obj + "handoff.h1 " + obj + "ups.1Z1 ERROR did_not_occur",
		"ObjectEvent OBSERVE shipping in_transit  " + obj + "ups." + ups2,
		"AggregationEvent ADD loading in_progress " + obj + "handoff.h1 " + obj + "ups." + ups2 + " ERROR did_not_occur",
		"ObjectEvent OBSERVE void_shipping in_progress  " + obj + "ups." + ups2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if es[8].EventID != es[9].EventID || es[7].EventID != es[11].EventID {
		t.Error("an error is declared of another event than the one that erred")
	}
	ids := map[string]int{}
	for _, e := range es {
		ids[e.EventID]++
	}
	if len(ids) != len(es)-2 {
		t.Errorf("%d IDs of %d events, of which two come again", len(ids), len(es))
	}
	again, _ := aDay(t).document(t, epcis.Site{Base: house})
	if !bytes.Equal(document, again) {
		t.Error("the same history makes another document")
	}
}

// oracle returns what judges documents by GS1's schema.
func oracle(t *testing.T) func(document []byte) []string {
	t.Helper()
	node, err := labelproof.StartNode(t.Context(), "../..", "epcis.mjs")
	if err == nil {
		if _, err = os.Stat("../../tools/oracle/node_modules/epcis-schema/EPCIS-JSON-Schema.json"); err != nil {
			_ = node.Close()
			err = fmt.Errorf("the schema of EPCIS: %w (run tools/install.sh)", labelproof.ErrMissing)
		}
	}
	if errors.Is(err, labelproof.ErrMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	return func(document []byte) []string {
		var answer struct {
			Valid  bool
			Errors []string
		}
		if err := node.Ask(map[string]any{"document": json.RawMessage(document)}, &answer); err != nil {
			t.Fatal(err)
		}
		if !answer.Valid && len(answer.Errors) == 0 {
			return []string{"not valid"}
		}
		return answer.Errors
	}
}

// TestDocumentsAreValid holds documents against GS1's schema, by a validator
// that is not ours, and that the validator sees what is wrong.
func TestDocumentsAreValid(t *testing.T) {
	judge := oracle(t)
	good := "0614141000012"
	for _, site := range []epcis.Site{
		{}, {Base: house, ReadPoint: good, BizLocation: "urn:epc:id:sgln:0614141.07346.1234"}, {Base: "urn:example:wb"},
	} {
		document, errs := aDay(t).document(t, site)
		if errs != nil {
			t.Error(errs)
		}
		if errs := judge(document); errs != nil {
			t.Errorf("%+v: %q\n%s", site, errs, document)
		}
	}
	empty, _ := newPast().document(t, epcis.Site{})
	if errs := judge(empty); errs != nil {
		t.Errorf("without events: %q\n%s", errs, empty)
	}
	document, _ := aDay(t).document(t, epcis.Site{Base: house})
	for old, broken := range map[string]string{
		`"eventTimeZoneOffset":"-08:00"`: `"eventTimeZoneOffset":"-8"`,
		`"bizStep":"shipping"`:           `"bizStep":"handed over"`,
		`"action":"ADD"`:                 `"action":"CREATE"`,
		`"schemaVersion":"2.0"`:          `"schemaVersion":"two"`,
		`"epcList":["`:                   `"epcList":["no uri `,
	} {
		changed := strings.Replace(string(document), old, broken, 1)
		if changed == string(document) {
			t.Fatalf("%s is not in the document", old)
		}
		if judge([]byte(changed)) == nil {
			t.Errorf("the validator takes %s", broken)
		}
	}
}

// TestWhateverWasRecordedMakesAValidDocument tells histories in any order, with
// any text in them.
func TestWhateverWasRecordedMakesAValidDocument(t *testing.T) {
	judge := oracle(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPast(t, rt)
		document, errs := p.document(t, epcis.Site{Base: house})
		if errs != nil {
			rt.Error(errs)
		}
		if errs := judge(document); errs != nil {
			rt.Errorf("%q\n%s", errs, document)
		}
	})
}

// drawPast draws a history in any order, with any text in it.
func drawPast(t *testing.T, rt *rapid.T) *past {
	t.Helper()
	p := newPast()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"ups", "sscc", sscc, sscc[2:], ups, "h1", gtin, "../x", "a b%"}))
	for range rapid.IntRange(0, 16).Draw(rt, "events") {
		id := rapid.SampledFrom([]string{"o1", "o2", "o-3"}).Draw(rt, "order")
		parcel := shipment.ParcelID(id + rapid.SampledFrom([]string{"-1", "-1", "-2", ""}).Draw(rt, "parcel"))
		number, carrier := shipment.TrackingNumber(text.Draw(rt, "number")), shipment.CarrierID(text.Draw(rt, "carrier"))
		fact := rapid.SampledFrom([]shipment.Fact{
			shipment.OrderAccepted{Order: shipment.Order{ID: shipment.OrderID(id), Items: []shipment.Item{{SKU: text.Draw(rt, "sku"), Barcode: text.Draw(rt, "code"), Quantity: 1}}}},
			shipment.TrackingAssigned{Parcel: parcel, Carrier: carrier, TrackingNumber: number},
			shipment.LabelPrinted{Parcel: parcel},
			shipment.LabelVoided{Parcel: parcel, Reason: text.Draw(rt, "why")},
			shipment.ParcelScanned{Parcel: parcel, TrackingNumber: number},
			shipment.ParcelPacked{
				Parcel: parcel, Check: rapid.SampledFrom([]string{"", "off", "scan", "count"}).Draw(rt, "check"),
				Items: []shipment.PackedItem{{Line: rapid.IntRange(-1, 3).Draw(rt, "line"), SKU: text.Draw(rt, "sku"), Quantity: 1}},
			},
			shipment.ParcelHandedOver{Parcel: parcel, TrackingNumber: number, Carrier: carrier, Handoff: text.Draw(rt, "handoff")},
			shipment.ParcelTakenBack{Parcel: parcel, TrackingNumber: number, Carrier: carrier, Handoff: "h1", From: text.Draw(rt, "handoff"), Reason: text.Draw(rt, "why")},
			shipment.HandoffClosed{Handoff: text.Draw(rt, "handoff"), Carrier: carrier, Parcels: []shipment.ParcelID{parcel}},
		}).Draw(rt, "fact")
		subject := id
		if fact.EventType() == shipment.HandoffClosedType {
			subject = ""
		}
		p.add(t, subject, fact)
	}
	return p
}

func TestSiteCheck(t *testing.T) {
	for _, tt := range []struct {
		site epcis.Site
		says string
	}{
		{epcis.Site{}, ""},
		{epcis.Site{Base: house, ReadPoint: "0614141000012", BizLocation: "https://example.com/loc/1"}, ""},
		{epcis.Site{Base: "urn:example:wb"}, ""},
		{epcis.Site{Base: "example.com"}, "base_uri"},
		{epcis.Site{Base: "https://example.com/wb?x=1"}, "base_uri"},
		{epcis.Site{Base: "urn:epc:id:sgln"}, "GS1's"},
		{epcis.Site{ReadPoint: "0614141000013"}, "read_point"},
		{epcis.Site{ReadPoint: "dock 4"}, "read_point"},
		{epcis.Site{BizLocation: "123"}, "biz_location"},
	} {
		err := tt.site.Check()
		if (err == nil) != (tt.says == "") || (err != nil && !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%+v: %v, want %q", tt.site, err, tt.says)
		}
		if err != nil {
			if _, err := epcis.NewWriter(&bytes.Buffer{}, tt.site, time.Now(), nil); err == nil {
				t.Errorf("%+v: a writer takes it", tt.site)
			}
		}
	}
}

// FuzzAdd holds that no data of an event, whatever it is, breaks the document,
// and that the events beside it are in it.
func FuzzAdd(f *testing.F) {
	f.Add("label.printed", []byte(`{"parcel":"o2-1"}`))
	f.Add("handoff.closed", []byte(`{"parcels":["o2-1","","x-"],"carrier":"\ud800"}`))
	f.Add("parcel.packed", []byte(`{"parcel":1}`))
	f.Add("order.accepted", []byte(`{"order":{"items":[{"quantity":-1}]}}`))
	f.Add("parcel.taken_back", []byte(`null`))
	f.Fuzz(func(t *testing.T, typ string, data []byte) {
		if !json.Valid(data) {
			return // an envelope would not have been one
		}
		p := newPast()
		p.add(t, "o2", shipment.TrackingAssigned{Parcel: "o2-1", Carrier: "ups", TrackingNumber: ups})
		p.raw(t, "o2", shipment.EventType(typ), string(data))
		p.add(t, "o9", shipment.TrackingAssigned{Parcel: "o9-1", Carrier: "ups", TrackingNumber: ups}, shipment.LabelPrinted{Parcel: "o9-1"})
		document, _ := p.document(t, epcis.Site{Base: house})
		es := events(t, document)
		if len(es) == 0 || es[len(es)-1].BizStep != "commissioning" {
			t.Errorf("the label beside it is not told: %s", document)
		}
	})
}
