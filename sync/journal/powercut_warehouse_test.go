package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"waybill/internal/fault"
	"waybill/internal/powercut"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A warehouse is a station on a disk whose power fails, the people who work at it, and
// a hub elsewhere that forgets nothing.
type warehouse struct {
	disk        *powercut.Disk
	path        string
	r           *rand.Rand
	synchronous string // in the place of the journal's own
	cursorFirst bool   // the cursor moves before the hub has the events
	tellEarly   bool   // people are told before the change is on disk
	syncOnly    bool   // what the process before left is synced, not written again

	mu      sync.Mutex
	next    int
	tried   map[string]bool // every change that was asked for
	acked   map[string]bool // those of which somebody was told that they are recorded
	refused map[string]bool // and those of which he was told that they are not
	hub     []wire.Record   // what the hub has taken
	cursor  int64           // up to which the station was told that its cursor is
	failing bool            // in this life, some syncs fail
	found   []string
	tally   tally
}

// A tally is what people saw.
type tally struct{ InOpen, Acked, Uncertain, Refused, Taken, Checkpoints, Closed int }

func (t tally) plus(u tally) tally {
	return tally{t.InOpen + u.InOpen, t.Acked + u.Acked, t.Uncertain + u.Uncertain, t.Refused + u.Refused, t.Taken + u.Taken, t.Checkpoints + u.Checkpoints, t.Closed + u.Closed}
}

const (
	changes journal.Kind = "change" // a document with a key for every event
	latest  journal.Kind = "latest" // one document without, which every change writes
	hubName              = "hub"
)

func (w *warehouse) find(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, fmt.Sprintf(format, args...))
}

// Live is the time until the power fails, or the process is killed.
func (w *warehouse) Live() {
	inOpen := w.r.IntN(4) == 0
	w.failing = false
	if inOpen {
		w.failSyncs()
		w.disk.FailAfter(1 + w.r.IntN(stepsInOpen))
	}
	j := w.open()
	if j == nil {
		w.tally.InOpen++
		return
	}
	w.check(j)
	if len(w.found) == 0 {
		if !inOpen {
			w.failSyncs()
			w.disk.FailAfter(1 + w.r.IntN(stepsInWork))
		}
		most := 1 << 30
		if w.r.IntN(4) == 0 {
			most = w.r.IntN(6) // and then the station is closed, perhaps before the cut
		}
		w.work(j, most)
	}
	w.close(j)
}

// failSyncs has syncs fail in one life of three: one, every n-th, or all from the n-th on.
func (w *warehouse) failSyncs() {
	w.failing = w.r.IntN(3) == 0
	if !w.failing {
		return
	}
	n := 1 + w.r.IntN(6)
	which := [...]func(i int) bool{
		func(i int) bool { return i == n },
		func(i int) bool { return i%n == 0 },
		func(i int) bool { return i >= n },
	}[w.r.IntN(3)]
	w.disk.FailSyncs(rand.New(rand.NewPCG(w.r.Uint64(), w.r.Uint64())), which)
}

// excused reports whether the disk is why something was not done.
func (w *warehouse) excused() bool { return w.failing || w.disk.Off() }

// open opens the journal; nil where the power failed meanwhile.
func (w *warehouse) open() *journal.Journal {
	// A copy that the journal makes before it goes on with an update is emptied by the
	// system's own calls, of which this disk knows nothing.
	w.disk.Remove(func(name string) bool { return strings.HasSuffix(name, ".partial") })
	j, err := journal.Open(context.Background(), w.options())
	if err == nil {
		return j
	}
	if !w.excused() {
		w.find("the journal does not open: %v", err)
	}
	return nil
}

func (w *warehouse) close(j *journal.Journal) {
	err := j.Close()
	switch {
	case err != nil && !w.excused():
		w.find("the journal does not close: %v", err)
	case err == nil:
		w.tally.Closed++
	}
}

// work has three people pack, the station send, and the log copied now and then, until
// the power fails or each person has done as many changes as most.
func (w *warehouse) work(j *journal.Journal, most int) {
	ended := make(chan struct{})
	var people, others sync.WaitGroup
	for range 3 {
		r := rand.New(rand.NewPCG(w.r.Uint64(), w.r.Uint64()))
		people.Go(func() {
			for n := 0; n < most && !w.disk.Off(); n++ {
				w.pack(j, r)
				if r.IntN(40) == 0 {
					w.checkpoint(j)
				}
			}
		})
	}
	others.Go(func() { w.send(j, ended) })
	people.Wait()
	close(ended)
	others.Wait()
}

func (w *warehouse) checkpoint(j *journal.Journal) {
	if err := j.Checkpoint(); err == nil {
		w.mu.Lock()
		w.tally.Checkpoints++
		w.mu.Unlock()
	} else if !w.excused() {
		w.find("no checkpoint: %v", err)
	}
}

// pack records one event and the documents that go with it.
func (w *warehouse) pack(j *journal.Journal, r *rand.Rand) {
	w.mu.Lock()
	w.next++
	id := fmt.Sprintf("e%d", w.next)
	w.tried[id] = true
	w.mu.Unlock()
	size := r.IntN(300)
	if r.IntN(10) == 0 {
		size = r.IntN(20_000) // several pages
	}
	data, err := json.Marshal(map[string]string{"job": strings.Repeat("x", size)})
	if err != nil {
		w.find("%v", err)
		return
	}
	told := func(outcome map[string]bool, count *int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		*count++
		if outcome != nil {
			outcome[id] = true
		}
	}
	err = j.Update(context.Background(), func(tx *journal.Tx) error {
		err := errors.Join(
			tx.Put(changes, id, id, journal.Index{State: "open", Keys: []string{"key-" + id}}),
			tx.Append(shipment.Event{ID: id, Type: shipment.LabelPrintedType, Subject: shipment.OrderID("o-" + id), Data: data}),
			tx.Put(latest, "one", id, journal.Index{}),
		)
		if w.tellEarly && err == nil {
			told(w.acked, &w.tally.Acked)
		}
		return err
	})
	switch {
	case err == nil:
		told(w.acked, &w.tally.Acked)
	case !w.excused():
		w.find("change %s: %v", id, err)
	case fault.Is(err, fault.Uncertain):
		told(nil, &w.tally.Uncertain)
	case !w.tellEarly:
		told(w.refused, &w.tally.Refused)
	}
}

// send hands the events to the hub and moves the cursor, as the uplink does.
func (w *warehouse) send(j *journal.Journal, ended <-chan struct{}) {
	for {
		more := j.Watch()
		pos, _, err := j.Cursor(context.Background(), hubName)
		var recs []wire.Record
		if err == nil {
			recs, err = j.After(context.Background(), pos, 8, 0)
		}
		if err != nil {
			if !w.excused() {
				w.find("sending: %v", err)
			}
			return
		}
		if len(recs) == 0 {
			select {
			case <-more:
				continue
			case <-ended:
				return
			}
		}
		if !w.sendBatch(j, recs) {
			return
		}
	}
}

func (w *warehouse) sendBatch(j *journal.Journal, recs []wire.Record) bool {
	if !w.cursorFirst {
		w.take(recs)
	}
	last := recs[len(recs)-1].Position
	if err := j.SetCursor(context.Background(), hubName, last); err != nil {
		if !w.excused() {
			w.find("cursor: %v", err)
		}
		return false
	}
	w.mu.Lock()
	w.cursor = last.Sequence
	w.mu.Unlock()
	if w.disk.Off() {
		return false // nobody sends without power
	}
	if w.cursorFirst {
		w.take(recs)
	}
	return true
}

// take is the hub's part.
func (w *warehouse) take(recs []wire.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, rec := range recs {
		switch at := int(rec.Sequence); {
		case at == len(w.hub)+1:
			w.hub = append(w.hub, rec)
			w.tally.Taken++
		case at > len(w.hub):
			w.found = append(w.found, fmt.Sprintf("the hub gets event %d after %d", at, len(w.hub)))
		case w.hub[at-1].Hash != rec.Hash:
			w.found = append(w.found, fmt.Sprintf("event %d is another than the hub has", at))
		}
	}
}
