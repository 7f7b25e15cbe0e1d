package main_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/agent"
	"waybill/shipment"
	"waybill/sync/journal"
)

// BenchmarkStationStart holds how long a station takes, from its process's start
// until it is ready, whose journal has many events, and how much memory it has then,
// and at most. EVENTS is how many; to every eighth there is an order in the journal.
// Its hub is away, so that every event is still to be sent. It was stopped in order,
// and then killed, in turn.
func BenchmarkStationStart(b *testing.B) {
	events, err := strconv.Atoi(cmp.Or(os.Getenv("EVENTS"), "20000"))
	if err != nil || events < 1 {
		b.Fatalf("EVENTS=%s: want a number", os.Getenv("EVENTS"))
	}
	bin, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	path := filepath.Join(dir, "data", "journal.db")
	fillJournal(b, path, events)
	at := freeAddr(b)
	p := &process{name: "station", bin: bin, config: filepath.Join(dir, "station.yaml")}
	config := fmt.Sprintf("station: bench-1\nlisten: %s\ndata: data\nintake: {dir: orders}\nhub: {url: \"http://%s\"}\nlog_level: error\n", at, freeAddr(b))
	if err := os.WriteFile(p.config, []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	if p.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		b.Fatal(err)
	}
	defer p.log.Close()
	defer p.end(syscall.SIGTERM)
	var took, cpu []time.Duration
	var atStart, later, own, most float64
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if err := p.start(); err != nil {
			b.Fatal(err)
		}
		awaitReady(b, "http://"+at+"/readyz")
		took = append(took, time.Since(began))
		cpu = append(cpu, processorTime(b, p))
		atStart = max(atStart, resident(b, p, "VmRSS"))
		b.StopTimer()
		wait(b.Context(), 5*time.Second) // it looks for its hub, and through its journal
		later, own, most = max(later, resident(b, p, "VmRSS")), max(own, resident(b, p, "RssAnon")), max(most, resident(b, p, "VmHWM"))
		p.end([]syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[i%2])
		b.StartTimer()
	}
	b.StopTimer()
	slices.Sort(took)
	slices.Sort(cpu)
	if info, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(info.Size())/(1<<20), "file-MiB")
	}
	b.ReportMetric(took[0].Seconds()*1000, "ready-least-ms")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "ready-p50-ms")
	b.ReportMetric(took[len(took)-1].Seconds()*1000, "ready-most-ms")
	b.ReportMetric(cpu[0].Seconds()*1000, "ready-least-cpu-ms")
	b.ReportMetric(atStart, "rss-ready-MiB")
	b.ReportMetric(later, "rss-MiB")
	b.ReportMetric(own, "rss-without-file-MiB") // what is not the program's own file, which the system drops where it needs the room
	b.ReportMetric(most, "rss-most-MiB")
}

// fillJournal makes a journal with as many events, and an order to every eighth.
func fillJournal(b *testing.B, path string, events int) {
	b.Helper()
	j, err := journal.Open(b.Context(), journal.Options{Path: path, Station: "bench-1", Location: time.UTC})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	at := time.Now()
	for n := 0; n < events; {
		if err := j.Update(b.Context(), func(tx *journal.Tx) error {
			for range min(1000, events-n) {
				id := shipment.OrderID(fmt.Sprint("57646141", 10_000_000+n/8))
				if n%8 == 0 {
					if err := putOrderOf(tx, id, at); err != nil {
						return err
					}
				}
				e, err := shipment.NewEvent(at, id, shipment.LabelPrinted{Parcel: shipment.ParcelID(id + "-1"), Job: "0193-4af2", Label: 1, Of: 1, Printer: "left", Evidence: "E3"})
				if err != nil {
					return err
				}
				if err := tx.Append(e); err != nil {
					return err
				}
				n++
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// putOrderOf keeps an order that has left long ago.
func putOrderOf(tx *journal.Tx, id shipment.OrderID, at time.Time) error {
	number := shipment.TrackingNumber("1Z" + string(id))
	s := agent.State{
		Order: shipment.Order{
			ID: id, ShipTo: shipment.Address{Name: "José Álvarez", Line1: "350 5th Ave", City: "New York", Region: "NY", PostalCode: "10118", Country: "US"},
			Items: []shipment.Item{{SKU: "MUG-BLUE", Quantity: 2}},
		},
		Carrier: "ups", Since: at, Parcels: []agent.Parcel{{ID: shipment.ParcelID(id + "-1"), TrackingNumber: number, HandedOver: at}},
	}
	return tx.Put("order", string(id), s, journal.Index{State: string(agent.HandedOver), Keys: []string{"parcel:" + string(id) + "-1", "number:" + string(number)}})
}

// awaitReady returns when url answers with 200.
func awaitReady(b *testing.B, url string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	c := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			b.Fatal(err)
		}
		if resp, err := c.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		wait(ctx, time.Millisecond)
	}
	b.Fatalf("%s does not answer", url)
}

// resident returns a figure of the memory that a process has, in MiB.
func resident(b *testing.B, p *process, figure string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == figure+":" {
			kib, err := strconv.Atoi(f[1])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kib) / 1024
		}
	}
	b.Fatalf("no %s of the process", figure)
	return 0
}

// processorTime returns how long a process has had a processor, to the hundredth of a
// second. On a busy machine it says more than the time of day.
func processorTime(b *testing.B, p *process) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the name before may have spaces
	ticks := 0
	for _, n := range f[11:13] { // utime and stime, proc_pid_stat(5)
		t, err := strconv.Atoi(n)
		if err != nil {
			b.Fatal(err)
		}
		ticks += t
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
