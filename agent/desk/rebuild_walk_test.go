package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// TestARebuiltDockIsAsItWas lets two or three stations with one hub scan, undo, correct,
// take over and hear of each other at random. Then each loses its disk, and what
// its events tell is held against what it had: where every parcel is, and every
// pick-up that is closed or that another station has, scan by scan. At last a station
// goes on beside one that was rebuilt of its events, and both must do the same.
func TestARebuiltDockIsAsItWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newDockWalk(t, rt)
		defer w.end()
		rt.Repeat(map[string]func(*rapid.T){
			"":     func(rt *rapid.T) { w.rt = rt },
			"scan": w.does(w.scan), "scan more": w.does(w.scan), "scan on": w.does(w.scan), "undo": w.does(w.undo),
			"take back": w.does(w.takeBack), "take back more": w.does(w.takeBack), "open": w.does(w.open), "close": w.does(w.close), "correct": w.does(w.correct),
			"send": w.does(w.send), "meet": w.does(w.meet), "all meet": w.does(w.allMeet), "take over": w.does(w.takeOver), "take over again": w.does(w.takeOver),
			"badge": w.does(w.badge),
		})
		for _, r := range w.rigs {
			w.holds(r)
		}
		if rapid.IntRange(0, 2).Draw(rt, "goes on") == 0 { // which costs as much again
			w.rt = rt
			w.rest()
			w.goesOn(rapid.SampledFrom(w.rigs).Draw(rt, "station"))
		}
	})
}

// A dockWalk is stations on a random way.
type dockWalk struct {
	*dockyard

	t       *testing.T
	rt      *rapid.T
	orders  map[*rig][]string
	numbers []shipment.TrackingNumber
}

func newDockWalk(t *testing.T, rt *rapid.T) *dockWalk {
	t.Helper()
	y, one, two := newDockyard(t)
	w := &dockWalk{dockyard: y, t: t, rt: rt, orders: map[*rig][]string{}}
	equal := rapid.Bool().Draw(rt, "orders of equal IDs")
	if rapid.Bool().Draw(rt, "a third") {
		y.rigs = append(y.rigs, y.another(t, one, "dock-3"))
	}
	for i, r := range y.rigs {
		r.options.AutoOpen = rapid.Bool().Draw(rt, "opens by itself")
		r.options.Rules.Packing.Operators = []packing.Operator{{ID: "A-7", Name: "Ana"}, {ID: "B-1", Name: "Bo"}}
		r.start(t)
		r.now = r.now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(rt, "the clock is off")) * time.Minute)
		if r == two && rapid.Bool().Draw(rt, "it has labels too") || r == one {
			r.stock(t, ground)
			for k := range rapid.IntRange(1, 2).Draw(rt, "orders") {
				id := fmt.Sprintf("%c%d", 'A'+i, k)
				if equal {
					id = fmt.Sprintf("A%d", k)
				}
				w.numbers = append(w.numbers, r.print(t, id).Parcels[0].TrackingNumber)
				w.orders[r] = append(w.orders[r], id)
			}
		}
	}
	return w
}

func (w *dockWalk) end() {
	for _, r := range w.rigs {
		r.journal.Close()
	}
	w.Close()
}

// does has one of the stations do something, a moment later.
func (w *dockWalk) does(act func(r *rig)) func(*rapid.T) {
	return func(rt *rapid.T) {
		w.rt = rt
		r := w.rigs[rapid.IntRange(0, len(w.rigs)-1).Draw(rt, "station")]
		r.now = r.now.Add(time.Second)
		act(r)
	}
}

func (w *dockWalk) pulls(r *rig, raw string) {
	in := scanner.Scan{Scanner: rapid.SampledFrom([]string{"gun", "wand"}).Draw(w.rt, "scanner"), Role: scanner.Dock, Raw: []byte(raw), At: r.now}
	if _, err := r.ScanAt(w.t.Context(), in, handoff.Place{Handoff: w.named(r)}); err != nil {
		w.rt.Fatal(err)
	}
}

// named is a pick-up that a scan names, which most do not.
func (w *dockWalk) named(r *rig) string {
	list := w.sessions(r, handoff.Session.Open)
	if len(list) == 0 || !rapid.Bool().Draw(w.rt, "names it") {
		return ""
	}
	return rapid.SampledFrom(list).Draw(w.rt, "pick-up").ID
}

func (w *dockWalk) sessions(r *rig, which func(handoff.Session) bool) []handoff.Session {
	list, err := r.Handoffs(w.t.Context(), 100)
	if err != nil {
		w.rt.Fatal(err)
	}
	return slices.DeleteFunc(list, func(s handoff.Session) bool { return !which(s) })
}

func (w *dockWalk) scan(r *rig) {
	w.pulls(r, string(rapid.SampledFrom(w.numbers).Draw(w.rt, "number")))
}
func (w *dockWalk) undo(r *rig) { w.pulls(r, "WBC:UNDO") }

func (w *dockWalk) badge(r *rig) {
	w.pulls(r, "WBC:BADGE:"+rapid.SampledFrom([]string{"A-7", "B-1"}).Draw(w.rt, "badge"))
}

// What a person asks for may be refused; then nothing is to be changed.

func (w *dockWalk) takeBack(r *rig) {
	list := w.sessions(r, handoff.Session.Open)
	if len(list) == 0 {
		return
	}
	s := rapid.SampledFrom(list).Draw(w.rt, "pick-up")
	on := s.ID
	if s.Corrects != "" && rapid.Bool().Draw(w.rt, "of the closed one") {
		on = s.Corrects
	}
	_, entries, err := r.Handoff(w.t.Context(), on)
	if err != nil && !fault.Is(err, fault.NotFound) { // a correction may have come here without what it corrects
		w.rt.Fatal(err)
	}
	if len(entries) == 0 {
		return
	}
	u := desk.Undoing{Number: rapid.SampledFrom(entries).Draw(w.rt, "scan").TrackingNumber, By: "Sam", Reason: "left on the floor"}
	_, _, _ = r.UndoHandoff(w.t.Context(), desk.Once{}, s.ID, u)
}

func (w *dockWalk) open(r *rig) {
	if list, err := w.Handoffs(w.t.Context(), ""); err != nil {
		w.rt.Fatal(err)
	} else if len(list) == 0 || rapid.IntRange(0, 3).Draw(w.rt, "beside") == 0 { // else there is one to take over
		_, _ = r.OpenHandoffOnce(w.t.Context(), desk.Once{}, desk.Opening{Carrier: ground.Carrier, Trailer: "T-1", By: "Kim"})
	}
}

func (w *dockWalk) close(r *rig) {
	list := w.sessions(r, handoff.Session.Open)
	if len(list) == 0 {
		return
	}
	id := rapid.SampledFrom(list).Draw(w.rt, "pick-up").ID
	c := desk.Closing{By: "Kim", Driver: "M. Okafor"}
	_, _, err := r.CloseHandoffOnce(w.t.Context(), desk.Once{}, id, c)
	var missing *desk.MissingError
	if errors.As(err, &missing) {
		c.LeaveBehind = len(missing.Missing)
		_, _, err = r.CloseHandoffOnce(w.t.Context(), desk.Once{}, id, c)
	}
	if err != nil {
		w.rt.Fatal(err)
	}
}

func (w *dockWalk) correct(r *rig) {
	if list := w.sessions(r, func(s handoff.Session) bool { return !s.Closed.IsZero() }); len(list) > 0 {
		_, _ = r.OpenHandoffOnce(w.t.Context(), desk.Once{}, desk.Opening{Corrects: rapid.SampledFrom(list).Draw(w.rt, "pick-up").ID})
	}
}

func (w *dockWalk) send(r *rig) { w.dockyard.send(w.t, r) }

func (w *dockWalk) meet(r *rig) {
	if err := r.MeetHub(w.t.Context(), w); err != nil {
		w.rt.Fatal(err)
	}
}

func (w *dockWalk) allMeet(*rig) {
	for _, r := range w.rigs {
		w.send(r)
	}
	for _, r := range w.rigs {
		w.meet(r)
	}
}

func (w *dockWalk) takeOver(r *rig) {
	if rapid.Bool().Draw(w.rt, "after all have sent") {
		for _, r := range w.rigs {
			w.send(r)
		}
	}
	list, err := w.Handoffs(w.t.Context(), "")
	if err != nil {
		w.rt.Fatal(err)
	}
	if len(list) == 0 {
		return
	}
	h := rapid.SampledFrom(list).Draw(w.rt, "pick-up")
	_, _ = r.TakeOverHandoff(w.t.Context(), w, h.ID, desk.TakingOver{From: h.Station, By: "Sam"})
}

// holds loses a station's disk, and compares.
func (w *dockWalk) holds(r *rig) {
	w.t.Helper()
	again := w.relive(r)
	defer again.journal.Close()
	parcels := func(r *rig, ids []string) []string {
		all := make([]string, 0, len(ids))
		for _, id := range ids {
			p := r.state(w.t, id).Parcels[0]
			all = append(all, fmt.Sprintf("%s left %v with %s by %s", p.ID, p.HandedOver, p.Handoff, p.HandedBy))
		}
		return all
	}
	if diff := cmp.Diff(parcels(r, w.orders[r]), parcels(again, w.orders[r])); diff != "" {
		w.rt.Fatalf("parcels of %s (-was +rebuilt):\n%s", r.journal.Station(), diff)
	}
	for name, of := range map[string]func(*rig) map[string]string{"pick-ups": w.settled, "scans": w.entries, "left behind": w.left} {
		if diff := cmp.Diff(of(r), of(again)); diff != "" {
			w.rt.Fatalf("%s of %s (-was +rebuilt):\n%s", name, r.journal.Station(), diff)
		}
	}
}

// relive returns a station of the same events and nothing else.
func (w *dockWalk) relive(r *rig) *rig {
	w.t.Helper()
	again := &rig{labels: r.labels, hub: r.hub, options: r.options, now: r.now}
	var raws [][]byte
	if err := r.journal.View(w.t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			raws = append(raws, rec.Raw)
			return nil
		})
	}); err != nil {
		w.rt.Fatal(err)
	}
	again.path = filepath.Join(w.t.TempDir(), "journal.db")
	j, err := journal.Open(w.t.Context(), journal.Options{Path: again.path, Station: r.journal.Station(), Epoch: 2, Location: time.UTC, Now: func() time.Time { return r.now }})
	if err != nil {
		w.rt.Fatal(err)
	}
	if len(raws) > 0 {
		if err := j.Importer().Import(w.t.Context(), raws...); err != nil {
			w.rt.Fatal(err)
		}
	}
	again.journal, again.options.Journal = j, j
	again.Desk = desk.New(again.options)
	if _, err := again.Rebuild(w.t.Context()); err != nil {
		w.rt.Fatal(err)
	}
	return again
}

// settled returns the pick-ups that are not open, but for what nobody told this
// station of them: how much of the hub's it has heard.
func (w *dockWalk) settled(r *rig) map[string]string {
	all := map[string]string{}
	for _, s := range w.sessions(r, func(s handoff.Session) bool { return !s.Open() }) {
		if s.Taken != nil {
			went := *s.Taken
			went.Closed, s.Taken = time.Time{}, &went
		}
		s.Heard, s.Shut = 0, 0
		if strings.HasPrefix(s.ID, counted) { // the two have histories of their own by then
			s.Head = ""
		}
		all[s.ID] = w.words(s)
	}
	return all
}

// entries returns the scans onto the same.
func (w *dockWalk) entries(r *rig) map[string]string {
	open := w.sessions(r, handoff.Session.Open)
	all := r.docs(w.t, "handoff_entry")
	maps.DeleteFunc(all, func(id, _ string) bool {
		return slices.ContainsFunc(open, func(s handoff.Session) bool { return strings.HasPrefix(id, s.ID+"/") })
	})
	return all
}

// left returns which parcels they left behind.
func (w *dockWalk) left(r *rig) map[string]string {
	all := r.docs(w.t, "handoff_left")
	for id, raw := range all {
		var list []handoff.Waiting
		if err := json.Unmarshal([]byte(raw), &list); err != nil {
			w.rt.Fatal(err)
		}
		words := ""
		for _, p := range list {
			words += fmt.Sprintf("%s %s %s; ", p.Order, p.Parcel, p.TrackingNumber)
		}
		all[id] = words
	}
	return all
}

func (w *dockWalk) words(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		w.rt.Fatal(err)
	}
	return string(b)
}
