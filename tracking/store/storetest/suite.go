// Package storetest is what every store of the hub must do, as one suite of
// tests. It knows no store: each hands in how to open its own.
package storetest

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// A Store is what the suite needs of a store.
type Store interface {
	Ingest(ctx context.Context, in []tracking.Incoming) ([]wire.Result, error)
	Shipment(ctx context.Context, ref string) (tracking.Record, error)
	ByToken(ctx context.Context, token string) (tracking.Record, error)
	List(ctx context.Context, f tracking.Filter, limit int) ([]tracking.Record, error)
	Counts(ctx context.Context) (tracking.Counts, error)
	Stations(ctx context.Context) ([]tracking.Station, error)
	Position(ctx context.Context, station shipment.StationID) (wire.StationPosition, error)
	Name() string
	Missing(ctx context.Context, station shipment.StationID, before time.Time, limit int) ([]tracking.Epoch, error)
	Quarantine(ctx context.Context, station shipment.StationID, all bool, limit int) ([]tracking.SetAside, error)
	Decide(ctx context.Context, d tracking.Decide) (tracking.Decision, error)
	Watch(order shipment.OrderID) (changed <-chan struct{}, stop func())
	SetRanges(ctx context.Context, rs []tracking.Range) error
	Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error)
	Ranges(ctx context.Context) (configured, retired []tracking.RangeUse, err error)
	Leases(ctx context.Context, station shipment.StationID) ([]wire.Lease, error)
	Handoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	MovedHandoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	Handoff(ctx context.Context, id string) (wire.Handoff, error)
	TakeOver(ctx context.Context, id string, req wire.TakeoverRequest) (wire.Handoff, error)
	Parcel(ctx context.Context, number shipment.TrackingNumber) (wire.Parcel, error)
	MovedParcels(ctx context.Context, station shipment.StationID) ([]wire.Parcel, error)
	ParcelNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Parcels, error)
	HandoffNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Handoffs, error)
	HeardParcels(ctx context.Context, station shipment.StationID, h wire.Heard) error
	HeardHandoffs(ctx context.Context, station shipment.StationID, h wire.Heard) error
	TakeOverParcel(ctx context.Context, number shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error)
	Offer(ctx context.Context, o tracking.Offer) error
	Enrol(ctx context.Context, e tracking.Enrolment) (tracking.Credential, error)
	Renew(ctx context.Context, r tracking.Renewal) (tracking.Credential, error)
	Admit(ctx context.Context, token string) (tracking.Admission, error)
	AdmitConfigured(ctx context.Context, station shipment.StationID) (tracking.Admission, error)
	Enrolled(ctx context.Context) (bool, error)
	Revoke(ctx context.Context, station shipment.StationID, reason string) error
	Access(ctx context.Context) ([]tracking.StationAccess, error)
	History(ctx context.Context, station shipment.StationID, after wire.Position, limit, maxBytes int) ([]wire.Record, error)
	Retell(ctx context.Context) error
	Postings(ctx context.Context, after int64, limit int) (ps []tracking.Posting, unsettled bool, err error)
	LastPlace(ctx context.Context) (int64, error)
	Posted() (news <-chan struct{}, stop func())
	Events(ctx context.Context, spans []tracking.Span) ([]tracking.Incoming, error)
	EventsAfter(ctx context.Context, last tracking.Span, limit int) ([]tracking.Incoming, error)
	Cursor(ctx context.Context, consumer string) (place int64, mark string, err error)
	SetCursor(ctx context.Context, consumer string, place int64, mark string) error
	Forget(ctx context.Context, consumer string) error
	Trim(ctx context.Context) (int64, error)
	Wake(orders []shipment.OrderID)
	SigningKey(ctx context.Context) (ed25519.PrivateKey, error)
	PutBundle(ctx context.Context, d tracking.BundleDraft) (tracking.BundleInfo, error)
	RollBack(ctx context.Context, to tracking.BundleReturn) (tracking.BundleInfo, error)
	Bundles(ctx context.Context) ([]tracking.BundleInfo, error)
	Bundle(ctx context.Context) (wire.Bundle, error)
	BundleVersion(ctx context.Context) (version int64, sha256 string, err error)
	Instruct(ctx context.Context, w tracking.OrderWord) (wire.Instruction, error)
	Instructions(ctx context.Context, from int64, limit int) ([]wire.Instruction, error)
	Ping(ctx context.Context) error
	io.Closer
}

// Options are what a test tells the store. Where a member is zero the store has
// its own.
type Options struct {
	Now  func() time.Time
	Rand io.Reader // of buyers' tokens
}

// An Opener opens the store that dir stands for, making it where there is none.
type Opener func(t *testing.T, dir string, o Options) Store

// Run runs the suite, which closes what it opens.
func Run(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"journey":              testJourney,
		"same batch twice":     testTwice,
		"position":             testPosition,
		"overlapping batches":  testOverlap,
		"any order":            testAnyOrder,
		"at once":              testAtOnce,
		"forks":                testForks,
		"broken chains":        testChains,
		"bad events":           testBadEvents,
		"gaps":                 testGaps,
		"missing":              testMissing,
		"any way":              testAnyWay,
		"forks any way":        testForksAnyWay,
		"islands":              testIslands,
		"an epoch goes back":   testEpochWentBack,
		"decisions":            testDecisions,
		"largest places":       testLargestPlaces,
		"links":                testLinks,
		"shared numbers":       testSharedNumbers,
		"list":                 testList,
		"watch":                testWatch,
		"leases":               testLeases,
		"leases at once":       testLeasesAtOnce,
		"ranges":               testRanges,
		"pick-ups":             testHandoffs,
		"same order ID":        testSameOrderID,
		"take-overs at once":   testTakeOversAtOnce,
		"parcels":              testParcels,
		"on two pick-ups":      testParcelOnTwoPickUps,
		"parcel changes hands": testParcelChangesHands,
		"parcel at once":       testParcelAtOnce,
		"news of parcels":      testParcelNews,
		"given of many":        testGivenOfMany,
		"news of pick-ups":     testHandoffNews,
		"enrolment":            testEnrolment,
		"enrolment at once":    testEnrolmentAtOnce,
		"renewal":              testRenewal,
		"revocation":           testRevocation,
		"configured stations":  testConfigured,
		"own history":          testHistory,
		"zero characters":      testZeroCharacters,
		"bytes are kept":       testBytesAreKept,
		"failed write":         testFailedWrite,
		"closed":               testClosed,
		"caller goes away":     testCallerGoesAway,
		"full quarantine":      testFullQuarantine,
		"a lease ends":         testALeaseEnds,
		"ranges are told":      testRangesAreTold,
		"shared by prefixes":   testRangesThatShareNumbers,
		"outbox":               testOutbox,
		"outbox at once":       testOutboxAtOnce,
		"cursors":              testCursors,
		"bundles":              testBundles,
		"bundles above":        testBundlesAbove,
		"instructions":         testInstructions,
		"instructions at once": testInstructionsAtOnce,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func fresh(t *testing.T, open Opener) Store {
	t.Helper()
	s := open(t, t.TempDir(), Options{})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// A Desk seals events as a station does.
type Desk struct {
	station shipment.StationID
	at      wire.Position
	clock   time.Time
	orders  int
	uptime  time.Duration // since the machine's start; an hour where it is not set
	branch  string        // in the IDs of a desk that goes on from a copy
	handoff string        // that parcels leave with; h1 where it is empty
}

// NewDesk returns a station at the start of an epoch.
func NewDesk(station shipment.StationID, epoch int64) *Desk {
	return &Desk{
		station: station,
		at:      wire.Position{Epoch: epoch, Hash: wire.Genesis},
		clock:   time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
	}
}

// Fork returns a desk that goes on from where d stands, as one that was started
// from a copy of its disk: other events, in the same places.
func (d *Desk) Fork(branch string) *Desk {
	f := *d
	f.branch = branch
	f.clock = f.clock.Add(time.Second)
	return &f
}

// Seal returns the desk's next event. It panics where the fact cannot be
// written as JSON.
func (d *Desk) Seal(order shipment.OrderID, fact shipment.Fact) tracking.Incoming {
	d.clock = d.clock.Add(time.Minute)
	e, err := shipment.NewEvent(d.clock, order, fact)
	if err != nil {
		panic(err)
	}
	e.ID = fmt.Sprintf("%s-%d-%d%s", d.station, d.at.Epoch, d.at.Sequence+1, d.branch)
	env, raw, err := wire.Seal(d.station, e, d.at, wire.Clock{Local: time.FixedZone("", -8*3600), BootID: "5ca1ab1e", Uptime: cmp.Or(d.uptime, time.Hour)})
	if err != nil {
		panic(err)
	}
	d.at.Sequence, d.at.Hash = env.Sequence, wire.Hash(raw)
	return tracking.Incoming{Env: env, Raw: raw}
}

// Journey returns an order's events from its acceptance to the hand-over.
func (d *Desk) Journey(order shipment.OrderID, number shipment.TrackingNumber) []tracking.Incoming {
	p := order.Parcel(1)
	var es []tracking.Incoming
	for _, f := range []shipment.Fact{
		shipment.OrderAccepted{Order: shipment.Order{
			ID: order, Channel: "tiktok_shop", Items: []shipment.Item{{SKU: "TEE-BLK-M", Title: "T-shirt, black, M", Quantity: 2, Weight: 340}},
			ShipFrom: shipment.Address{Name: "The Shop", Line1: "2800 E Vernon Ave", City: "Los Angeles", Region: "CA", PostalCode: "90058", Country: "US"},
			ShipTo:   shipment.Address{Name: "Mary Example", Line1: "12 Hidden Lane", City: "Albany", Region: "NY", PostalCode: "12207", Country: "US"},
		}, From: "orders.json"},
		shipment.CarrierAssigned{Carrier: "ups", Service: "ground", Rule: "default", Promise: shipment.Promise{Earliest: "2026-11-24", Latest: "2026-11-26"}},
		shipment.TrackingAssigned{Parcel: p, Carrier: "ups", TrackingNumber: number, Origin: "range", Range: "ups-1z"},
		shipment.LabelPrinted{Parcel: p, Job: "j1", Label: 1, Of: 1, Printer: "zebra-1", Evidence: "E3"},
		shipment.ParcelScanned{Parcel: p, TrackingNumber: number, ScanEvidence: shipment.ScanEvidence{Scanner: "wand-1", Role: "verify"}},
		shipment.ParcelHandedOver{Parcel: p, TrackingNumber: number, Carrier: "ups", Handoff: cmp.Or(d.handoff, "h1")},
	} {
		es = append(es, d.Seal(order, f))
	}
	return es
}

func ingest(t *testing.T, s Store, in []tracking.Incoming) []wire.Result {
	t.Helper()
	rs, err := s.Ingest(t.Context(), in)
	if err != nil {
		t.Fatalf("Ingest: %v", err)
	}
	if len(rs) != len(in) {
		t.Fatalf("%d results for %d events", len(rs), len(in))
	}
	for i, r := range rs {
		if r.ID != in[i].Env.ID || r.Sequence != in[i].Env.Sequence {
			t.Fatalf("result %d is of %s/%d, want %s/%d", i, r.ID, r.Sequence, in[i].Env.ID, in[i].Env.Sequence)
		}
	}
	return rs
}

func wantAll(t *testing.T, rs []wire.Result, want wire.Status) {
	t.Helper()
	for _, r := range rs {
		if r.Status != want {
			t.Fatalf("%s: %s (%s), want %s", r.ID, r.Status, r.Reason, want)
		}
	}
}

func record(t *testing.T, s Store, ref string) tracking.Record {
	t.Helper()
	r, err := s.Shipment(t.Context(), ref)
	if err != nil {
		t.Fatalf("Shipment(%q): %v", ref, err)
	}
	return r
}

func station(t *testing.T, s Store, id shipment.StationID) tracking.Station {
	t.Helper()
	all, err := s.Stations(t.Context())
	if err != nil {
		t.Fatalf("Stations: %v", err)
	}
	for _, st := range all {
		if st.ID == id {
			return st
		}
	}
	t.Fatalf("station %s is unknown", id)
	return tracking.Station{}
}

// Some returns n events of the desk, journey by journey, for benchmarks.
// The pick-up is the desk's own.
func Some(d *Desk, n int) []tracking.Incoming {
	d.handoff = string(d.station) + "-h1"
	var es []tracking.Incoming
	for len(es) < n {
		d.orders++
		id := shipment.OrderID(fmt.Sprintf("%s-o%d", d.station, d.orders))
		at := d.at
		es = append(es, d.Journey(id, shipment.TrackingNumber("1Z"+id))...)
		if extra := len(es) - n; extra > 0 {
			es = es[:n]
			last := es[n-1]
			d.at = wire.Position{Epoch: at.Epoch, Sequence: last.Env.Sequence, Hash: wire.Hash(last.Raw)}
		}
	}
	return es
}
