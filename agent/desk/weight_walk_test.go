package desk_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scale"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/wire"
)

// TestAWeighingIsOfOneParcel packs at random over a real journal and a real scale
// watch, and holds against a model of the packer's world that knows nothing of
// claims, latches or steps:
//
//   - A weighing becomes the weight of one parcel at most, of the order that was in
//     hand when it came, or of the next one opened where none was.
//   - A load that is not taken off is weighed once, whatever the scale says meanwhile.
//   - What lay there while the scale was away, or when the desk started, is nobody's.
//   - A parcel that needs a weight has one when it is packed, and one event of it.
//   - Whatever has happened, there is a way on: a right weight that is put down
//     anew is taken.
//
// Each load has a weight of its own, so that a weight says which load it is of.
func TestAWeighingIsOfOneParcel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWeightWalk(t, rt)
		defer w.end()
		rt.Repeat(map[string]func(*rapid.T){
			"": func(rt *rapid.T) { w.rt = rt; w.see() },

			"put on": w.does(w.putOn), "exchange or take off": w.does(w.exchange), "trouble": w.does(w.trouble),
			"open": w.does(w.openAny), "open again": w.does(w.openAny), "next": w.does(w.next), "put aside and take up": w.does(w.asideAndBack), "item": w.does(w.item), "command": w.does(w.command),
			"close": w.does(func() { w.pulls("WBC:CLOSE") }), "label": w.does(w.labelAny), "page": w.does(w.page), "program": w.does(w.program),
		})
		for _, id := range w.orders {
			w.finish(id)
		}
	})
}

// A modelWeighing is what the model knows of a weighing.
type modelWeighing struct {
	order shipment.OrderID // it was put down for; empty: the next that is opened
	k     int              // its parcel
	over  bool             // it may become nobody's weight any more
	had   shipment.ParcelID
}

// A weightWalk is a packer's world: what lies on the scale, what is in hand, and
// what every weighing was for.
type weightWalk struct {
	*rig
	t      *testing.T
	rt     *rapid.T
	scale  *stagedScale
	orders []shipment.OrderID
	count  map[shipment.OrderID]int // parcels
	weigh  packing.Weigh

	load  shipment.Grams // on the scale; 0: none
	known bool           // the scale was seen with or without a load since the desk started
	empty bool           // it was seen empty since the last load
	last  shipment.Grams // the load that it saw last
	lies  *modelWeighing // the weighing of what lies there; nil: that counts for nobody

	hand     shipment.OrderID
	by       map[shipment.Grams]*modelWeighing
	standing map[shipment.ParcelID]shipment.Grams // from the scale
	weighed  map[shipment.ParcelID]bool           // told by an event
	packed   map[shipment.ParcelID]bool
	checked  map[shipment.ParcelID]bool
	after    wire.Position
}

func newWeightWalk(t *testing.T, rt *rapid.T) *weightWalk {
	t.Helper()
	w := &weightWalk{
		t: t, rt: rt, count: map[shipment.OrderID]int{}, by: map[shipment.Grams]*modelWeighing{}, standing: map[shipment.ParcelID]shipment.Grams{},
		weighed: map[shipment.ParcelID]bool{}, packed: map[shipment.ParcelID]bool{}, checked: map[shipment.ParcelID]bool{},
	}
	w.weigh = rapid.SampledFrom([]packing.Weigh{packing.WeighRequire, packing.WeighAsk}).Draw(rt, "weigh")
	checks := rapid.Bool().Draw(rt, "checks items")
	w.rig = bench(t, func(p *packing.Rules) {
		p.Weigh = w.weigh
		if !checks {
			p.Check, p.Boxes = packing.CheckOff, nil
		}
	})
	for _, id := range []shipment.OrderID{"A", "B"} {
		n := rapid.IntRange(1, 2).Draw(rt, "parcels")
		o := declared(string(id), slices.Repeat([]shipment.Grams{500}, n)...)
		if checks {
			o = goods(string(id), n)
			if rapid.Bool().Draw(rt, "all alike") {
				o = alike(string(id), n)
			}
		}
		if _, taken, err := w.TakeOrder(t.Context(), "a.json", o); err != nil || taken != agent.Accepted {
			rt.Fatalf("%s, error %v", taken, err)
		}
		w.orders, w.count[id] = append(w.orders, id), n
	}
	w.stage()
	w.pulls("WBC:BADGE:A-7")
	return w
}

func (w *weightWalk) stage() {
	w.scale = stage(w.t, w.Desk, func() time.Time { return w.now })
	w.scale.plugIn()
	w.settle(w.load)
}

func (w *weightWalk) end() {
	w.scale.stop()
	if err := w.journal.Close(); err != nil {
		w.t.Error(err)
	}
}

// does is an action that takes a while.
func (w *weightWalk) does(act func()) func(*rapid.T) {
	return func(rt *rapid.T) {
		w.rt = rt
		w.now = w.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(rt, "seconds")) * time.Second)
		act()
	}
}

// --- what is done to the scale ------------------------------------------------

// settle has the scale show a weight at rest, and works out what that is to it.
func (w *weightWalk) settle(grams shipment.Grams) {
	if !w.scale.plugged {
		return
	}
	for range 2 {
		w.scale.show(atRest(grams))
	}
	if grams == 0 {
		w.known, w.empty, w.lies = true, true, nil
		return
	}
	counts := w.known && (w.empty || max(grams-w.last, w.last-grams) >= 5)
	if counts {
		m := &modelWeighing{}
		if k := w.current(w.hand); k > 0 {
			m.order, m.k = w.hand, k
		}
		_, m.over = w.awaited(w.hand)
		w.lies, w.by[grams] = m, m
	}
	if counts || !w.known {
		w.last = grams
	}
	w.known, w.empty = true, false
}

// fresh returns the weight of a load that is like no other yet.
func (w *weightWalk) fresh() shipment.Grams {
	base := rapid.SampledFrom([]shipment.Grams{340, 500, 640, 740, 1040, 1300}).Draw(w.rt, "about")
	for d := shipment.Grams(0); ; d++ {
		if g := base + d; w.by[g] == nil && !slices.Contains([]shipment.Grams{w.load, w.last}, g) {
			return g
		}
	}
}

func (w *weightWalk) putOn() {
	if w.load != 0 {
		w.rt.Skip("something lies there")
	}
	w.load = w.fresh()
	if w.scale.plugged && rapid.Bool().Draw(w.rt, "swings") {
		w.scale.show(scale.Reading{Weight: scale.Weight{Value: int64(w.load) / 2, Unit: scale.Gram}, Condition: scale.Motion})
	}
	w.settle(w.load)
}

func (w *weightWalk) takeOff() {
	w.load = 0
	w.settle(0)
}

// exchange puts one load in the place of another before the scale has shown nothing,
// or takes it off.
func (w *weightWalk) exchange() {
	if w.load == 0 {
		w.rt.Skip("nothing lies there")
	}
	if rapid.Bool().Draw(w.rt, "takes off") {
		w.takeOff()
		return
	}
	before := w.load
	for w.load = w.fresh(); max(w.load-before, before-w.load) < 9; w.load = w.fresh() {
	}
	w.settle(w.load)
}

// trouble is what happens to a scale and a station beside the work.
func (w *weightWalk) trouble() {
	rapid.SampledFrom([]func(){w.shake, w.creep, w.fallSilent, w.plugOrUnplug, w.startAnew, w.setTheClock}).Draw(w.rt, "trouble")()
}

// shake has the scale show no weight for a moment: no load comes or goes by that.
func (w *weightWalk) shake() {
	if !w.scale.plugged {
		w.rt.Skip("away")
	}
	c := rapid.SampledFrom([]scale.Condition{scale.Motion, scale.Over, scale.Under, scale.Garbled, scale.NoAnswer}).Draw(w.rt, "shows")
	times := 1
	if c == scale.Motion || c == scale.Over {
		times = rapid.IntRange(1, 5).Draw(w.rt, "times")
	}
	for range times {
		w.scale.show(scale.Reading{Condition: c})
	}
	w.settle(w.load)
}

func (w *weightWalk) creep() {
	if w.load == 0 || w.load != w.last {
		w.rt.Skip("no load that the scale has seen alone")
	}
	w.settle(w.load + shipment.Grams(rapid.IntRange(-3, 3).Draw(w.rt, "grams")))
}

// fallSilent has the scale say for so long that it cannot weigh that the load may be
// another one by then.
func (w *weightWalk) fallSilent() {
	if !w.scale.plugged {
		w.rt.Skip("away")
	}
	for range 4 {
		c := rapid.SampledFrom([]scale.Condition{scale.Garbled, scale.NoAnswer, scale.Fault}).Draw(w.rt, "says")
		w.scale.show(scale.Reading{Condition: c})
	}
	w.outOfSight()
	w.settle(w.load)
	w.see()
	w.pulls("WBC:CLOSE") // what lies there may not be taken
}

func (w *weightWalk) outOfSight() { w.empty, w.lies = false, nil }

func (w *weightWalk) plugOrUnplug() {
	if w.scale.plugged {
		w.scale.unplug()
		w.outOfSight()
		return
	}
	w.scale.plugIn()
	w.settle(w.load)
}

// startAnew loses the power: the station comes back, and so does its scale.
func (w *weightWalk) startAnew() {
	w.scale.stop()
	w.start(w.t)
	w.known, w.empty, w.lies, w.last = false, false, nil, 0
	w.stage()
}

func (w *weightWalk) setTheClock() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(-180, 180).Draw(w.rt, "minutes")) * time.Minute)
}

// --- what is done at the bench ------------------------------------------------

func (w *weightWalk) pulls(raw string) desk.ScanResult {
	res, err := w.Scan(w.t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Bench, Raw: []byte(raw), At: w.now})
	if err != nil {
		w.rt.Fatalf("scan of %s: %v", raw, err)
	}
	return res
}

func (w *weightWalk) anOrder() shipment.OrderID {
	return rapid.SampledFrom(w.orders).Draw(w.rt, "order")
}

func (w *weightWalk) openAny() { w.opens(w.anOrder()) }

// opens scans an order. The weighing that was put down before any order is its own
// from then on; one of another order is nobody's.
func (w *weightWalk) opens(id shipment.OrderID) {
	if w.pulls(string(id)).Signal != scanner.Bad {
		w.takesUp(id)
	}
}

func (w *weightWalk) takesUp(id shipment.OrderID) {
	if m := w.lies; m != nil && w.hand != id {
		switch k := w.current(id); {
		case m.order == "" && k > 0:
			m.order, m.k = id, k
		case m.order != "" && m.order != id:
			m.over = true
		}
	}
	w.hand = id
}

func (w *weightWalk) next() {
	w.pulls("WBC:NEXT")
	if w.lies != nil && w.lies.order != "" {
		w.lies.over = true
	}
	w.hand = ""
}

// asideAndBack puts the order in hand aside and takes it up again, and says that the
// box is full: what lay on the scale is not its own any more.
func (w *weightWalk) asideAndBack() {
	id := w.hand
	if id == "" {
		w.rt.Skip("nothing in hand")
	}
	w.next()
	w.see()
	w.opens(id)
	w.see()
	w.pulls("WBC:CLOSE")
}

func (w *weightWalk) item() { w.pulls(rapid.SampledFrom([]string{"MUG", "PLATE"}).Draw(w.rt, "item")) }

func (w *weightWalk) command() {
	w.pulls(rapid.SampledFrom([]string{"WBC:BOX:1", "WBC:UNDO", "WBC:BADGE:A-7", "WBC:BADGE:B-1", "WBC:CLOSE"}).Draw(w.rt, "command"))
}

func (w *weightWalk) labelAny() { w.label(w.anOrder()) }

// label prints what is to be printed of an order, and scans the label that is
// awaited.
func (w *weightWalk) label(id shipment.OrderID) {
	k, waits := w.awaited(id)
	if !waits {
		return
	}
	if err := w.LabelPacked(w.t.Context()); err != nil {
		w.rt.Fatal(err)
	}
	p := w.state(w.t, string(id)).Parcels[k-1]
	if p.Label == printer.Queued {
		w.move(w.t, p.Job, printer.Sending, printer.Sent, printer.Confirmed)
	}
	if res := w.pulls(string(p.TrackingNumber)); res.Signal != scanner.Bad {
		w.checked[p.ID] = true
		w.takesUp(id)
	}
}

// page presses a button for the order in hand.
func (w *weightWalk) page() {
	if w.hand == "" {
		w.rt.Skip("nothing in hand")
	}
	by := w.said()
	by.Bench, by.Page = "one", true
	w.packs(w.hand, by)
}

// program says something of any order, from anywhere.
func (w *weightWalk) program() {
	by := w.said()
	by.Operator, by.Bench = "A-7", rapid.SampledFrom([]string{"", "one", "two"}).Draw(w.rt, "bench")
	w.packs(w.anOrder(), by)
}

func (w *weightWalk) said() desk.PackedBy {
	one := []desk.PackedLine{{Code: "MUG"}}
	return rapid.SampledFrom([]desk.PackedBy{
		{Close: true},
		{Undo: true},
		{Box: 1},
		{Items: one},
		{Items: one, Box: 1, Close: true},
		{Weight: 340},
		{Weight: 500},
		{Items: one, Box: 1, Weight: 340},
		{Items: append(one, desk.PackedLine{Code: "MUG"}, desk.PackedLine{Code: "PLATE"}), Box: 1},
	}).Draw(w.rt, "said")
}

func (w *weightWalk) packs(id shipment.OrderID, by desk.PackedBy) {
	if _, _, err := w.Pack(w.t.Context(), id, by); err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		w.rt.Fatal(err)
	}
}

// --- what must be true --------------------------------------------------------

// current returns which parcel of an order is packed next; 0: none.
func (w *weightWalk) current(id shipment.OrderID) int {
	for k := 1; k <= w.count[id]; k++ {
		if !w.packed[id.Parcel(k)] {
			return k
		}
	}
	return 0
}

// awaited returns the parcel of an order whose label is to be scanned.
func (w *weightWalk) awaited(id shipment.OrderID) (int, bool) {
	for k := 1; k <= w.count[id]; k++ {
		if p := id.Parcel(k); w.packed[p] && !w.checked[p] {
			return k, true
		}
	}
	return 0, false
}
