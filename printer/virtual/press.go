package virtual

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"waybill/internal/atomicfile"
)

// A format is what stood between ^XA and ^XZ, both included.
type format struct {
	bytes    []byte
	quantity int // labels, by ^PQ
}

// press prints what is in the buffer, one label after the other. It ends with
// ctx, or when a label cannot be recorded: a printer that loses count of its
// labels is no ground truth.
func (p *Printer) press(ctx context.Context) error {
	for {
		f, power, ok := p.nextLabel(ctx)
		if !ok {
			return nil
		}
		done := time.NewTimer(p.o.PerLabel)
		select {
		case <-done.C:
		case <-ctx.Done():
			done.Stop()
			return nil
		}
		n, printed, err := p.commit(f, power)
		if err != nil {
			return fmt.Errorf("record of label: %w", err)
		}
		if printed {
			p.draw(ctx, n, f.bytes)
		}
	}
}

// nextLabel waits until there is a label to print and nothing that stops it.
func (p *Printer) nextLabel(ctx context.Context) (f format, power int, ok bool) {
	for {
		p.mu.Lock()
		if p.current == nil && len(p.queue) > 0 && p.canPrint() {
			first := p.queue[0]
			p.queue = p.queue[1:]
			p.queued -= len(first.bytes)
			p.current, p.remaining = &first, first.quantity
			p.changed()
		}
		if p.current != nil && p.canPrint() {
			f, power = *p.current, p.power
			p.mu.Unlock()
			return f, power, true
		}
		change := p.change
		p.mu.Unlock()
		select {
		case <-change:
		case <-ctx.Done():
			return format{}, 0, false
		}
	}
}

// canPrint reports whether nothing stops labels. mu is held.
func (p *Printer) canPrint() bool { return !p.off && !p.paused && !p.faults.media() }

// commit puts a label on paper, unless the power went or paper, ribbon or head
// failed while it was made; in the latter case it is made again.
func (p *Printer) commit(f format, power int) (n int, printed bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.power != power || p.off || p.faults.media() {
		return 0, false, nil
	}
	defer p.changed()
	if !p.faults.Swallow {
		if err := p.record.add(p.o.Now(), f.bytes, false); err != nil {
			return 0, false, err
		}
		printed, n = true, len(p.record.all)
	}
	if p.remaining--; p.remaining == 0 {
		p.current = nil
	}
	if left := p.faults.PaperLeft; left != nil {
		if *left--; *left <= 0 {
			p.faults.PaperOut, p.faults.PaperLeft = true, nil
		}
	}
	return n, printed, nil
}

// draw keeps a picture of label n and the barcodes that can be read on it.
func (p *Printer) draw(ctx context.Context, n int, zpl []byte) {
	if p.o.Render == nil {
		return
	}
	type reading struct {
		Symbols []Symbol `json:"symbols"`
		Error   string   `json:"error,omitempty"`
	}
	png, symbols, err := p.o.Render(zpl)
	found := reading{Symbols: symbols}
	if err != nil {
		found.Error = err.Error()
	}
	if found.Symbols == nil {
		found.Symbols = []Symbol{}
	}
	stem := filepath.Join(p.o.Dir, stem(n))
	if len(png) > 0 {
		if err := atomicfile.WriteFile(stem+".png", png, 0o640); err != nil {
			p.o.Log.WarnContext(ctx, "The picture of a label could not be kept.", "label", n, "err", err)
		}
	}
	b, err := json.MarshalIndent(found, "", "  ")
	if err == nil {
		err = atomicfile.WriteFile(stem+".json", append(b, '\n'), 0o640)
	}
	if err != nil {
		p.o.Log.WarnContext(ctx, "The reading of a label could not be kept.", "label", n, "err", err)
	}
}
