package dockday_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/internal/printaudit"
	"waybill/internal/process"
	"waybill/printer/virtual"
	"waybill/scanner"
	gun "waybill/scanner/virtual"
)

// TestADayAtTheDock has PARCELS parcels labelled and handed over by SEED, and
// holds the books against each other.
func TestADayAtTheDock(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes until a full minute has passed")
	}
	if runtime.GOOS == "windows" {
		t.Skip("kills processes as Unix does, and needs pseudo terminals")
	}
	d := newDay(t, process.Number(t, "PARCELS", 100), uint64(process.Number(t, "SEED", 1)))
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	d.open(ctx, t)
	d.run(ctx)
	b := d.close(ctx, t)
	for _, c := range append(d.trouble, b.judge()...) {
		t.Error(c)
	}
	if t.Failed() {
		t.Logf("the end of the station's log:\n%s\nand of the hub's:\n%s", d.station.Tail(), d.hub.Tail())
	}
	d.tell(t, b, time.Since(began))
	if !t.Failed() {
		b.spoil(t)
	}
}

// The carriers of the day, and the service by which orders ask for them. The
// last one's driver comes late.
var carriers = []struct{ id, service string }{
	{"ups", "ups_ground"}, {"usps", "usps_ground_advantage"}, {"yunexpress", "yunexpress_standard"},
}

// cutoffCarrier is who takes no parcels any more from some minute of the day on.
const cutoffCarrier = "usps"

// The day's course, in percent of the parcels that have left.
const (
	hubGoes    = 20 // of a day of ten hours, the hub is away for four
	firstCrash = 35 // while the hub is away
	lateDriver = 40
	hubReturns = 60
	lastCrash  = 75
)

// stuck is how long nothing may leave before the day is given up.
const stuck = 2 * time.Minute

// A day is everything at the dock.
type day struct {
	parcels      int
	seed         uint64
	wrongPercent int
	patience     time.Duration // how long a person waits for the beep

	dir          string
	station, hub *process.Process
	config       string // the station's, without cut-offs
	zone         *time.Location
	printers     []printer
	docks        []*dock

	running    sync.RWMutex  // held for writing while the station is down
	down       chan struct{} // closed when it goes down; guarded by running
	unanswered atomic.Int64
	waits      atomic.Int64 // answers that came late, or after a bad beep for what was right
	gone       atomic.Int64
	early      shelf // labelled, and their driver is not there
	late       atomic.Bool
	voided     shelf
	behind     int   // parcels that nobody scans
	behindAll  shelf // those
	kept       shelf // taken off a pick-up again, for good
	returned   shelf // taken back after the pick-up was closed
	undone     atomic.Int64

	mu      sync.Mutex
	trouble []string
	scanned []parcel // what has left, as the docks have it
	orders  []printaudit.Order
	sent    chan parcel
}

type printer struct{ name, serial, dir string }

func newDay(t *testing.T, parcels int, seed uint64) *day {
	t.Helper()
	return &day{zone: noon(t), parcels: parcels, seed: seed, wrongPercent: max(5, 1500/parcels), patience: 30 * time.Second, down: make(chan struct{}), dir: t.TempDir(), behind: 3, sent: make(chan parcel, parcels)}
}

// noon returns a time zone in which it is about noon, so that no day of the
// station ends on the way.
func noon(t *testing.T) *time.Location {
	t.Helper()
	name := "Etc/GMT"
	if ahead := 12 - time.Now().UTC().Hour(); ahead != 0 {
		name = fmt.Sprintf("Etc/GMT%+d", -ahead) // the names count the other way round
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func (d *day) complain(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble = append(d.trouble, fmt.Sprintf(format, args...))
}

func (d *day) randomness(part uint64) *rand.Rand { return rand.New(rand.NewPCG(d.seed, part)) }

func (d *day) oneVoided(rnd *rand.Rand) []byte { return d.voided.one(rnd) }

func (d *day) oneTooEarly(rnd *rand.Rand) []byte {
	if d.late.Load() {
		return nil
	}
	return d.early.one(rnd)
}

func (d *day) left(p parcel) {
	d.mu.Lock()
	d.scanned = append(d.scanned, p)
	d.mu.Unlock()
	d.gone.Add(1)
}

const template = `name: small
about: A small label.
size_mm: [60, 25]
elements:
  - {name: bars, kind: barcode, symbology: code128, at: [1, 3], width: 58, height: 15, align: centre, value: tracking_number}
`

// open switches everything on.
func (d *day) open(ctx context.Context, t *testing.T) {
	t.Helper()
	bin := process.Build(t, nil)
	var lines strings.Builder
	for i := range 3 {
		p := printer{fmt.Sprintf("bench-%d", i+1), fmt.Sprintf("DOCKDAY%d", i+1), filepath.Join(d.dir, fmt.Sprintf("paper-%d", i+1))}
		v := virtual.New(virtual.Options{Listen: "127.0.0.1:0", Dir: p.dir, Serial: p.serial, PerLabel: 30 * time.Millisecond})
		ended := make(chan error, 1)
		pctx, stop := context.WithCancel(context.WithoutCancel(ctx))
		go func() { ended <- v.Run(pctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
		})
		<-v.Ready()
		d.printers = append(d.printers, p)
		fmt.Fprintf(&lines, "  - {name: %s, driver: zpl, link: \"tcp://%s\", roles: [shipping], dpi: 203}\n", p.name, v.Addr())
	}
	lines.WriteString("scanners:\n")
	profile, _ := scanner.ProfileNamed("ack_nak")
	for i := range 2 {
		g, err := gun.Open(gun.Options{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = g.Close() })
		name := fmt.Sprintf("dock-%d", i+1)
		d.docks = append(d.docks, &dock{name: name, gun: g, rand: d.randomness(uint64(10 + i)), day: d, wrong: map[string]int{}, next: 5 * i})
		fmt.Fprintf(&lines, "  - {name: %s, driver: %s, address: %q, baud: 115200, role: dock, profile: ack_nak}\n", name, g.Driver(), g.Address())
	}
	addrs := process.FreeAddrs(t, 2)
	hubAddr, addr := addrs[0], addrs[1]
	d.config = fmt.Sprintf("station: dock\nlisten: %s\ntime_zone: %s\ndata: data\ntemplate: small\ntemplates: templates\nintake: {dir: orders}\n"+
		"hub: {url: \"http://%s\", max_backoff: 1s, lease_block: 1000, low_water: 500}\nprinters:\n%s", addr, d.zone, hubAddr, lines.String())
	d.hub = process.New(t, bin, "hub", filepath.Join(d.dir, "hub"), hubAddr, map[string]string{"hub.yaml": "listen: " + hubAddr + "\ndata: data\n"})
	d.station = process.New(t, bin, "station", filepath.Join(d.dir, "station"), addr, map[string]string{
		"templates/small.yaml": template,
		"station.yaml":         d.config,
	})
	if err := errors.Join(d.hub.Up(ctx, "/healthz"), d.up(ctx)); err != nil {
		t.Fatal(err)
	}
	for _, c := range carriers[:2] {
		d.pickUp(ctx, c.id)
	}
}

// pickUp opens a carrier's pick-up, as a person does when the driver is there.
func (d *day) pickUp(ctx context.Context, carrier string) {
	if status, text, err := d.station.Call(ctx, http.MethodPost, "/v1/handoffs", []byte(`{"carrier":"`+carrier+`"}`)); err != nil || status != http.StatusCreated {
		d.complain("pick-up of %s: %d %s %v", carrier, status, text, err)
	}
}

// run is the day.
func (d *day) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var packing, scanning sync.WaitGroup
	packing.Go(func() { d.pack(ctx) })
	packing.Go(func() { d.course(ctx) })
	for _, k := range d.docks {
		scanning.Go(func() { k.work(ctx, d.sent) })
	}
	packing.Wait()
	close(d.sent)
	scanning.Wait()
}

// expected is how many parcels are to leave.
func (d *day) expected() int { return d.parcels - d.behind - d.voids() - d.kept.count() }

// voids is how many labels are taken back: every fiftieth.
func (d *day) voids() int { return (d.parcels + 49) / 50 }

// pack hands the orders in, waits for their labels and puts them on the belt.
func (d *day) pack(ctx context.Context) {
	rnd := d.randomness(1)
	var benches sync.WaitGroup
	orders := make(chan int)
	for range 12 {
		benches.Go(func() {
			for i := range orders {
				d.one(ctx, i)
			}
		})
	}
	order := rnd.Perm(d.parcels)
	slices.SortStableFunc(order, func(a, b int) int { // what is forgotten has its label before the cut-off
		return cmp.Compare(d.forgets(b), d.forgets(a))
	})
	for _, i := range order {
		orders <- i
	}
	close(orders)
	benches.Wait()
}

// forgets is 1 for the parcels that nobody scans, one of each carrier.
func (d *day) forgets(i int) int {
	if i >= 1 && i <= d.behind {
		return 1
	}
	return 0
}

// one brings order i from its document to the belt.
func (d *day) one(ctx context.Context, i int) {
	c := carriers[i%len(carriers)]
	p := parcel{order: fmt.Sprintf("DAY-%06d", i), carrier: c.id}
	p.id = p.order + "-1"
	if err := d.order(ctx, p.order, c.service, 150+i*37%1900); err != nil {
		d.complain("%v", err)
		return
	}
	d.mu.Lock()
	d.orders = append(d.orders, printaudit.Order{ID: p.order, Labels: 1})
	d.mu.Unlock()
	var err error
	if p.number, err = d.labelled(ctx, p.order); err != nil {
		d.complain("%v", err)
		return
	}
	switch {
	case i%50 == 0: // its label is taken back
		d.ask(ctx, "/v1/orders/"+p.order+"/void", `{"reason":"the buyer thought better of it"}`)
		d.voided.put(p)
	case d.forgets(i) > 0: // on the shelf
		d.behindAll.put(p)
	case c.id == carriers[2].id && !d.late.Load():
		d.early.put(p)
	default:
		d.sent <- p
	}
}

// ask posts until the station answers.
func (d *day) ask(ctx context.Context, path, body string) (status int, text []byte) {
	for deadline := time.Now().Add(stuck); time.Now().Before(deadline); {
		status, text, err := d.station.Call(ctx, http.MethodPost, path, []byte(body))
		if err == nil && status < http.StatusInternalServerError {
			if status >= http.StatusBadRequest {
				d.complain("POST %s: %d %s", path, status, text)
			}
			return status, text
		}
		if err == nil {
			d.complain("POST %s: %d %s", path, status, text)
		}
		if !process.Wait(ctx, 100*time.Millisecond) {
			return 0, nil
		}
	}
	d.complain("POST %s: no answer", path)
	return 0, nil
}

func (d *day) order(ctx context.Context, id, service string, grams int) error {
	to := map[string]any{"name": "Ann Other", "line1": "350 5th Ave", "city": "New York", "region": "NY", "postal_code": "10118", "country": "US", "phone": "+12025550137"}
	if service == carriers[2].service {
		to = map[string]any{"name": "Ann Other", "line1": "290 Bremner Blvd", "city": "Toronto", "region": "ON", "postal_code": "M5V 3L9", "country": "CA", "phone": "+14165550137"}
	}
	body, err := json.Marshal(map[string]any{
		"order_id": id, "ship_to": to, "service": service,
		"items": []any{map[string]any{"sku": "S-1", "title": "Sample", "quantity": 1, "unit_price": map[string]any{"amount": 1999, "currency": "USD"}, "weight_g": grams, "hs_code": "610910", "origin_country": "US"}},
	})
	if err != nil {
		return err
	}
	status, text := d.ask(ctx, "/v1/orders", string(body))
	if status != http.StatusCreated && status != http.StatusOK {
		return fmt.Errorf("order %s: the station answers %d: %s", id, status, text)
	}
	return ctx.Err()
}

// labelled waits until the order's label is on paper, and returns its number.
func (d *day) labelled(ctx context.Context, id string) (string, error) {
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); {
		_, text, err := d.station.Call(ctx, http.MethodGet, "/v1/orders/"+id, nil)
		var o struct {
			Stage   string
			Parcels []struct {
				TrackingNumber string `json:"tracking_number"`
				Job            string
			}
		}
		if err == nil && json.Unmarshal(text, &o) == nil && len(o.Parcels) == 1 {
			switch o.Stage {
			case "printed":
				return o.Parcels[0].TrackingNumber, nil
			case "unconfirmed": // nobody can say, so a person looks; the scan at the dock would prove it as well
				d.ask(ctx, "/v1/jobs/"+o.Parcels[0].Job+"/resolve", `{"outcome":"printed"}`)
			}
		}
		if !process.Wait(ctx, 50*time.Millisecond) {
			return "", ctx.Err()
		}
	}
	return "", fmt.Errorf("order %s has no label after ten minutes", id)
}

// course is what happens in the day, in its order.
func (d *day) course(ctx context.Context) {
	for _, step := range []struct {
		at int
		do func()
	}{
		{hubGoes, func() { d.hub.Stop(os.Kill) }},
		{firstCrash, func() { d.crash(ctx, d.setCutoff) }},
		{lateDriver, func() {
			d.pickUp(ctx, carriers[2].id)
			d.late.Store(true)
			d.bringEarly()
		}},
		{hubReturns, func() {
			if err := d.hub.Up(ctx, "/healthz"); err != nil {
				d.complain("%v", err)
			}
		}},
		{lastCrash, func() { d.crash(ctx, func() {}) }},
		{100, d.bringEarly}, // one put there while the driver came
	} {
		moved, last := time.Now(), d.gone.Load()
		for d.gone.Load()*100 < int64(step.at*d.expected()) {
			if d.late.Load() {
				d.bringEarly()
			}
			if now := d.gone.Load(); now != last {
				moved, last = time.Now(), now
			}
			if time.Since(moved) > stuck {
				d.complain("nothing has left for %s; %d of %d have", stuck, last, d.expected())
				return
			}
			if !process.Wait(ctx, 20*time.Millisecond) || d.wentWrong() {
				return
			}
		}
		step.do()
	}
}

func (d *day) bringEarly() {
	for _, p := range d.early.take() {
		d.sent <- p
	}
}

// wentWrong ends a day early of which enough is known.
func (d *day) wentWrong() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.trouble) > 10
}

// crash kills the station in the middle of its work and starts it again; meanwhile
// is what somebody does before.
func (d *day) crash(ctx context.Context, meanwhile func()) {
	d.station.Stop(os.Kill)
	close(d.down)
	d.running.Lock()
	defer d.running.Unlock()
	d.down = make(chan struct{})
	meanwhile()
	// The machine comes back and finds its devices anew. (A simulated line would
	// also stay claimed by the dead process, which a real one does not.)
	for _, k := range d.docks {
		if err := errors.Join(k.gun.Unplug(), k.gun.Plug()); err != nil {
			d.complain("%s: %v", k.name, err)
		}
	}
	if err := d.up(ctx); err != nil {
		d.complain("%v", err)
	}
}

func (d *day) tell(t *testing.T, b *books, took time.Duration) {
	t.Helper()
	wrong, kinds := 0, map[string]int{}
	for _, k := range d.docks {
		for name, n := range k.wrong {
			wrong, kinds[name] = wrong+n, kinds[name]+n
		}
	}
	for _, m := range mistakes() {
		t.Logf("%6d × %s", kinds[m.name], m.name)
		if kinds[m.name] == 0 && d.parcels >= 500 {
			t.Errorf("nobody scanned %s", m.name)
		}
	}
	if lost := d.unanswered.Load(); lost > int64(3*d.station.Kills()) {
		t.Errorf("%d scans were not answered; two docks and %d crashes make a few", lost, d.station.Kills())
	}
	if waits, slow := d.waits.Load(), strings.Count(d.station.Log(), "a scan is not stored yet: the disk is slow"); waits > int64(slow) {
		t.Errorf("%d answers were late or came after a bad beep, and the disk was slow %d times", waits, slow)
	}
	if d.undone.Load() == 0 || len(b.kept) == 0 {
		t.Errorf("%d parcels were taken off a pick-up, %d of them for good; there should be some", d.undone.Load(), len(b.kept))
	}
	t.Logf("seed %d, %s: %d orders, %d left, %d voided, %d left behind, %d undone at the dock (%d for good), %d taken back by a correction; %d missed the cut-off; %d wrong scans, %d scans without an answer; the station killed %d times, the hub %d times",
		d.seed, took.Round(time.Second), len(d.orders), len(d.scanned), d.voids(), d.behind-1, d.undone.Load(), len(b.kept), len(b.returned), b.days[cutoffCarrier].Missed, wrong, d.unanswered.Load(), d.station.Kills(), d.hub.Kills())
	t.Log(b.figures())
}
