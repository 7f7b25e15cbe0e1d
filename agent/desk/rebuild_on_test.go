package desk_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// A deed is what somebody does at a station, and what comes of it in words.
type deed func(r *rig) string

// rest has every pick-up closed and every station hear of all the others, so that
// a station that loses its disk then has nothing open which only the hub could give
// back.
func (w *dockWalk) rest() {
	w.allMeet(nil)
	for _, r := range w.rigs {
		for _, s := range w.sessions(r, handoff.Session.Open) {
			if _, err := leave(w, r, s.ID); err != nil {
				w.rt.Fatal(err)
			}
		}
	}
	w.allMeet(nil)
	w.allMeet(nil)
}

// leave closes a pick-up and leaves behind what is missing.
func leave(w *dockWalk, r *rig, id string) (behind int, err error) {
	c := desk.Closing{By: "Kim", Driver: "M. Okafor"}
	_, _, err = r.CloseHandoffOnce(w.t.Context(), desk.Once{}, id, c)
	if missing := (*desk.MissingError)(nil); errors.As(err, &missing) {
		c.LeaveBehind = len(missing.Missing)
		_, _, err = r.CloseHandoffOnce(w.t.Context(), desk.Once{}, id, c)
	}
	return c.LeaveBehind, err
}

// counted are the IDs of what is made after the disk was lost. Two stations that do the
// same make the same.
const counted = "01890000-0000-7000-8000-"

func counting() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("%s%012d", counted, n)
	}
}

// goesOn has a station, and the one that was rebuilt of its events, do the same from
// here on, and holds that they answer and decide alike.
func (w *dockWalk) goesOn(r *rig) {
	w.t.Helper()
	if len(w.orders[r]) == 0 {
		return
	}
	again := w.relive(r)
	defer again.journal.Close()
	if err := again.MeetHub(w.t.Context(), w); err != nil {
		w.rt.Fatal(err)
	}
	again.options.NewID = counting()
	again.Desk = desk.New(again.options)
	r.options.NewID = counting()
	r.start(w.t)
	w.same(r, again, "it has met the hub")
	var done []string
	for range rapid.IntRange(0, 12).Draw(w.rt, "deeds") {
		r.now = r.now.Add(time.Second)
		again.now = r.now
		name, do := w.deed(r)
		is, told := do(r), do(again)
		done = append(done, name+": "+is)
		if is != told {
			w.rt.Fatalf("after\n%s\nthe rebuilt station %s says: %s", strings.Join(done, "\n"), r.journal.Station(), told)
		}
		w.same(r, again, strings.Join(done, "\n"))
	}
}

// same holds that the two know the same.
func (w *dockWalk) same(r, again *rig, after string) {
	w.t.Helper()
	parcels := func(r *rig) []string {
		all := make([]string, 0, len(w.orders[r]))
		for _, id := range w.orders[r] {
			s := r.state(w.t, id)
			p := s.Parcels[0]
			all = append(all, fmt.Sprintf("%s %s, label %s, scanned %v, left %v with %s by %s, also %v", p.ID, s.Stage(), p.Label, p.Scanned, p.HandedOver, p.Handoff, p.HandedBy, p.Also))
		}
		return all
	}
	w.orders[again] = w.orders[r]
	defer delete(w.orders, again)
	if diff := cmp.Diff(parcels(r), parcels(again)); diff != "" {
		w.rt.Fatalf("after\n%s\nparcels of %s (-of the first +of the rebuilt):\n%s", after, r.journal.Station(), diff)
	}
	for name, of := range map[string]func(*rig) map[string]string{"pick-ups": w.settled, "scans": w.entries, "left behind": w.left} {
		if diff := cmp.Diff(of(r), of(again)); diff != "" {
			w.rt.Fatalf("after\n%s\n%s of %s (-of the first +of the rebuilt):\n%s", after, name, r.journal.Station(), diff)
		}
	}
}

// deed draws what is done next with parcels of the station's own orders. Scanners are
// others than before: who held those, and what they scanned last, no event tells.
func (w *dockWalk) deed(r *rig) (string, deed) {
	ctx := w.t.Context()
	id := rapid.SampledFrom(w.orders[r]).Draw(w.rt, "order")
	number := r.state(w.t, id).Parcels[0].TrackingNumber
	gun := rapid.SampledFrom([]string{"gun-2", "wand-2"}).Draw(w.rt, "scanner")
	pick := func(which func(handoff.Session) bool) string {
		list := w.sessions(r, which)
		if len(list) == 0 {
			return ""
		}
		slices.SortFunc(list, func(a, b handoff.Session) int { return strings.Compare(a.ID, b.ID) })
		return rapid.SampledFrom(list).Draw(w.rt, "pick-up").ID
	}
	on := pick(handoff.Session.Open)
	pull := func(raw, onto string) deed {
		return func(r *rig) string {
			res, err := r.ScanAt(ctx, scanner.Scan{Scanner: gun, Role: scanner.Dock, Raw: []byte(raw), At: r.now}, handoff.Place{Handoff: onto})
			return fmt.Sprintf("%s, %s %s %q, error %v", raw, res.Signal, res.Code, res.Message, err)
		}
	}
	switch what := rapid.SampledFrom([]string{"scan", "scan", "scan onto", "scan onto", "undo", "take back", "take back", "open", "close", "correct", "correct", "badge", "print again", "void"}).Draw(w.rt, "deed"); what {
	case "scan onto":
		return what, pull(string(number), on)
	case "undo":
		return what, pull("WBC:UNDO", "")
	case "badge":
		return what, pull("WBC:BADGE:A-7", "")
	case "take back":
		return what, func(r *rig) string {
			_, e, err := r.UndoHandoff(ctx, desk.Once{}, on, desk.Undoing{Number: number, By: "Sam", Reason: "left on the floor"})
			return fmt.Sprintf("%s from %s, error %v", e.TrackingNumber, on, err)
		}
	case "open":
		return what, func(r *rig) string {
			s, err := r.OpenHandoffOnce(ctx, desk.Once{}, desk.Opening{Carrier: ground.Carrier, By: "Kim"})
			return fmt.Sprintf("%s, error %v", s.ID, err)
		}
	case "close":
		return what, func(r *rig) string {
			behind, err := leave(w, r, on)
			return fmt.Sprintf("%s with %d left behind, error %v", on, behind, err)
		}
	case "correct":
		closed := pick(func(s handoff.Session) bool { return !s.Closed.IsZero() })
		return what, func(r *rig) string {
			s, err := r.OpenHandoffOnce(ctx, desk.Once{}, desk.Opening{Corrects: closed})
			return fmt.Sprintf("%s by %s, error %v", closed, s.ID, err)
		}
	case "print again":
		return what, func(r *rig) string {
			s, err := r.Reprint(ctx, shipment.OrderID(id), 1, "torn")
			if err == nil {
				r.move(w.t, s.Parcels[0].Job, printer.Sending, printer.Sent, printer.Confirmed)
			}
			return fmt.Sprintf("%s, error %v", id, err)
		}
	case "void":
		return what, func(r *rig) string {
			_, err := r.VoidFor(ctx, shipment.OrderID(id), "", "wrong box")
			return fmt.Sprintf("%s, error %v", id, err)
		}
	}
	return "scan", pull(string(number), "")
}
