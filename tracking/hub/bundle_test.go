package hub_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
)

// A readStore counts how often a bundle is read from it with its files.
type readStore struct {
	*store.Store
	read atomic.Int64
	key  ed25519.PrivateKey // in the place of the store's; nil: that
}

func (s *readStore) SigningKey(ctx context.Context) (ed25519.PrivateKey, error) {
	if s.key != nil {
		return s.key, nil
	}
	return s.Store.SigningKey(ctx)
}

func (s *readStore) Bundle(ctx context.Context) (wire.Bundle, error) {
	s.read.Add(1)
	return s.Store.Bundle(ctx)
}

// many makes a hub with so many stations and a bundle of so many bytes.
func many(tb testing.TB, stations, size int) (*bench, *readStore) {
	tb.Helper()
	var counted *readStore
	b := newBench(tb, func(o *hub.Options) {
		s, ok := o.Store.(*store.Store)
		if !ok {
			tb.Fatalf("%T", o.Store)
		}
		counted = &readStore{Store: s}
		o.Store, o.StationTokens = counted, map[shipment.StationID]string{}
		o.APITokens = []string{hashed("reader")}
		for i := range stations {
			o.StationTokens[station(i)] = hashed(fmt.Sprint("token-", i))
		}
	})
	b.put(tb, bytes.Repeat([]byte("templates\n"), size/10))
	return b, counted
}

func (b *bench) put(tb testing.TB, content []byte) {
	tb.Helper()
	if _, err := b.store.PutBundle(tb.Context(), tracking.BundleDraft{Files: []wire.BundleFile{{Name: "rules.yaml", Content: content}}}); err != nil {
		tb.Fatal(err)
	}
}

// ask asks the hub as a station, without a network in between.
func (b *bench) ask(tb testing.TB, w http.ResponseWriter, station int, headers ...string) {
	tb.Helper()
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, b.URL+"/v1/stations/self/bundle", http.NoBody)
	req.Header.Set("Authorization", "Bearer "+fmt.Sprint("token-", station))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	b.hub.ServeHTTP(w, req)
}

// TestAThousandStationsAskAtOnce has every station ask for a new bundle at the same
// time: it is read and signed once, and who has it gets no second.
func TestAThousandStationsAskAtOnce(t *testing.T) {
	const stations = 1000
	b, counted := many(t, stations, 64<<10)
	for version := 1; version <= 2; version++ {
		got := make([]*httptest.ResponseRecorder, stations)
		var all sync.WaitGroup
		for i := range got {
			got[i] = httptest.NewRecorder()
			all.Go(func() { b.ask(t, got[i], i) })
		}
		all.Wait()
		for i, w := range got {
			if w.Code != http.StatusOK || w.Header().Get("ETag") != "W/"+strconv.Quote(strconv.Itoa(version)) || !bytes.Equal(w.Body.Bytes(), got[0].Body.Bytes()) {
				t.Fatalf("station %d: %d, version %s, %d bytes", i, w.Code, w.Header().Get("ETag"), w.Body.Len())
			}
		}
		if n := counted.read.Load(); n != int64(version) {
			t.Errorf("version %d: the store was read %d times in all", version, n)
		}
		w := httptest.NewRecorder()
		if b.ask(t, w, 0, "If-None-Match", got[0].Header().Get("ETag")); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("who has it gets %d and %d bytes", w.Code, w.Body.Len())
		}
		b.put(t, []byte("another"))
	}
}

// TestABundleIsSignedWithTheKeyThatCounts has the store's key become another while the
// hub runs, as after a restore, with the same bundle in it.
func TestABundleIsSignedWithTheKeyThatCounts(t *testing.T) {
	b, counted := many(t, 1, 1000)
	for seed := range 2 {
		counted.key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(seed)}, ed25519.SeedSize))
		w := httptest.NewRecorder()
		b.ask(t, w, 0)
		var s wire.Signed
		err := json.Unmarshal(w.Body.Bytes(), &s)
		public, _ := counted.key.Public().(ed25519.PublicKey)
		var bundle wire.Bundle
		if err == nil {
			err = s.Open(public, wire.ForBundle, &bundle)
		}
		if err != nil || bundle.Version != 1 {
			t.Errorf("key %d: %d, version %d, %v", seed, w.Code, bundle.Version, err)
		}
	}
}

// A timedWriter notes the deadlines that it is given.
type timedWriter struct {
	*httptest.ResponseRecorder
	deadlines int
}

func (w *timedWriter) SetWriteDeadline(time.Time) error { w.deadlines++; return nil }

// TestABundleIsCompressed holds that who reads gzip gets that, and anybody the same
// answer, with a deadline for each part of it.
func TestABundleIsCompressed(t *testing.T) {
	b, counted := many(t, 1, 1<<20)
	get := func(accept string) *timedWriter {
		w := &timedWriter{ResponseRecorder: httptest.NewRecorder()}
		if b.ask(t, w, 0, "Accept-Encoding", accept); w.Code != http.StatusOK || w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
			t.Fatalf("%q: %d, %s of %d bytes", accept, w.Code, w.Header().Get("Content-Length"), w.Body.Len())
		}
		return w
	}
	whole := get("")
	if whole.deadlines < 20 || whole.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d bytes in %q have %d deadlines", whole.Body.Len(), whole.Header().Get("Content-Encoding"), whole.deadlines)
	}
	for accept, want := range map[string]string{"gzip": "gzip", "br, GZIP;q=0.5": "gzip", "gzip;q=0": "", "br": ""} {
		w := get(accept)
		var body io.Reader = w.Body
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q: in %q", accept, got)
		}
		if want != "" {
			if w.Body.Len() > whole.Body.Len()/10 {
				t.Errorf("%q: %d bytes of %d", accept, w.Body.Len(), whole.Body.Len())
			}
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if content, err := io.ReadAll(body); err != nil || !bytes.Equal(content, whole.Body.Bytes()) {
			t.Errorf("%q: another answer, %v", accept, err)
		}
	}
	if n := counted.read.Load(); n != 1 {
		t.Errorf("read %d times", n)
	}
}

// A slowReader takes an answer when it is let.
type slowReader struct {
	*httptest.ResponseRecorder
	reads chan<- struct{}
	on    <-chan struct{}
}

func (s slowReader) Write(p []byte) (int, error) {
	s.reads <- struct{}{}
	<-s.on
	return s.ResponseRecorder.Write(p)
}

// TestSlowStationsDoNotTakeAllOfTheLine has stations read slowly: so many get an answer
// at once and the next waits; and a station that asks over and over is told when to come
// again.
func TestSlowStationsDoNotTakeAllOfTheLine(t *testing.T) {
	b, _ := many(t, 20, 1000)
	const atOnce = 16
	reads, on := make(chan struct{}), make(chan struct{})
	var slow sync.WaitGroup
	for i := range atOnce {
		slow.Go(func() { b.ask(t, slowReader{httptest.NewRecorder(), reads, on}, i/2) })
	}
	for range atOnce {
		<-reads
	}
	w := httptest.NewRecorder()
	b.ask(t, w, 0)
	wantProblem(t, reply{Asked: "a third time", Status: strconv.Itoa(w.Code), StatusCode: w.Code, Header: w.Header()}, w.Body.String(), http.StatusTooManyRequests, "many stations")
	if after, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || after < 1 {
		t.Errorf("it is told to come again after %q", w.Header().Get("Retry-After"))
	}
	next := make(chan struct{})
	waits := httptest.NewRecorder()
	go func() { defer close(next); b.ask(t, waits, 19) }()
	select {
	case <-next:
		t.Errorf("it did not wait: %d", waits.Code)
	case on <- struct{}{}: // one has read
	}
	<-next
	if waits.Code != http.StatusOK {
		t.Errorf("who waited gets %d", waits.Code)
	}
	close(on)
	slow.Wait()
}

// nowhere takes an answer and keeps none of it.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return io.Discard.Write(p) }
func (n nowhere) WriteHeader(int)             {}

// BenchmarkBundle is one station's turn when all get a bundle as large as there may be.
func BenchmarkBundle(b *testing.B) {
	const stations = 1000
	h, _ := many(b, stations, wire.MaxBundleBytes)
	b.ReportAllocs()
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			h.ask(b, nowhere{http.Header{}}, int(next.Add(1))%stations)
		}
	})
}
