package desk

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"waybill/agent"
	"waybill/printer"
	"waybill/scanner"
)

// A Tone is how a notice sounds and looks.
type Tone string

// The tones.
const (
	Quiet Tone = ""     // something changed; look again
	Good  Tone = "good" // done and right
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// A Notice tells whoever watches the desk that something changed. A Notice with
// a Tone is also what the packer is told.
type Notice struct {
	Topic   string // scan, order, label, device, weight, hub
	Tone    Tone
	Word    string // one to three words
	Message string
	Order   string
	Bench   string // whose page alone it is for; empty: every page
	At      time.Time
	Dock    bool // it is about the dock
}

// noticeQueue is how many notices a watcher may be behind before it misses
// some. Missing one is harmless: a notice means "look again".
const noticeQueue = 64

type notices struct {
	mu       sync.Mutex
	watchers map[chan Notice]struct{}
}

// Watch returns a channel of notices, and a function that ends it. A slow
// watcher misses notices rather than holding up the desk.
func (d *Desk) Watch() (<-chan Notice, func()) {
	n := &d.notices
	ch := make(chan Notice, noticeQueue)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.watchers == nil {
		n.watchers = map[chan Notice]struct{}{}
	}
	n.watchers[ch] = struct{}{}
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.watchers, ch)
	}
}

// say tells the watchers, and keeps a notice with a tone as what the packer was
// told last.
func (d *Desk) say(n Notice) {
	if n.Topic == "" {
		return
	}
	if n.Tone != Quiet {
		d.mu.Lock()
		d.band = n
		if n.Dock {
			d.dock = n
		}
		d.mu.Unlock()
	}
	d.notices.mu.Lock()
	defer d.notices.mu.Unlock()
	for ch := range d.notices.watchers {
		select {
		case ch <- n:
		default:
		}
	}
}

func (d *Desk) lastTold() Notice {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.band
}

// LastAtDock returns what was told last at the dock; the zero Notice where nothing
// was since the start.
func (d *Desk) LastAtDock() Notice {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dock
}

func takenNotice(s agent.State, taken agent.Taken, at time.Time) Notice {
	n := Notice{Topic: "order", Order: string(s.Order.ID), At: at}
	switch taken {
	case agent.Rejected:
		n.Tone, n.Word, n.Message = Warn, "Refused", fmt.Sprintf("Order %s: %s", s.Order.ID, s.Why.Message)
	case agent.Changed:
		n.Tone, n.Word, n.Message = Warn, "Refused", fmt.Sprintf("Order %s: %s", s.Order.ID, changedMessage(s))
	case agent.OnHold:
		n.Tone, n.Word, n.Message = Warn, "Held", fmt.Sprintf("Order %s: %s", s.Order.ID, s.Why.Message)
	case agent.AlreadyTaken:
		n.Tone, n.Word, n.Message = Warn, "Already taken", fmt.Sprintf("Order %s was taken before; nothing is printed.", s.Order.ID)
	case agent.Accepted:
	}
	return n
}

func labelNotice(s agent.State, job printer.Job, at time.Time) Notice {
	n := Notice{Topic: "label", Order: string(s.Order.ID), At: at}
	if job.Raw {
		if jobState(job) == stateAsk {
			n.Tone, n.Word, n.Message = Bad, "Label?", fmt.Sprintf("Did the label %q come out? Say it on the page.", job.Ref)
		}
		return n
	}
	if l := jobState(job); l == stateAsk {
		n.Tone, n.Word, n.Message = Bad, "Label?", fmt.Sprintf("Did the label of order %s come out? Scan it, or say that none came.", s.Order.ID)
	} else if l == stateDone && s.Stage() == agent.Printed {
		n.Tone, n.Word = Good, "Label printed"
		n.Message = fmt.Sprintf("Order %s, %s: stick it on and scan it.", s.Order.ID, s.Order.ShipTo.Name)
	}
	return n
}

// sayScan tells what came of a scan.
func (d *Desk) sayScan(in scanner.Scan, r ScanResult, bench string, at time.Time) {
	n := scanNotice(r, at)
	if n.Dock = in.Role == scanner.Dock; !n.Dock {
		n.Bench = d.pageOf(bench)
	}
	d.say(n)
}

func scanNotice(r ScanResult, at time.Time) Notice {
	n := Notice{Topic: "scan", Message: r.Message, Order: string(r.Order), At: at}
	switch r.Signal {
	case scanner.Good:
		n.Tone, n.Word = Good, cmp.Or(goodWords[r.Code], "Done")
	case scanner.Warn:
		n.Tone, n.Word = Warn, "Look"
		if strings.HasPrefix(r.Code, "already_") {
			n.Word = "Scanned before"
		}
	case scanner.Bad, scanner.Unkept:
		n.Tone, n.Word = Bad, "Stop"
	case scanner.Wait, scanner.Heard: // the desk always has something to say
	}
	return n
}

// goodWords are what a good scan is called on the page, by its code.
var goodWords = map[string]string{
	"checked": "Right label", "handed_over": "Handed over", "item_packed": "It is in", "item_counted": "It is in", "packed": "Packed",
	"order_opened": "Order in hand", "operator": "Hello", "box_chosen": "Box", "undone": "Undone", "next": "Next", "reprinted": "Reprint", "tote_bound": "Tote", "set_up": "Scanner set up",
}
