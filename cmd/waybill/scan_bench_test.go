//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
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
	"waybill/scanner"
	scannervirtual "waybill/scanner/virtual"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
)

// BenchmarkScanToBeep holds the time from a scan's last byte on a pseudo terminal
// to the beep command read back there, its decision being journalled in between,
// against what the same disk takes for one fsync: ten scanners, twenty scans a
// second each. SCANS is how many scans there are in all.
func BenchmarkScanToBeep(b *testing.B) {
	const scanners, every = 10, 50 * time.Millisecond
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
	bare := bareSyncs(b, filepath.Join(dir, "bare"), 200)
	for b.Loop() {
		times := shower(b, devices, total/scanners, every)
		bare = append(bare, bareSyncs(b, filepath.Join(dir, "bare"), 200)...)
		slices.Sort(bare)
		b.ReportMetric(millis(at(times, .5)), "p50-ms")
		b.ReportMetric(millis(at(times, .99)), "p99-ms")
		b.ReportMetric(millis(at(bare, .99)), "fsync-p99-ms")
		b.ReportMetric(millis(at(times, .99))/(1.3*millis(at(bare, .99))+1), "p99/bound")
	}
	stop()
	running.Wait()
}

// bareSyncs times n syncs of the disk.
func bareSyncs(b *testing.B, path string, n int) []time.Duration {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = syncs(b, f)
	}
	return times
}

// shower has each scanner read n labels and returns how long its beeps took.
func shower(b *testing.B, devices []*scannervirtual.Scanner, n int, every time.Duration) []time.Duration {
	b.Helper()
	var mu sync.Mutex
	var all []time.Duration
	var running sync.WaitGroup
	for i, d := range devices {
		running.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for k := range n {
				<-tick.C
				began := time.Now()
				if err := d.Pull(fmt.Appendf(nil, "no parcel %d of scanner %d", k, i)); err != nil {
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
	slices.Sort(all)
	return all
}
