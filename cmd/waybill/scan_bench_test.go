//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/link"
	"waybill/scanner"
	scannervirtual "waybill/scanner/virtual"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
)

// scansEvery is how often each of ten scanners scans in BenchmarkScanToBeep.
const scansEvery = 50 * time.Millisecond

// inTurn is how many scans of each there are between two turns of the bare disk.
const inTurn = 20

// BenchmarkScanToBeep holds the time from a scan's last byte on a pseudo terminal
// to the beep command read back there, its decision being journalled in between,
// against what the same disk takes for one fsync at the same rate: ten scanners,
// twenty scans a second each. Beside it stands what the pseudo terminal takes alone, for
// bytes that come back at once. They scan independently of one another, as hands do,
// or all in the same instant, which is the worst they can. SCANS is how many scans
// there are in all.
func BenchmarkScanToBeep(b *testing.B) {
	const scanners = 10
	total, err := strconv.Atoi(cmp.Or(os.Getenv("SCANS"), "200"))
	if err != nil || total < scanners {
		b.Fatalf("SCANS=%s: want %d or more", os.Getenv("SCANS"), scanners)
	}
	dir := b.TempDir()
	log := slog.New(slog.DiscardHandler)
	j, err := journal.Open(b.Context(), journal.Options{Path: filepath.Join(dir, "journal.db"), Station: "bench-1", Location: time.UTC, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	st := &station{log: log, desk: desk.New(desk.Options{
		Journal: j, Rules: agent.Rules{Carriers: carrier.Default()}, Now: time.Now, NewID: newID, Location: time.UTC, Log: log, Queued: func() {}, Low: func() {},
	}), news: newDeviceNews()}
	devices := make([]*scannervirtual.Scanner, scanners)
	for i := range devices {
		if devices[i], err = scannervirtual.Open(scannervirtual.Options{}); err != nil {
			b.Fatal(err)
		}
		defer devices[i].Close()
		st.cfg.Scanners = append(st.cfg.Scanners, configs.Scanner{
			Name: fmt.Sprint("s", i), Driver: devices[i].Driver(), Address: devices[i].Address(), Role: string(scanner.Bench), Profile: "ack_nak",
		})
	}
	tasks, err := st.scanners()
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	for _, w := range tasks {
		running.Go(func() {
			if err := w.Run(ctx); err != nil {
				b.Error(err)
			}
		})
		<-w.Ready()
	}
	for _, together := range []bool{false, true} {
		b.Run(map[bool]string{false: "independent", true: "together"}[together], func(b *testing.B) {
			var times, bare, terminal []time.Duration
			echo := echoing(b)
			f, err := os.Create(filepath.Join(dir, "bare"))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			for b.Loop() {
				// In turns of a second, so that both meet the same disk.
				for left := total / scanners; left > 0; left -= inTurn {
					n := min(left, inTurn)
					times = append(times, shower(b, devices, len(times), n, together)...)
					bare = append(bare, bareSyncs(b, f, n*scanners)...)
					terminal = append(terminal, roundTrips(b, echo, n*scanners/4)...)
				}
			}
			slices.Sort(times)
			slices.Sort(bare)
			slices.Sort(terminal)
			bound := 1.3*millis(at(bare, .99)) + 1
			b.ReportMetric(millis(at(times, .5)), "p50-ms")
			b.ReportMetric(millis(at(times, .99)), "p99-ms")
			b.ReportMetric(millis(at(bare, .5)), "fsync-p50-ms")
			b.ReportMetric(millis(at(bare, .99)), "fsync-p99-ms")
			b.ReportMetric(millis(at(terminal, .5)), "terminal-p50-ms")
			b.ReportMetric(millis(at(terminal, .99)), "terminal-p99-ms")
			b.ReportMetric(millis(at(times, .99))/bound, "p99/bound")
		})
	}
	stop()
	running.Wait()
}

// bareSyncs times n syncs of the disk, as many a second as there are scans.
func bareSyncs(b *testing.B, f *os.File, n int) []time.Duration {
	b.Helper()
	tick := time.NewTicker(scansEvery / 10)
	defer tick.Stop()
	times := make([]time.Duration, n)
	for i := range times {
		<-tick.C
		times[i] = syncs(b, f)
	}
	return times
}

// echoing returns a scanner that hears a beep for all that it sends, at once.
func echoing(b *testing.B) *scannervirtual.Scanner {
	b.Helper()
	d, err := scannervirtual.Open(scannervirtual.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	port, err := link.OpenLine(link.Serial{Path: d.Address(), Baud: 9600, Bits: 8, Parity: "none", Stop: 1, Flow: link.NoFlow, Hearing: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { port.Close() })
	profile, _ := scanner.ProfileNamed("ack_nak")
	go func() { // ends with the port
		for buf := make([]byte, 512); ; {
			n, err := port.Read(buf)
			if err != nil {
				return
			}
			if buf[n-1] != '\r' { // the rest is to come
				continue
			}
			if _, err := port.Write(profile.Bytes(scanner.Bad)); err != nil {
				return
			}
		}
	}()
	return d
}

// roundTrips times n ways over a pseudo terminal and back, as many a second as there
// are scans.
func roundTrips(b *testing.B, d *scannervirtual.Scanner, n int) []time.Duration {
	b.Helper()
	tick := time.NewTicker(scansEvery / 10)
	defer tick.Stop()
	times := make([]time.Duration, n)
	for i := range times {
		<-tick.C
		began := time.Now()
		if err := d.Pull([]byte("no parcel")); err != nil {
			b.Fatal(err)
		}
		<-d.Signals()
		times[i] = time.Since(began)
	}
	return times
}

// shower has each scanner read n labels, numbered from first, and returns how long
// its beeps took. Where they do not scan together, the time between two scans varies
// by the half of itself.
func shower(b *testing.B, devices []*scannervirtual.Scanner, first, n int, together bool) []time.Duration {
	b.Helper()
	var mu sync.Mutex
	var all []time.Duration
	var running sync.WaitGroup
	start := time.Now()
	for i, d := range devices {
		running.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), uint64(first)))
			due := start
			for k := range n {
				due = due.Add(scansEvery)
				if !together {
					due = due.Add(time.Duration(random.Int64N(int64(scansEvery))) - scansEvery/2)
				}
				<-time.After(time.Until(due))
				began := time.Now()
				if err := d.Pull(fmt.Appendf(nil, "no parcel %d of scanner %d", first+k, i)); err != nil {
					b.Error(err)
					return
				}
				told := <-d.Signals()
				took := time.Since(began)
				if !told.Known || told.Signal != scanner.Bad { // it is no parcel of ours, and that is on disk
					b.Errorf("told %v", told)
				}
				mu.Lock()
				all = append(all, took)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return all
}
