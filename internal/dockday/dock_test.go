package dockday_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"waybill/internal/process"
	"waybill/scanner"
	"waybill/scanner/virtual"
)

// A dock is a scanner on a line of its own and the person who holds it.
type dock struct {
	name string
	gun  *virtual.Scanner
	rand *rand.Rand
	day  *day

	wrong map[string]int // wrong scans by their kind
	seen  []parcel       // handed over by this dock
	next  int            // the kind of the next wrong scan

	refused bool // the last scan was wrong, and answered so

	handed, undone int
	later          []parcel // taken off a pick-up, and to be scanned again
}

// A mistake is a kind of wrong scan: what is scanned, and nothing where this
// kind has nothing to offer yet.
type mistake struct {
	name   string
	silent bool // the trigger may have bounced: it need not be answered
	scan   func(d *dock) []byte
}

// mistakes is every kind of wrong scan. None may move a parcel.
func mistakes() []mistake {
	text := func(s string) func(*dock) []byte { return func(*dock) []byte { return []byte(s) } }
	return []mistake{
		{"a text of nobody's", false, text("HELLO-4711")},
		{"the code of a product", false, text("4012345123456")},
		{"another warehouse's label", false, text("1Z12345E0205271688")},
		{"a control barcode", false, text("WBC:BOX:7")},
		{"a web address", false, text("https://example.com/p/1")},
		{"nothing but noise", false, text("\x00\x01\xfe\xff\x80~~\x00")},
		{"a voided label", false, func(d *dock) []byte { return d.day.oneVoided(d.rand) }},
		{"a parcel that has left", false, func(d *dock) []byte {
			if len(d.seen) < 2 { // the last one might be the same look at it, which is not answered
				return nil
			}
			return []byte(d.seen[d.rand.IntN(len(d.seen)-1)].number)
		}},
		{"the parcel just scanned", true, func(d *dock) []byte {
			if len(d.seen) == 0 {
				return nil
			}
			return []byte(d.seen[len(d.seen)-1].number)
		}},
		{"half a label", false, func(d *dock) []byte {
			if len(d.seen) == 0 {
				return nil
			}
			n := d.seen[len(d.seen)-1].number
			return []byte(n[:len(n)/2])
		}},
		{"a carrier's parcel who is not there", false, func(d *dock) []byte { return d.day.oneTooEarly(d.rand) }},
	}
}

// work scans what is labelled until there is nothing left. Where nothing comes for a
// moment, what was taken off a pick-up has its turn: the day may be waiting for it.
func (d *dock) work(ctx context.Context, parcels <-chan parcel) {
	for {
		var idle <-chan time.Time
		if len(d.later) > 0 {
			idle = time.After(time.Second)
		}
		select {
		case p, more := <-parcels:
			if !more {
				d.handAll(ctx, d.later)
				return
			}
			if d.rand.IntN(100) < d.day.wrongPercent {
				d.err(ctx)
			}
			if !d.hand(ctx, p) {
				return
			}
		case <-idle:
			again := d.later
			d.later = nil
			if !d.handAll(ctx, again) {
				return
			}
		}
	}
}

// err makes one wrong scan of the next kind that has something to offer.
func (d *dock) err(ctx context.Context) {
	kinds := mistakes()
	for range kinds {
		m := kinds[d.next%len(kinds)]
		d.next++
		data := m.scan(d)
		if data == nil {
			continue
		}
		patience := d.day.patience
		if m.silent {
			patience = time.Second
		}
		sig, known := d.pull(ctx, data, patience, false)
		d.wrong[m.name]++
		switch {
		case !known && !m.silent:
			d.day.unanswered.Add(1)
		case known && sig == scanner.Good:
			d.day.complain("%s: %s (%q) was answered with the good beep", d.name, m.name, data)
		}
		return
	}
}

// hand hands a parcel over, and now and then takes it back at once, as a person
// does who has scanned a parcel and sees that it is damaged.
func (d *dock) hand(ctx context.Context, p parcel) bool {
	if !d.onto(ctx, p, false) {
		return ctx.Err() == nil
	}
	d.handed++
	if again := d.later; d.handed%20 != 10 {
		d.later = nil
		d.left(p)
		return d.handAll(ctx, again)
	}
	sig, known := d.pull(ctx, []byte("WBC:UNDO"), d.day.patience, true)
	switch {
	case !known: // nobody knows what it is now: the parcel is scanned again
		d.day.unanswered.Add(1)
		if !d.onto(ctx, p, true) {
			return ctx.Err() == nil
		}
		d.left(p)
	case sig != scanner.Good:
		d.day.complain("%s: UNDO after %s was answered %s", d.name, p, sig)
		d.left(p)
	default:
		d.day.undone.Add(1)
		if d.undone++; d.undone == 2 { // it stays for good
			d.day.kept.put(p)
		} else {
			d.later = append(d.later, p)
		}
	}
	return true
}

// handAll hands parcels over that were taken off a pick-up. A hand takes longer
// than that in which the same label is taken for one look at it.
func (d *dock) handAll(ctx context.Context, parcels []parcel) bool {
	if len(parcels) > 0 {
		process.Wait(ctx, scanner.DefaultDuplicateWindow+100*time.Millisecond)
	}
	for _, p := range parcels {
		if d.onto(ctx, p, false) {
			d.left(p)
		}
	}
	return ctx.Err() == nil
}

func (d *dock) left(p parcel) {
	d.seen = append(d.seen, p)
	d.day.left(p)
}

// onto scans a parcel until the station has answered: a scan without an answer
// is scanned again, as a person does who hears nothing. In doubt it may be on the
// pick-up already.
func (d *dock) onto(ctx context.Context, p parcel, doubt bool) bool {
	for try := 0; ctx.Err() == nil; try++ {
		sig, known := d.pull(ctx, []byte(p.number), d.day.patience, true)
		if !known {
			d.day.unanswered.Add(1)
			doubt = true
			continue
		}
		// Without an answer before, only the good beep will do.
		if sig != scanner.Good && (!doubt || sig != scanner.Warn) {
			d.day.complain("%s: parcel %s (%s of %s) was answered %s at try %d", d.name, p.id, p.number, p.carrier, sig, try+1)
			return false
		}
		return true
	}
	return false
}

// prompt is how long an answer may take without the station's saying why.
const prompt = 10 * time.Second

// pull scans and listens. It reports false where no answer came. After the bad beep
// for what is right it listens on: that beep may say that the disk is slow just now,
// and then the answer follows.
func (d *dock) pull(ctx context.Context, data []byte, patience time.Duration, right bool) (scanner.Signal, bool) {
	d.day.whileItRuns(ctx) // a person who sees that the station is down does not scan on
	defer d.day.running.RUnlock()
	for {
		select {
		case late := <-d.gun.Signals(): // of no scan any more
			if d.refused && late.Signal == scanner.Good {
				d.day.complain("%s: a good beep came after the bad one for what is wrong", d.name)
			}
			continue
		default:
		}
		break
	}
	if err := d.gun.Pull(data); err != nil {
		d.day.complain("%s: %v", d.name, err)
		return 0, false
	}
	d.refused = false
	began, enough := time.Now(), time.After(patience)
	var heard virtual.Told
	for {
		select {
		case told := <-d.gun.Signals():
			if !told.Known {
				d.day.complain("%s: the station said %q, which is no signal", d.name, told.Bytes)
				return 0, false
			}
			if heard.Known || time.Since(began) > prompt {
				d.day.waits.Add(1)
			}
			if heard = told; !right || told.Signal != scanner.Bad {
				d.refused = !right && told.Signal == scanner.Bad
				return told.Signal, true
			}
		case <-d.day.down: // the person sees that
			return 0, false
		case <-enough:
			return heard.Signal, heard.Known
		case <-ctx.Done():
			return heard.Signal, heard.Known
		}
	}
}

// up starts the station and returns when the docks can scan: a person sees on the
// page that a scanner is away, and waits.
func (d *day) up(ctx context.Context) error {
	if err := d.station.Up(ctx, "/readyz"); err != nil {
		return err
	}
	var text []byte
	for deadline := time.Now().Add(stuck); time.Now().Before(deadline); {
		var list struct {
			Devices []struct{ Name, State string }
		}
		_, answer, err := d.station.Call(ctx, http.MethodGet, "/v1/scanners", nil)
		if text = answer; err == nil && json.Unmarshal(text, &list) == nil {
			ready := 0
			for _, s := range list.Devices {
				if s.State == "ready" {
					ready++
				}
			}
			if ready == len(d.docks) {
				return nil
			}
		}
		if !process.Wait(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
	return fmt.Errorf("the docks' scanners are not ready: %s", text)
}

// whileItRuns returns with running held for reading, when the station is not down.
func (d *day) whileItRuns(ctx context.Context) {
	for {
		d.running.RLock()
		select {
		case <-d.down:
			d.running.RUnlock()
			if process.Wait(ctx, 10*time.Millisecond) {
				continue
			}
			d.running.RLock()
		default:
		}
		return
	}
}

// A parcel is one that goes through the day.
type parcel struct {
	order, id, number, carrier string
}

// A shelf holds parcels that some mistake may be made with.
type shelf struct {
	mu      sync.Mutex
	parcels []parcel
}

func (s *shelf) put(p parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parcels = append(s.parcels, p)
}

func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.parcels)
}

func (s *shelf) take() []parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.parcels
	s.parcels = nil
	return all
}

func (s *shelf) one(rnd *rand.Rand) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.parcels) == 0 {
		return nil
	}
	return []byte(s.parcels[rnd.IntN(len(s.parcels))].number)
}

func (p parcel) String() string { return fmt.Sprintf("%s (%s, %s)", p.id, p.carrier, p.number) }
