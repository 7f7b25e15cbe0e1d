package desk

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/scan"
)

// Bounds on what the hub is asked about numbers that nobody here knows: labels of
// other houses must not flood it, and a dead station's parcels, scanned as fast as a
// hand can, must not wait.
const (
	maxStrangers   = 8                      // asked about and not answered yet
	strangerBurst  = 20                     // at once
	strangerEvery  = 500 * time.Millisecond // one more
	strangerSilent = 30 * time.Second       // how long nothing is asked again about a number that the hub does not know
	maxUnknown     = 200                    // of those
	maxNumber      = 50                     // characters that a number may have
)

// strangers are the numbers nobody here knows about which the hub is asked.
type strangers struct {
	mu      sync.Mutex
	queue   chan question
	open    map[shipment.TrackingNumber]inquiry // by the likeliest number
	unknown map[shipment.TrackingNumber]time.Time
	tokens  int
	filled  time.Time
}

// An inquiry is a question that was not answered yet.
type inquiry struct {
	question question
	queued   bool
}

// asking reports whether the hub is asked about a number at this moment. The hub tells
// it as it stands on the label, and takes it however it is spaced.
func (s *strangers) asking(n shipment.TrackingNumber) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.open {
		if slices.ContainsFunc(i.question, func(q shipment.TrackingNumber) bool { return strings.EqualFold(closeUp(q), closeUp(n)) }) {
			return true
		}
	}
	return false
}

func closeUp(n shipment.TrackingNumber) string { return strings.Join(strings.Fields(string(n)), "") }

// A question is what the hub is asked after a scan: whose parcel has one of these
// numbers, the likeliest first.
type question []shipment.TrackingNumber

func newStrangers() strangers {
	return strangers{
		queue: make(chan question, maxStrangers), open: map[shipment.TrackingNumber]inquiry{}, unknown: map[shipment.TrackingNumber]time.Time{},
		tokens: strangerBurst,
	}
}

// What becomes of a question.
type asking int

const (
	asked     asking = iota // now, or already
	notAgain                // the hub has said a moment ago that it knows no such number
	notSoMany               // too many are asked about
)

// admit makes room for a question. It may be called more than once about a scan.
func (s *strangers) admit(q question, now time.Time) asking {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := q[0]
	if _, open := s.open[n]; open {
		return asked
	}
	if at, ok := s.unknown[n]; ok && now.Sub(at) < strangerSilent && !now.Before(at) {
		return notAgain
	}
	if more := int(now.Sub(s.filled) / strangerEvery); more > 0 {
		s.tokens, s.filled = min(s.tokens+more, strangerBurst), now
	} else if now.Before(s.filled) { // the clock was set back
		s.filled = now
	}
	if s.tokens == 0 || len(s.open) >= maxStrangers {
		return notSoMany
	}
	s.tokens--
	s.open[n] = inquiry{question: q}
	return asked
}

// put asks a question that was admitted, now that the scan is kept.
func (s *strangers) put(q question) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, admitted := s.open[q[0]]; admitted && !i.queued {
		s.open[q[0]] = inquiry{q, true}
		s.queue <- q // which has room for all that may be open
	}
}

// drop forgets a question whose scan was not kept.
func (s *strangers) drop(q question) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, admitted := s.open[q[0]]; admitted && !i.queued {
		delete(s.open, q[0])
	}
}

// answered ends a question.
func (s *strangers) answered(q question, known bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, q[0])
	if known {
		return
	}
	if len(s.unknown) >= maxUnknown {
		clear(s.unknown)
	}
	s.unknown[q[0]] = now
}

// strangerIn returns what to ask the hub about a scan of no parcel of this desk: the
// number of another station's label, or one that looks like a carrier's.
func strangerIn(parsed scan.Scan) question {
	if parsed.Code == nil && (len(parsed.Matches) == 0 || productOrOrder(parsed) != "") {
		return nil
	}
	return slices.DeleteFunc(question(parsed.Numbers()), func(n shipment.TrackingNumber) bool {
		return n == "" || len(n) > maxNumber || strings.ContainsFunc(string(n), func(r rune) bool {
			return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != ' ' && r != '-'
		})
	})
}

// wonder has the hub asked about a parcel that this station may not hand over as far
// as it knows, and says so. Nothing waits for what the hub says.
func (d *Desk) wonder(v *verdict, in scanner.Scan, q question) {
	if !d.o.AskHub || in.Role != scanner.Dock || len(q) == 0 || v.answer.Signal != scanner.Bad {
		return
	}
	v.ask = q
	switch d.strangers.admit(q, d.o.Now()) {
	case asked:
		v.answer.Message += " The hub is asked."
	case notAgain:
		v.answer.Message += " The hub does not know it either."
	case notSoMany:
		v.answer.Message += " The hub is asked about others; scan it again in a moment."
	}
}

// askLater asks the hub about a scan that is kept.
func (d *Desk) askLater(q question, kept bool) {
	switch {
	case len(q) == 0:
	case kept:
		d.strangers.put(q)
	default:
		d.strangers.drop(q)
	}
}

// strange has the hub asked after a scan of no parcel of this desk.
func (d *Desk) strange(v verdict, in scanner.Scan, parsed scan.Scan) verdict {
	if v.answer.Code == "unknown" || v.answer.Code == "other_warehouse" {
		d.wonder(&v, in, strangerIn(parsed))
	}
	return v
}

// strangerWords names a parcel that the hub was asked about.
func strangerWords(n shipment.TrackingNumber, order shipment.OrderID, station shipment.StationID) string {
	return fmt.Sprintf("%s, order %s of station %s", n, order, station)
}
