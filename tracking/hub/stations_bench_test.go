package hub_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// hubDir, when set, makes the test binary the hub that BenchmarkStations measures:
// a process of its own, so that its memory is the hub's and not the stations'.
const hubDir = "WAYBILL_BENCH_HUB_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(hubDir); dir != "" {
		if err := serveStations(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveStations is a hub for STATIONS, by TLS and with tokens. It says where, and
// goes on until its standard input ends.
func serveStations(dir string) error {
	stations, err := strconv.Atoi(os.Getenv("STATIONS"))
	if err != nil {
		return err
	}
	s, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	srv := httptest.NewUnstartedServer(nil)
	o := hub.Options{Store: s, Addr: srv.Listener.Addr(), APITokens: []string{hashOf("reader")}, StationTokens: map[shipment.StationID]string{}}
	for i := range stations {
		o.StationTokens[station(i)] = hashOf(fmt.Sprint("token-", i))
	}
	if srv.Config.Handler, err = hub.New(o); err != nil {
		return err
	}
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	srv.StartTLS()
	defer srv.Close()
	fmt.Println(srv.URL)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// BenchmarkStations has very many stations bring one event each now and then, as
// they do all day, for a while: STATIONS, one event in EVERY_MS, for SECONDS. It
// says how long they wait for their answers, how often they were told to come again
// later, and how much memory the hub came to.
func BenchmarkStations(b *testing.B) {
	stations, every, seconds := sized(b, "STATIONS", 500), sized(b, "EVERY_MS", 10_000), sized(b, "SECONDS", 3)
	for b.Loop() { // by the clock, so that it is not done again and again
		benchStations(b, stations, time.Duration(every)*time.Millisecond, time.Duration(seconds)*time.Second)
	}
}

func benchStations(b *testing.B, stations int, every, during time.Duration) {
	b.Helper()
	url, pid := hubOfItsOwn(b, stations)
	any := httptest.NewTLSServer(nil) // whose client trusts the certificate that all of these servers have
	defer any.Close()
	ctx, cancel := context.WithTimeout(b.Context(), during)
	defer cancel()
	var mu sync.Mutex
	var took []time.Duration
	away := 0
	var wg sync.WaitGroup
	for i := range stations {
		wg.Go(func() {
			// A connection of its own, as a station has.
			tr := any.Client().Transport.(*http.Transport).Clone()
			defer tr.CloseIdleConnections()
			client := &http.Client{Transport: tr}
			d := storetest.NewDesk(station(i), 1)
			tick := time.NewTimer(every * time.Duration(i) / time.Duration(stations))
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				tick.Reset(every)
				start := time.Now()
				again, err := bringUntilTaken(ctx, client, url, i, ndjson(storetest.Some(d, 1)))
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				took, away = append(took, time.Since(start)), away+again
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	reportStations(b, took, during, away, pid)
}

// hubOfItsOwn starts a hub in a process of its own.
func hubOfItsOwn(b *testing.B, stations int) (url string, pid int) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hubDir+"="+b.TempDir(), fmt.Sprint("STATIONS=", stations))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid
}

// bringUntilTaken brings one event, and comes again when it is told to; it says how
// often that was.
func bringUntilTaken(ctx context.Context, client *http.Client, url string, i int, body []byte) (away int, err error) {
	for {
		err := bring(client, url, i, body, 1)
		var later *laterError
		if !errors.As(err, &later) {
			return away, err
		}
		away++
		again := time.NewTimer(later.after)
		select {
		case <-ctx.Done():
			again.Stop()
			return away, nil
		case <-again.C:
		}
	}
}

// reportStations says how long the stations waited, and how much memory the hub
// came to at most.
func reportStations(b *testing.B, took []time.Duration, during time.Duration, away, pid int) {
	b.Helper()
	if len(took) == 0 {
		b.Fatal("no station came to its turn; give them more SECONDS")
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return took[int(share*float64(len(took)-1))].Seconds() * 1000
	}
	b.ReportMetric(float64(len(took))/during.Seconds(), "events/s")
	b.ReportMetric(at(.5), "p50-ms")
	b.ReportMetric(at(.99), "p99-ms")
	b.ReportMetric(float64(away), "sent-away")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return // the system does not tell
	}
	for line := range strings.Lines(string(status)) {
		kib, ok := strings.CutPrefix(line, "VmHWM:")
		if !ok {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), "kB"))); err == nil {
			b.ReportMetric(float64(n)/1024, "hub-peak-MiB")
		}
	}
}
