package virtual

import (
	"context"
	"fmt"
	"time"
)

// A run is the format that is being printed.
type run struct {
	format
	job
	done      int  // labels of it that are on paper
	again     bool // the next label was interrupted and is printed once more
	cancelled bool // it ends with the label that is being printed
}

// left is how many labels of it are not printed.
func (r *run) left() int {
	if r == nil || r.cancelled {
		return 0
	}
	return r.quantity - r.done
}

// copy is which serial number the next label has, counted from 0. Replicates
// 0 and 1 both give each label its own, as label programs expect that write
// ^PQn,0,1.
func (r *run) copy() int { return r.done / max(r.replicates, 1) }

// A making is one label on its way through the printer.
type making struct {
	run   *run
	power int // as counted when it began
	began time.Time
	takes time.Duration
}

// press prints what is in the buffer, one label after the other. It ends with
// ctx, or when a label cannot be recorded: a printer that loses count of its
// labels is no ground truth.
func (p *Printer) press(ctx context.Context) error {
	for {
		m, ok := p.nextLabel(ctx)
		if !ok || ctx.Err() != nil {
			return nil
		}
		var err error
		if p.burn(ctx, m) {
			err = p.commit(m)
		} else {
			err = p.spoil(m)
		}
		if err != nil {
			return fmt.Errorf("record of label: %w", err)
		}
	}
}

// nextLabel waits until there is a label to print and nothing that stops it.
func (p *Printer) nextLabel(ctx context.Context) (making, bool) {
	for {
		p.mu.Lock()
		p.advance()
		slewed, err := p.slew()
		if slewed && err == nil && ctx.Err() == nil {
			p.mu.Unlock() // one at a time: whoever asks gets in between
			continue
		}
		if err == nil && p.current != nil && p.canPrint() {
			m := making{run: p.current, power: p.power, began: p.o.Now(), takes: p.takes()}
			p.busy = true
			p.mu.Unlock()
			return m, true
		}
		change := p.change
		p.mu.Unlock()
		if err != nil {
			p.o.Log.ErrorContext(ctx, "A blank label could not be recorded.", "err", err)
		}
		select {
		case <-change:
		case <-ctx.Done():
			return making{}, false
		}
	}
}

// slew puts one of the blank labels on paper that formats ask for, and reports
// whether there was one. mu is held.
func (p *Printer) slew() (bool, error) {
	if p.slews == 0 || !p.canPrint() {
		return false, nil
	}
	p.slews--
	defer p.changed()
	return true, p.record.add(Printed{At: p.o.Now(), Feed: true}, nil)
}

// advance takes formats from the buffer until there is one to print, or blank
// labels that come first; those that only set or store something are done with
// at once. mu is held.
func (p *Printer) advance() {
	for !p.off && p.current == nil && p.slews == 0 && len(p.queue) > 0 {
		first := p.queue[0]
		if first.prints && !p.canPrint() {
			return
		}
		j := first.read(p.recall)
		if j.prints && !p.canPrint() {
			p.queue[0].prints = true // it need not be read again until then
			return
		}
		p.queue = p.queue[1:]
		p.queued -= len(first.source)
		for _, set := range j.after {
			set(p)
		}
		if j.store != "" && !p.keepObject(j.store, Source{ZPL: first.source, Prefixes: first.prefixes}) {
			p.noteUnknown("memory full: " + readable(j.store))
		}
		if j.prints {
			p.current = &run{format: first, job: j, again: first.again}
		}
		p.changed()
	}
}

// takes is how long one label takes. mu is held.
func (p *Printer) takes() time.Duration {
	if p.o.Speed <= 0 {
		return p.o.PerLabel
	}
	mm := float64(p.set.length) / float64(p.o.DotsPerMM)
	return time.Duration(mm / p.o.Speed * float64(time.Second))
}

// canPrint reports whether nothing stops labels. mu is held.
func (p *Printer) canPrint() bool {
	return !p.off && !p.paused && !p.waiting && !p.faults.media()
}

// stopped reports whether something has stopped a label in the middle: a pause
// does not. mu is held.
func (p *Printer) stopped(m making) bool {
	return p.power != m.power || p.off || p.faults.media()
}

// burn lets the time of one label pass, with what the schedule has for it on
// the way. It reports whether the label came out whole.
func (p *Printer) burn(ctx context.Context, m making) bool {
	for {
		p.mu.Lock()
		if p.stopped(m) {
			p.mu.Unlock()
			return false
		}
		at, due := p.schedule.within(p.whole() + 1)
		change := p.change
		p.mu.Unlock()
		until := m.takes
		if due {
			until = time.Duration(at * float64(m.takes))
		}
		timer := time.NewTimer(max(0, m.began.Add(until).Sub(p.o.Now())))
		select {
		case <-timer.C:
			if !due {
				return true
			}
			p.fireLabel(p.wholeNow() + 1)
		case <-change:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

// commit puts a whole label on paper, unless something stopped it at the very
// end; then it is spoilt.
func (p *Printer) commit(m making) error {
	p.mu.Lock()
	if p.stopped(m) {
		p.mu.Unlock()
		return p.spoil(m)
	}
	defer p.mu.Unlock()
	defer p.changed()
	p.busy = false
	r := m.run
	if !p.faults.Swallow {
		l := Printed{
			At: p.o.Now(), Began: m.began, Reprint: r.again, Copy: r.copy(), OtherHost: r.other,
			Cut: p.cuts(r), Language: languageMark(r.language),
		}
		if err := p.record.add(l, r.source); err != nil {
			return err
		}
		p.sketch(r, 1)
		last := r.format
		p.last = &last
	}
	r.again = false
	if r.done++; r.left() == 0 {
		p.current = nil
	}
	p.answerHost(r)
	if r.group > 0 && !r.override && r.done%r.group == 0 && r.left() > 0 {
		p.paused = true
	}
	if p.set.mode == 'P' {
		p.waiting = true
		p.takeLater(m.power)
	}
	if left := p.faults.PaperLeft; left != nil {
		if *left--; *left <= 0 {
			p.faults.PaperOut, p.faults.PaperLeft = true, nil
		}
	}
	if p.current == nil && !r.cancelled {
		p.raise('K', false)
	}
	return nil
}

// languageMark is what the record says of a label's language: nothing of ZPL.
func languageMark(l Language) Language {
	if l == ZPL {
		return ""
	}
	return l
}

// cuts reports whether the cutter cuts behind the label that is being printed:
// with ^MMC behind each, or behind each group. mu is held.
func (p *Printer) cuts(r *run) bool {
	if p.set.mode != 'C' {
		return false
	}
	return r.group == 0 || (r.done+1)%r.group == 0 || r.done+1 == r.quantity
}

// spoil records a label that something stopped in the middle. With ^JZY it is
// printed again when the fault is gone, with ^JZN it is given up. A label of
// which nothing is on paper is simply printed later.
func (p *Printer) spoil(m making) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed()
	p.busy = false
	part := float64(p.o.Now().Sub(m.began)) / float64(max(m.takes, 1))
	if p.ending {
		return nil // the process ends; that is no fault of the printer's
	}
	r := m.run
	if part <= 0 {
		return nil
	}
	part = min(part, 0.99)
	if !p.faults.Swallow {
		l := Printed{
			At: p.o.Now(), Began: m.began, Partial: true, Part: part, Reprint: r.again, Copy: r.copy(), OtherHost: r.other,
			Language: languageMark(r.language),
		}
		if err := p.record.add(l, r.source); err != nil {
			return err
		}
		p.sketch(r, part)
	}
	switch {
	case p.current != r: // power cut: it is forgotten
	case r.cancelled:
		p.current = nil
	case p.set.reprint:
		r.again = true
	default:
		if r.done++; r.left() == 0 {
			p.current = nil
		}
	}
	return nil
}

// answerHost sends what ^HV asks for. mu is held.
func (p *Printer) answerHost(r *run) {
	if r.from == nil {
		return
	}
	for _, h := range r.host {
		if h.each || r.done == 1 {
			r.from.tell([]byte(h.header + h.data + h.tail))
		}
	}
}

// takeLater takes the waiting label away after a while, if somebody stands
// there. mu is held.
func (p *Printer) takeLater(power int) {
	if p.o.TakeAfter <= 0 {
		return
	}
	p.after(p.o.TakeAfter, func() {
		p.do(func() {
			if p.power == power {
				p.waiting = false
			}
		})
	})
}

// Take takes the label away that a printer with a peeler holds out (^MMP); the
// next one is printed only then.
func (p *Printer) Take() { p.do(func() { p.waiting = false }) }

// whole counts the labels that came out whole, but for blank ones. mu is held.
func (p *Printer) whole() int { return p.record.whole }

func (p *Printer) wholeNow() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.whole()
}
