package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"waybill/labels"
	"waybill/labels/verify"
	"waybill/labels/zplview"
	"waybill/printer/virtual"
	"waybill/scanner"
	scannervirtual "waybill/scanner/virtual"
	"waybill/shipment"
	"waybill/sync/journal"
)

// binary builds the program under test once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "waybill-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "waybill")
	out, err := exec.Command("go", "build", "-o", bin, "waybill/cmd/waybill").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

// TestTwoHundredOrders drops two hundred orders at once into the hot folder of
// a real station with a real hub, and counts on the printer's and the hub's
// side.
func TestTwoHundredOrders(t *testing.T) { twoHundred(t, 0) }

// TestTwoHundredOrdersSurviveKills does the same while station and hub are
// killed at ten random moments.
func TestTwoHundredOrdersSurviveKills(t *testing.T) { twoHundred(t, 10) }

func twoHundred(t *testing.T, kills int) {
	if testing.Short() {
		t.Skip("runs real processes for half a minute")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	r := newRig(t)
	orders := sampleOrders(200)
	r.start(t)
	r.dropAll(t, orders)

	packed := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	go func() { packed <- r.pack(ctx) }()
	r.kill(ctx, t, kills)
	r.awaitEnd(ctx, t, orders)
	cancel()
	if err := <-packed; err != nil {
		t.Fatal(err)
	}
	r.count(t, orders)
}

// A rig is one station and one hub as real processes, a virtual printer and a
// simulated scanner.
type rig struct {
	dir, inbox, bin   string
	hubURL, stationAt string
	printer           *virtual.Printer
	scanner           *scannervirtual.Scanner
	hub, station      *process
	rescans, beeps    atomic.Int64
}

func newRig(t *testing.T) *rig {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r := &rig{dir: dir, inbox: filepath.Join(dir, "orders"), bin: bin}
	r.printer = virtual.New(virtual.Options{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "printer"), PerLabel: 2 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.printer.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("virtual printer: %v", err)
		}
	})
	<-r.printer.Ready()
	if r.scanner, err = scannervirtual.Open(scannervirtual.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.scanner.Close() })
	hubAt := freeAddr(t)
	r.stationAt, r.hubURL = freeAddr(t), "http://"+hubAt
	r.hub = r.process(t, "hub", fmt.Sprintf("listen: %s\ndata: hub-data\nlog_level: warn\n", hubAt))
	r.station = r.process(t, "station", fmt.Sprintf(`station: bench-7
listen: %s
data: station-data
intake: {dir: orders, rescan: 250ms}
printers: [{name: bench, driver: zpl, link: "tcp://%s", roles: [shipping], dpi: 203}]
scanners: [{name: dock, driver: %s, address: "%s", role: dock, profile: ack_nak}]
hub: {url: "%s", max_backoff: 1s}
log_level: warn
`, r.stationAt, r.printer.Addr(), r.scanner.Driver(), r.scanner.Address(), r.hubURL))
	return r
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A process is a daemon that is started again after it was killed.
type process struct {
	name, bin, config string
	log               *os.File
	mu                sync.Mutex
	cmd               *exec.Cmd
}

func (r *rig) process(t *testing.T, name, config string) *process {
	t.Helper()
	p := &process{name: name, bin: r.bin, config: filepath.Join(r.dir, name+".yaml")}
	if err := os.WriteFile(p.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(r.dir, name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	p.log = log
	t.Cleanup(func() {
		p.end(syscall.SIGTERM)
		log.Close()
		if t.Failed() {
			if text, err := os.ReadFile(log.Name()); err == nil {
				t.Logf("%s says:\n%s", name, tail(text, 6000))
			}
		}
	})
	return p
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = exec.Command(p.bin, p.name, "--config", p.config)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	return p.cmd.Start()
}

// end sends sig and waits until the process is gone.
func (p *process) end(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(sig)
	_ = p.cmd.Wait()
	p.cmd = nil
}

func (r *rig) start(t *testing.T) {
	t.Helper()
	for _, p := range []*process{r.hub, r.station} {
		if err := p.start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, url := range []string{r.hubURL + "/readyz", "http://" + r.stationAt + "/readyz"} {
		if !eventually(t.Context(), 20*time.Second, func() bool { status, _ := get(url); return status == http.StatusOK }) {
			t.Fatalf("%s does not answer", url)
		}
	}
}

// kill kills station, hub or both at random moments and starts them again.
func (r *rig) kill(ctx context.Context, t *testing.T, times int) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range times {
		wait(ctx, time.Duration(200+rnd.IntN(2200))*time.Millisecond)
		victims := [][]*process{{r.station}, {r.hub}, {r.station, r.hub}}[rnd.IntN(3)]
		for _, p := range victims {
			p.end(syscall.SIGKILL)
			t.Logf("kill %d: %s, %d labels on paper", i+1, p.name, len(r.printer.Labels()))
		}
		wait(ctx, time.Duration(rnd.IntN(500))*time.Millisecond)
		for _, p := range victims {
			if err := p.start(); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
		}
	}
}

// dropAll drops half of the orders as one file of lines and the others as files
// of their own.
func (r *rig) dropAll(t *testing.T, orders []sample) {
	t.Helper()
	if err := os.MkdirAll(r.inbox, 0o750); err != nil { // the station may be about to make it
		t.Fatal(err)
	}
	var lines bytes.Buffer
	for i, o := range orders {
		if i%2 == 0 {
			lines.Write(o.json)
			lines.WriteByte('\n')
			continue
		}
		write(t, filepath.Join(r.inbox, fmt.Sprintf("order-%03d.json", i)), o.json)
	}
	write(t, filepath.Join(r.inbox, "many.jsonl"), lines.Bytes())
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path+".tmp", data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		t.Fatal(err)
	}
}

// pack is the packer: takes each label out of the printer's tray, reads it, and
// scans it until the scanner beeps.
func (r *rig) pack(ctx context.Context) error {
	for done := 0; ctx.Err() == nil; {
		all := r.printer.Labels()
		if len(all) <= done {
			wait(ctx, 5*time.Millisecond)
			continue
		}
		code, err := r.read(all[done].N)
		if err != nil {
			return err
		}
		if err := r.beep(ctx, string(code.TrackingNumber)); err != nil {
			return err
		}
		done++
	}
	return nil
}

// read returns what label n's own code says. On every tenth label the bars are
// read too and held against it: looking for them takes a while.
func (r *rig) read(n int) (shipment.LabelCode, error) {
	zpl, err := os.ReadFile(filepath.Join(r.dir, "printer", fmt.Sprintf("%06d.zpl", n)))
	if err != nil {
		return shipment.LabelCode{}, err
	}
	seen, err := zplview.Render(zpl, labels.DPI203)
	if err != nil {
		return shipment.LabelCode{}, err
	}
	part := seen.Dots
	if n%10 != 1 { // the foot, where the code stands
		part = part.Crop(0, part.H*4/5, part.W, part.H/5)
	}
	found, err := verify.Decode(part)
	if err != nil {
		return shipment.LabelCode{}, err
	}
	var code shipment.LabelCode
	bars := ""
	for _, f := range found {
		if f.Symbology == labels.QR {
			if code, err = shipment.ParseLabelCode(f.Text); err != nil {
				return code, err
			}
		} else {
			bars = f.Text
		}
	}
	if code.TrackingNumber == "" || n%10 == 1 && bars != string(code.TrackingNumber) {
		return code, fmt.Errorf("label %d: bars say %q, code says %q", n, bars, code.TrackingNumber)
	}
	return code, nil
}

// beep scans number until the scanner is told that it is right. A person scans
// again when nothing beeps.
func (r *rig) beep(ctx context.Context, number string) error {
	for ctx.Err() == nil {
		if err := r.scanner.Pull([]byte(number)); err == nil {
			select {
			case told := <-r.scanner.Signals():
				if told.Known && (told.Signal == scanner.Good || told.Signal == scanner.Warn) {
					r.beeps.Add(1)
					return nil
				}
			case <-time.After(1500 * time.Millisecond):
			case <-ctx.Done():
				return nil
			}
		}
		r.rescans.Add(1)
		wait(ctx, 50*time.Millisecond)
	}
	return nil
}

// awaited is how long all orders may take on a busy machine.
const awaited = 3 * time.Minute

// awaitEnd waits until the hub knows the end of every order.
func (r *rig) awaitEnd(ctx context.Context, t *testing.T, orders []sample) {
	t.Helper()
	var left []shipment.OrderID
	if !eventually(ctx, awaited, func() bool {
		ended := r.ended(t)
		left = nil
		for _, o := range orders {
			if ended[o.id] == 0 {
				left = append(left, o.id)
			}
		}
		wait(ctx, 200*time.Millisecond)
		return len(left) == 0
	}) {
		for _, id := range left[:min(3, len(left))] {
			_, body := get("http://" + r.stationAt + "/v1/orders/" + string(id))
			t.Logf("station about %s: %s", id, body)
		}
		t.Fatalf("%d of %d orders have not ended; %d labels on paper, %d good beeps, %d scans repeated",
			len(left), len(orders), len(r.printer.Labels()), r.beeps.Load(), r.rescans.Load())
	}
}

// events returns what the hub holds of each order, by event type, and whose each
// tracking number is.
func (r *rig) events(t *testing.T) (all map[shipment.OrderID]map[string]int, numbers map[string]shipment.OrderID) {
	t.Helper()
	all, numbers = map[shipment.OrderID]map[string]int{}, map[string]shipment.OrderID{}
	for id := range r.orders(t) {
		status, body := get(r.hubURL + "/v1/shipments/" + string(id))
		if status != http.StatusOK {
			t.Fatalf("hub answers %d for %s: %s", status, id, body)
		}
		var s struct {
			Parcels []struct {
				TrackingNumber string `json:"tracking_number"`
			} `json:"parcels"`
			Timeline []struct {
				Type string `json:"type"`
			} `json:"timeline"`
		}
		if err := json.Unmarshal(body, &s); err != nil {
			t.Fatal(err)
		}
		all[id] = map[string]int{}
		for _, e := range s.Timeline {
			all[id][e.Type]++
		}
		for _, p := range s.Parcels {
			numbers[p.TrackingNumber] = id
		}
	}
	return all, numbers
}

// orders returns the orders the hub knows and whether they have ended.
func (r *rig) orders(t *testing.T) map[shipment.OrderID]bool {
	t.Helper()
	status, body := get(r.hubURL + "/v1/shipments?limit=500")
	if status != http.StatusOK {
		return nil // the hub is being killed
	}
	var list struct {
		Shipments []struct {
			OrderID   shipment.OrderID `json:"order_id"`
			Milestone string           `json:"milestone"`
			Rejected  json.RawMessage  `json:"rejected"`
			Held      json.RawMessage  `json:"held"`
		} `json:"shipments"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	ended := map[shipment.OrderID]bool{}
	for _, s := range list.Shipments {
		ended[s.OrderID] = s.Milestone == "handed_over" || len(s.Rejected) > 0 && string(s.Rejected) != "null"
	}
	return ended
}

func (r *rig) ended(t *testing.T) map[shipment.OrderID]int {
	t.Helper()
	n := map[shipment.OrderID]int{}
	for id, done := range r.orders(t) {
		if done {
			n[id]++
		}
	}
	return n
}

// count checks that each order ended once: as one label on paper, one scan and
// one hand-off at the hub, or as one refusal that says why.
func (r *rig) count(t *testing.T, orders []sample) {
	t.Helper()
	told, numbers := r.events(t)
	paper := map[shipment.OrderID]int{}
	for _, l := range r.printer.Labels() {
		code, err := r.read(l.N)
		if err != nil {
			t.Fatal(err)
		}
		if owner := numbers[string(code.TrackingNumber)]; owner != code.Order {
			t.Errorf("label %d is of order %s under %s, which the hub has for order %q", l.N, code.Order, code.TrackingNumber, owner)
		}
		paper[code.Order]++
	}
	printed, refused := 0, 0
	for _, o := range orders {
		got := told[o.id]
		if o.bad {
			refused++
			if paper[o.id] != 0 || got["order.rejected"] != 1 || got["parcel.handed_over"] != 0 {
				t.Errorf("bad order %s: %d labels, hub has %v", o.id, paper[o.id], got)
			}
			continue
		}
		printed++
		if paper[o.id] != 1 || got["label.printed"] != 1 || got["parcel.scanned"] != 1 || got["parcel.handed_over"] != 1 || got["order.rejected"] != 0 {
			t.Errorf("order %s: %d labels, hub has %v", o.id, paper[o.id], got)
		}
	}
	r.station.end(syscall.SIGTERM)
	j, err := journal.OpenReadOnly(t.Context(), filepath.Join(r.dir, "station-data", "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	report, err := j.Verify(t.Context())
	if err != nil {
		t.Fatalf("journal: %v", err)
	}
	t.Logf("%d printed, %d refused, %d scans repeated; journal %+v", printed, refused, r.rescans.Load(), report)
}
