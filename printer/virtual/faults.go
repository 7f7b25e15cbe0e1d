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
	// Delay is how long every answer takes.
	Delay Duration `json:"delay"`
	// CutAfter drops the connection after so many further bytes, once.
	CutAfter *int `json:"cut_after"`
	// Swallow takes formats and prints none of them.
	Swallow bool `json:"swallow"`
}

// media reports whether something stops labels that a person has to clear.
func (f Faults) media() bool {
	return f.PaperOut || f.RibbonOut || f.HeadOpen || f.CutterFault || f.HeadHot || f.MotorHot
}

// silencesHS reports whether printers are documented not to answer ~HS.
func (f Faults) silencesHS() bool { return f.PaperOut || f.RibbonOut || f.HeadOpen || f.HeadHot }

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

// Pause presses the pause button: on stops labels, off lets them go on.
func (p *Printer) Pause(on bool) { p.do(func() { p.paused = on }) }

// PowerOff switches the printer off: what is in its buffer is lost, connections
// break, and new ones break at once. The odometer stays.
func (p *Printer) PowerOff() {
	p.do(func() {
		p.off, p.paused = true, false
		p.power++
		p.queue, p.queued, p.current, p.remaining = nil, 0, nil, 0
	})
	p.dropClients()
}

// PowerOn switches the printer on.
func (p *Printer) PowerOn() { p.do(func() { p.off = false }) }

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
	return p.record.add(p.o.Now(), nil, true)
}

// cancelAll drops every format that waits or runs, as ~JA does. mu is held.
func (p *Printer) cancelAll() {
	p.power++
	p.queue, p.queued, p.current, p.remaining = nil, 0, nil, 0
}
