package main_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/sync/wire"
)

// TestAStationComesInOverTLS has a hub make its own authority, a station come in
// with a code that names it, work, be shut out, pack on and come in again, with
// neither process started anew.
func TestAStationComesInOverTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for some seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	r := newRig(t)
	r.overTLS(t)
	client := r.trusting(t)
	if err := r.hub.start(); err != nil {
		t.Fatal(err)
	}
	if !eventually(t.Context(), 30*time.Second, func() bool {
		resp, err := client.Get(r.hubURL + "/readyz")
		return err == nil && resp.Body.Close() == nil && resp.StatusCode == http.StatusOK && resp.Header.Get("Strict-Transport-Security") != ""
	}) {
		t.Fatal("the hub does not answer over TLS")
	}
	// The station runs, and nobody has let it in.
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	station := "http://" + r.stationAt
	r.ready(t, station)
	orders := sampleOrders(5)
	r.dropAll(t, orders) // they wait for numbers
	if out := r.command(t, 2, "station", "enrol", "--config", r.station.config, "00000-00000-00000-00000"); !strings.Contains(out, "type it again") {
		t.Errorf("a mistyped code: %s", out)
	}
	r.wrongHub(t)
	r.enrol(t)
	r.largestCarrier(t, station, orders)
	r.heard(t, client, "enrolled", true)
	info, err := os.Stat(filepath.Join(r.dir, "station-data", "hub", "token"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v, %v", info, err)
	}
	if out := r.doctor(t); !strings.Contains(out, "hub certificate") || !strings.Contains(out, "takes events with this station's token") {
		t.Errorf("doctor: %s", out)
	}

	r.command(t, 0, "hub", "revoke", "--config", r.hub.config, "bench-7", "--reason", "on loan")
	r.dropAll(t, sampleOrders(8)[5:])
	r.inboxEmpty(t)
	r.largestCarrier(t, station, sampleOrders(8)[5:]) // it packs on
	var told string
	if !eventually(t.Context(), 30*time.Second, func() bool {
		_, body := get(station + "/")
		told = string(body)
		return strings.Contains(told, "waybill station enrol")
	}) {
		t.Errorf("the station does not say what to do: %s", told)
	}
	if out := r.doctor(t); !strings.Contains(out, "on loan") || !strings.Contains(out, "waybill hub enrol") {
		t.Errorf("doctor of a station that is shut out: %s", out)
	}
	r.heard(t, client, "revoked", false)
	r.enrol(t)
	r.heard(t, client, "enrolled", true)
	if out := r.command(t, 0, "hub", "stations", "--config", r.hub.config, "--json"); !strings.Contains(out, `"station":"bench-7","state":"enrolled"`) {
		t.Errorf("stations: %s", out)
	}
	r.station.end(syscall.SIGTERM)
	r.hub.end(syscall.SIGTERM)
}

// overTLS has the hub show a certificate of its own authority.
func (r *rig) overTLS(t *testing.T) {
	t.Helper()
	r.command(t, 0, "hub", "init-tls", "--config", r.hub.config)
	add := func(file, from, to string) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	add(r.hub.config, "log_level", "tls: {cert_file: hub-data/tls/hub.crt, key_file: hub-data/tls/hub.key}\nlog_level")
	secure := strings.Replace(r.hubURL, "http://", "https://", 1)
	add(r.station.config, r.hubURL, secure)
	r.hubURL = secure
}

// trusting returns a client that trusts the hub's authority.
func (r *rig) trusting(t *testing.T) *http.Client {
	t.Helper()
	ca, err := os.ReadFile(filepath.Join(r.dir, "hub-data", "tls", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 5 * time.Second}
}

// wrongHub shows a code that names another authority: nothing of it may be sent.
func (r *rig) wrongHub(t *testing.T) {
	t.Helper()
	other := wire.EnrolCode{Pin: make([]byte, wire.PinSize)}
	if out := r.command(t, 1, "station", "enrol", "--config", r.station.config, other.String()); !strings.Contains(out, "not of the authority") {
		t.Errorf("a code for another hub: %s", out)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "station-data", "hub", "ca.crt")); err == nil {
		t.Error("another hub's authority was kept")
	}
}

// doctor returns what waybill doctor says. It finds faults: the station has the
// devices.
func (r *rig) doctor(t *testing.T) string {
	t.Helper()
	return r.command(t, 1, "doctor", "--config", r.station.config)
}

// heard waits until the hub says how the station stands, and has all of it or not.
func (r *rig) heard(t *testing.T, client *http.Client, state string, all bool) {
	t.Helper()
	var last string
	if !eventually(t.Context(), time.Minute, func() bool {
		resp, err := client.Get(r.hubURL + "/v1/stations")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		var list struct {
			Stations []struct {
				Events int64
				Access struct{ State string }
			}
		}
		if json.NewDecoder(resp.Body).Decode(&list) != nil || len(list.Stations) != 1 {
			return false
		}
		s := list.Stations[0]
		last = s.Access.State
		return s.Access.State == state && (!all || s.Events >= r.recorded(t))
	}) {
		t.Fatalf("the hub says the station is %q, want %q and all of its events: %v", last, state, all)
	}
}
