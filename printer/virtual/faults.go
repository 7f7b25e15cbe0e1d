package virtual

import (
	"encoding/json"
	"fmt"
	"time"
)

// Faults is what is wrong with the printer. The zero Faults is a printer in
// order.
type Faults struct {
	PaperOut  bool `json:"paper_out"`
	RibbonOut bool `json:"ribbon_out"`
	HeadOpen  bool `json:"head_open"`
	// CutterFault and the two that are too hot stop labels as well; a head that
	// is too cold only says so.
	CutterFault bool `json:"cutter_fault"`
	HeadHot     bool `json:"head_hot"`
	MotorHot    bool `json:"motor_hot"`
	HeadCold    bool `json:"head_cold"`
	// RewinderFull stops labels too; of the others that run low only alerts
	// tell.
	RewinderFull bool `json:"rewinder_full"`
	PaperLow     bool `json:"paper_low"`
	RibbonLow    bool `json:"ribbon_low"`
	RibbonIn     bool `json:"ribbon_in"`
	BatteryLow   bool `json:"battery_low"`
	// RAMLost says that the configuration was lost.
	RAMLost bool `json:"ram_lost"`
	// ErrorBits and WarningBits are further bits of ~HQES, such as 64 for a bad
	// element of the print head; they only say so.
	ErrorBits   uint32 `json:"error_bits"`
	WarningBits uint32 `json:"warning_bits"`
	// PaperLeft is how many labels are left on the roll; after them PaperOut
	// comes by itself. Nil is a roll without end.
	PaperLeft *int `json:"paper_left"`

	// Silent answers nothing at all. SilentHS is the documented habit of real
	// printers not to answer ~HS during a fault. NoHQES and NoVariables are
	// older firmware.
	Silent      bool `json:"silent"`
	SilentHS    bool `json:"silent_hs_on_fault"`
	NoHQES      bool `json:"no_hqes"`
	NoVariables bool `json:"no_variables"`
	// HalfReply sends the first half of every answer and no more. GarbageReply
	// answers every question with what means nothing.
	HalfReply    bool `json:"half_reply"`
	GarbageReply bool `json:"garbage_reply"`
	// AlertLocale is the language of alerts: ja, or English where it is empty.
	AlertLocale string `json:"alert_locale"`
	// Delay is how long every answer takes.
	Delay Duration `json:"delay"`
	// CutAfter drops the connection after so many further bytes, once.
	CutAfter *int `json:"cut_after"`
	// Swallow takes formats and prints none of them.
	Swallow bool `json:"swallow"`
}

// check says what is wrong with an order of faults.
func (f Faults) check() error {
	switch {
	case f.CutAfter != nil && *f.CutAfter < 0:
		return fmt.Errorf("cut_after: %d bytes; give 0 or more, or null for never", *f.CutAfter)
	case f.PaperLeft != nil && *f.PaperLeft < 1:
		return fmt.Errorf("paper_left: %d labels; give 1 or more, null for a roll without end, or paper_out", *f.PaperLeft)
	}
	return nil
}

// media reports whether something stops labels that a person has to clear.
func (f Faults) media() bool {
	return f.PaperOut || f.RibbonOut || f.HeadOpen || f.CutterFault || f.HeadHot || f.MotorHot || f.RewinderFull
}

// silencesHS reports whether printers are documented not to answer ~HS.
func (f Faults) silencesHS() bool {
	return f.PaperOut || f.RibbonOut || f.HeadOpen || f.HeadHot || f.RewinderFull
}

// clone returns a copy that shares nothing with f.
func (f Faults) clone() Faults {
	for _, n := range []**int{&f.PaperLeft, &f.CutAfter} {
		if *n != nil {
			v := **n
			*n = &v
		}
	}
	return f
}

// A Duration is a time.Duration that JSON writes as "1.5s".
type Duration time.Duration

// MarshalJSON writes d as Go does.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads what [time.ParseDuration] reads.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("duration: %w (write it as \"1.5s\")", err)
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return err
	}
	if v < 0 || v > time.Hour {
		return fmt.Errorf("duration %s is not between 0 and 1h", s)
	}
	*d = Duration(v)
	return nil
}

// Faults returns what is wrong now.
func (p *Printer) Faults() Faults {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults.clone()
}

// SetFaults changes what is wrong. f is handed the present faults.
func (p *Printer) SetFaults(f func(*Faults)) {
	p.do(func() {
		changed := p.faults.clone()
		f(&changed)
		p.faults = changed.clone() // what f put in is not ours to count down
	})
}

// restore sets the faults that patch names back to what they were before.
func (f *Faults) restore(before Faults, patch json.RawMessage) {
	var named, were, now map[string]json.RawMessage
	for _, v := range []struct {
		from any
		to   *map[string]json.RawMessage
	}{{patch, &named}, {before, &were}, {*f, &now}} {
		b, err := json.Marshal(v.from)
		if err != nil || json.Unmarshal(b, v.to) != nil {
			return // a schedule's patch has been read before
		}
	}
	for name := range named {
		now[name] = were[name]
	}
	b, err := json.Marshal(now)
	var restored Faults
	if err == nil && json.Unmarshal(b, &restored) == nil {
		*f = restored
	}
}

// Pause presses the pause button: on stops labels, off lets them go on. A label
// that has begun comes out whole.
func (p *Printer) Pause(on bool) { p.do(func() { p.paused = on }) }

// PowerOff switches the printer off: what is in its buffer and on its drive R is
// lost, so are settings that were not saved, a label that had begun stays as it
// is, connections break, and new ones break at once. The odometer stays.
func (p *Printer) PowerOff() {
	p.do(func() {
		p.off, p.paused, p.waiting = true, false, false
		p.power++
		p.queue, p.queued, p.current, p.slews = nil, 0, nil, 0
		p.erase("R:*")
		p.set = p.saved.clone()
	})
	p.dropClients()
}

// PowerOn switches the printer on.
func (p *Printer) PowerOn() {
	p.do(func() {
		if p.off {
			p.off = false
			p.raise('P', false)
		}
	})
}

// PowerCut switches the printer off and on.
func (p *Printer) PowerCut() {
	p.PowerOff()
	p.PowerOn()
}

// Feed presses the feed button: a blank label comes out, and the odometer counts
// it.
func (p *Printer) Feed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed()
	if p.off || p.faults.media() || p.record == nil {
		return fmt.Errorf("feed: the printer cannot move paper now")
	}
	return p.record.add(Printed{At: p.o.Now(), Feed: true}, nil)
}

// OtherHost puts a format into the buffer as another host does, between two of
// ours. Without one it is a label that says so.
func (p *Printer) OtherHost(zpl []byte) {
	if zpl == nil {
		zpl = []byte("^XA^FO40,40^A0N,40^FDanother host's label^FS^XZ")
	}
	p.do(func() {
		if !p.off {
			p.enqueue(format{source: zpl, prefixes: standardPrefixes(), language: ZPL, other: true})
		}
	})
}

// enqueue puts a format into the buffer. mu is held.
func (p *Printer) enqueue(f format) {
	p.queue = append(p.queue, f)
	p.queued += len(f.source)
}

// cancelAll drops every format that waits, as ~JA does. The label that is being
// printed is finished. mu is held.
func (p *Printer) cancelAll() {
	p.queue, p.queued, p.slews = nil, 0, 0
	p.cancelCurrent()
}

// cancelNext is ~JP: it drops the format that is being printed, or else the
// first that waits, and pauses. mu is held.
func (p *Printer) cancelNext() {
	switch {
	case p.current != nil:
		p.cancelCurrent()
	case len(p.queue) > 0:
		p.queued -= len(p.queue[0].source)
		p.queue = p.queue[1:]
	}
	p.paused = true
}

// cancelCurrent ends the running format with the label that is being printed,
// or at once where none is. mu is held.
func (p *Printer) cancelCurrent() {
	if p.current == nil {
		return
	}
	p.current.cancelled = true
	if !p.busy {
		p.current = nil
	}
}
