package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"net/url"
	"testing"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/uplink"
	"waybill/sync/wire"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// TestAStationAsksTheRealHubForAParcel holds that what the station sends the hub
// understands, and the other way round: over TLS, with a token for each.
func TestAStationAsksTheRealHubForAParcel(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	o := hub.Options{Store: s, Addr: srv.Listener.Addr(), TLS: true, StationTokens: map[shipment.StationID]string{}, APITokens: []string{sum("reader")}}
	for _, id := range []string{"dock-1", "dock-2", "dock-3"} {
		o.StationTokens[shipment.StationID(id)] = sum("token of " + id)
	}
	handler, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = handler
	srv.StartTLS()
	t.Cleanup(func() {
		srv.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Ingest(t.Context(), storetest.NewDesk("dock-1", 1).Journey("A/1", "1ZA 1")[:5]); err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	as := func(station string) *uplink.Client {
		t.Helper()
		c, err := uplink.NewClient(uplink.ClientOptions{Hub: at, Token: "token of " + station, HTTP: srv.Client()})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	two := as("dock-2")
	if p, err := two.Parcel(t.Context(), "1ZNONE"); err != nil || p.Code != wire.CodeUnknown {
		t.Errorf("%+v, error %v", p, err)
	}
	p, err := two.Parcel(t.Context(), "1ZA1")
	if err != nil || p.TrackingNumber != "1ZA 1" || p.Holder != "dock-1" || p.Code != "" || p.To != "Mary Example" {
		t.Fatalf("%+v, error %v", p, err)
	}
	ask := wire.TakeoverRequest{Key: "k", Station: "dock-2", From: "dock-1", By: "S. Ito"}
	if _, err := as("dock-3").TakeOverParcel(t.Context(), p.TrackingNumber, ask); !fault.Is(err, fault.Permanent) {
		t.Errorf("in another's name: %v", err)
	}
	if _, err := as("nobody").Parcel(t.Context(), "1ZA1"); !fault.Is(err, fault.Permanent) {
		t.Errorf("without a token: %v", err)
	}
	for range 2 {
		given, err := two.TakeOverParcel(t.Context(), p.TrackingNumber, ask)
		if err != nil || given.Holder != "dock-2" || given.Code != "" || len(given.Takeovers) != 1 || given.Takeovers[0].By != "S. Ito" {
			t.Fatalf("%+v, error %v", given, err)
		}
	}
	ask.Station = "dock-3"
	if late, err := as("dock-3").TakeOverParcel(t.Context(), p.TrackingNumber, ask); err != nil || late.Code != wire.CodeParcelTakenOver || late.Holder != "dock-2" {
		t.Errorf("%+v, error %v", late, err)
	}
	for _, station := range []shipment.StationID{"dock-1", "dock-2"} {
		told, err := as(string(station)).ParcelNews(t.Context(), station, wire.NewsQuestion{Epoch: 1})
		if err != nil || len(told.Parcels) != 1 || told.Parcels[0].Holder != "dock-2" {
			t.Fatalf("%s is told %+v, error %v", station, told, err)
		}
		heard := wire.Heard{Epoch: 1, News: []wire.HeardOf{{ID: "1ZA 1", Change: told.Parcels[0].Change}}}
		if err := as("dock-3").HeardParcels(t.Context(), station, heard); !fault.Is(err, fault.Permanent) {
			t.Errorf("heard of in another's name: %v", err)
		}
		if err := as(string(station)).HeardParcels(t.Context(), station, heard); err != nil {
			t.Error(err)
		}
		if told, err = as(string(station)).ParcelNews(t.Context(), station, wire.NewsQuestion{Epoch: 1}); err != nil || len(told.Parcels) != 0 {
			t.Errorf("%s is told again %+v, error %v", station, told, err)
		}
	}
}

func sum(token string) string {
	b := sha256.Sum256([]byte(token))
	return hex.EncodeToString(b[:])
}
