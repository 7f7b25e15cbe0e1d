//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/spool"
	"waybill/printer/virtual"
	"waybill/sync/journal"
)

// A press is a desk and its spool at work on virtual printers, over a real journal
// and real sockets. Only the labels are not real.
type press struct {
	desk     *desk.Desk
	dir      string
	printers []*virtual.Printer

	first chan time.Time // told when a label's first byte is written
}

// labelOf returns a label of about the size of a shipping label.
func labelOf(text string) []byte {
	return fmt.Appendf(nil, "^XA^PW812^LL1218^FO20,20^A0N,30,30^FD%s^FS^FO20,60^GFA,8000,8000,100,%s^FS^XZ", text, bytes.Repeat([]byte("F0"), 4000))
}

// newPress starts the printers and the spool; they end with the benchmark. dead
// are further printers that take a connection and never answer.
func newPress(b *testing.B, good, dead int, perLabel time.Duration) *press {
	b.Helper()
	p := &press{dir: b.TempDir(), first: make(chan time.Time, 1)}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	log := slog.New(slog.DiscardHandler)
	j, err := journal.Open(ctx, journal.Options{Path: filepath.Join(p.dir, "journal.db"), Station: "bench-1", Location: time.UTC, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stop()
		running.Wait()
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	})
	var sp *spool.Spool
	p.desk = desk.New(desk.Options{
		Journal: j, Rules: agent.Rules{}, Now: time.Now, NewID: newID, Location: time.UTC, Log: log,
		RawRoles: []string{"shipping"}, Queued: func() { sp.Wake() }, Low: func() {},
	})
	config := func(name, address string) spool.Config {
		return spool.Config{Name: name, Roles: []string{"shipping"}, Driver: driver.All()["zpl"], Dial: p.dial(address), Link: "tcp://" + address}
	}
	var configs []spool.Config
	for i := range good {
		v := virtual.New(virtual.Options{Listen: "127.0.0.1:0", Dir: filepath.Join(p.dir, fmt.Sprint("paper", i)), PerLabel: perLabel, Serial: fmt.Sprint("V", i), Clients: 2})
		running.Go(func() {
			if err := v.Run(ctx); err != nil {
				b.Error(err)
			}
		})
		<-v.Ready()
		p.printers = append(p.printers, v)
		configs = append(configs, config(fmt.Sprint("good", i), v.Addr().String()))
	}
	for i := range dead {
		l, err := net.Listen("tcp", "127.0.0.1:0") // the system takes the connection, and nobody reads
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { l.Close() })
		configs = append(configs, config(fmt.Sprint("dead", i), l.Addr().String()))
	}
	sp = spool.New(spool.Options{Ledger: p.desk, Printers: configs, Log: log})
	running.Go(func() {
		if err := sp.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	<-sp.Ready()
	p.await(b, func() bool {
		clear := 0
		for _, s := range sp.Status() {
			if s.Status.Idle() {
				clear++
			}
		}
		return clear == good
	})
	return p
}

// dial returns the dialer to an address; what goes over it is watched.
func (p *press) dial(address string) printer.Dialer {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return &watched{c, p}, nil
	}
}

type watched struct {
	net.Conn
	press *press
}

func (w *watched) Write(data []byte) (int, error) {
	if bytes.HasPrefix(data, []byte("^XA")) {
		select {
		case w.press.first <- time.Now():
		default:
		}
	}
	return w.Conn.Write(data)
}

// queue queues copies of a label.
func (p *press) queue(b *testing.B, key string, copies int) {
	b.Helper()
	if _, err := p.desk.PrintRaw(b.Context(), desk.Raw{Key: key, Role: "shipping", Copies: copies, ZPL: labelOf(key)}); err != nil {
		b.Fatal(err)
	}
}

// idle reports whether nothing is left to print.
func (p *press) idle(b *testing.B) bool {
	jobs, err := p.desk.Pending(b.Context(), func(printer.Route) bool { return true }, 1)
	if err != nil {
		b.Fatal(err)
	}
	return len(jobs) == 0
}

// await waits for something.
func (p *press) await(b *testing.B, ok func() bool) {
	b.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Minute)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			b.Fatal("never")
		}
	}
}

// syncs times what the disk takes to make a page durable.
func syncs(b *testing.B, f *os.File) time.Duration {
	b.Helper()
	began := time.Now()
	if _, err := f.Write(make([]byte, 4096)); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// at returns the q-th part of the sorted times.
func at(times []time.Duration, q float64) time.Duration {
	return times[min(len(times)-1, int(q*float64(len(times))))]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkFirstByte holds how long an idle printer waits for the first byte of a
// label that was accepted, against what the same disk takes for one fsync.
func BenchmarkFirstByte(b *testing.B) {
	p := newPress(b, 1, 0, time.Millisecond)
	f, err := os.Create(filepath.Join(p.dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var waits, bare []time.Duration
	n := 0
	for b.Loop() {
		n++
		p.await(b, func() bool { return p.idle(b) })
		bare = append(bare, syncs(b, f))
		p.queue(b, fmt.Sprint("k", n), 1)
		accepted := time.Now()
		waits = append(waits, max(0, (<-p.first).Sub(accepted)))
	}
	slices.Sort(waits)
	slices.Sort(bare)
	b.ReportMetric(millis(at(waits, .5)), "p50-ms")
	b.ReportMetric(millis(at(waits, .99)), "p99-ms")
	b.ReportMetric(millis(at(bare, .5)), "fsync-p50-ms")
	b.ReportMetric(millis(at(bare, .99)), "fsync-p99-ms")
	b.ReportMetric(millis(at(waits, .99))/(1.5*millis(at(bare, .99))+2), "p99/bound")
}

// gaps returns how long a printer stood still from one label to the next.
func gaps(labels []virtual.Printed) (mean, p99 time.Duration) {
	all, still := make([]time.Duration, 0, len(labels)), time.Duration(0)
	for i := range len(labels) - 1 {
		all = append(all, labels[i+1].Began.Sub(labels[i].At))
		still += all[i]
	}
	slices.Sort(all)
	return still / time.Duration(len(all)), at(all, .99)
}

// alone has the first printer print n labels of one format that has all of it
// beforehand, past the spool: what it takes from one label to the next is its own.
func (p *press) alone(b *testing.B, n int) []virtual.Printed {
	b.Helper()
	before := len(p.printers[0].Labels())
	c, err := net.Dial("tcp", p.printers[0].Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	format := bytes.Replace(labelOf("alone"), []byte("^XZ"), fmt.Appendf(nil, "^PQ%d^XZ", n), 1)
	if _, err := c.Write(format); err != nil {
		b.Fatal(err)
	}
	p.await(b, func() bool { return len(p.printers[0].Labels()) == before+n })
	return p.printers[0].Labels()[before:]
}

// labelsWanted returns how many labels to print: few, for a run that only shows
// that it works, or LABELS.
func labelsWanted(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("LABELS"), "20"))
	if err != nil || n < 2 || n > 1000 {
		b.Fatalf("LABELS=%s: want 2 to 1000", os.Getenv("LABELS"))
	}
	return n
}

// BenchmarkFed holds how long a printer stands still between labels, of 152 mm
// and 3 mm of gap at 300 mm/s, and how much memory it takes.
func BenchmarkFed(b *testing.B) {
	n := labelsWanted(b)
	for _, c := range []struct {
		name         string
		jobs, copies int
		perLabel     time.Duration
	}{
		{"OneJob", 1, n, 517 * time.Millisecond / 10},
		{"JobsEach", n, 1, 517 * time.Millisecond / 10},
		{"JobsEachAtFullTime", max(10, n/16), 1, 517 * time.Millisecond},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				p := newPress(b, 1, 0, c.perLabel)
				b.StartTimer()
				for i := range c.jobs {
					p.queue(b, fmt.Sprint("k", i), c.copies)
				}
				p.await(b, func() bool { return p.idle(b) })
				labels := p.printers[0].Labels()
				if len(labels) != c.jobs*c.copies {
					b.Fatalf("%d labels on paper, want %d", len(labels), c.jobs*c.copies)
				}
				mean, worst := gaps(labels)
				alone, _ := gaps(p.alone(b, c.jobs*c.copies))
				b.ReportMetric(millis(mean), "gap-ms/label")
				b.ReportMetric(millis(worst), "gap-p99-ms")
				b.ReportMetric(millis(alone), "printer's-own-gap-ms/label")
				b.ReportMetric(100*float64(mean-alone)/float64(517*time.Millisecond), "%of-a-label-at-300mm/s")
			}
			b.ReportMetric(mostResident(b), "MiB-resident-at-most")
		})
	}
}

// BenchmarkIdlePrinters holds what 32 idle printers cost: the share of one
// processor, with the virtual printers' own share in it.
func BenchmarkIdlePrinters(b *testing.B) {
	for b.Loop() {
		newPress(b, 32, 0, time.Millisecond)
		wait := time.NewTimer(3 * time.Second) // until all have slowed down
		<-wait.C
		before, began := processorTime(b), time.Now()
		wait.Reset(5 * time.Second)
		<-wait.C
		b.ReportMetric(100*float64(processorTime(b)-before)/float64(time.Since(began)), "%cpu")
	}
}

// processorTime returns the time this process has computed.
func processorTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// mostResident returns the most memory this process has ever had, in MiB, with the
// virtual printers' and the benchmark's own.
func mostResident(b *testing.B) float64 {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	if runtime.GOOS == "darwin" { // bytes there, KiB elsewhere
		return float64(use.Maxrss) / (1 << 20)
	}
	return float64(use.Maxrss) / (1 << 10)
}

// BenchmarkOneDead holds whether three printers keep their speed beside a fourth
// of the same role that takes connections and never answers.
func BenchmarkOneDead(b *testing.B) {
	jobs := labelsWanted(b)
	run := func(dead int) time.Duration {
		p := newPress(b, 3, dead, 200*time.Millisecond)
		began := time.Now()
		for i := range jobs {
			p.queue(b, fmt.Sprint("k", i), 1)
		}
		p.await(b, func() bool { return p.idle(b) })
		return time.Since(began)
	}
	for b.Loop() {
		alone, beside := min(run(0), run(0)), min(run(1), run(1))
		b.ReportMetric(float64(jobs)/alone.Seconds(), "labels/s")
		b.ReportMetric(float64(jobs)/beside.Seconds(), "labels/s-beside-dead")
		b.ReportMetric(alone.Seconds()/beside.Seconds(), "speed-kept")
	}
}
