package virtual

import (
	"context"
	"encoding/json"
	"path/filepath"

	"waybill/internal/atomicfile"
)

// A Symbol is a barcode that was found on a rendered label.
type Symbol struct {
	Symbology string `json:"symbology"`
	Text      string `json:"text"`
}

// A Source is ZPL as it came, with the prefixes that hold where it begins.
type Source struct {
	ZPL      []byte
	Prefixes Prefixes
}

// A Drawing is a label of which a picture is wanted.
type Drawing struct {
	Source
	Stored []Source // what the printer's memory held: ~DG, ~DY and formats with ^DF
	Copy   int      // of its serial numbers, counted from 0
	Part   float64  // of it that is on paper; 1 is all
}

// A Picture is a label as drawn.
type Picture struct {
	PNG     []byte
	Symbols []Symbol
	Unknown []string // commands that were not understood: the picture lacks what they draw
}

// A sketch is a label that waits for its picture.
type sketch struct {
	n       int
	drawing Drawing
}

// A reading is what the picture of a label says; NUMBER.json holds it.
type reading struct {
	Symbols []Symbol `json:"symbols"`
	Unknown []string `json:"unknown,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// sketch notes that the label that was recorded last has to be drawn: the
// press does not wait for it. mu is held.
func (p *Printer) sketch(r *run, part float64) {
	if p.o.Render == nil || r.language != ZPL {
		return
	}
	d := Drawing{Source: Source{ZPL: r.source, Prefixes: r.prefixes}, Copy: r.copy(), Part: part}
	for _, s := range p.memory {
		d.Stored = append(d.Stored, s.source)
	}
	p.sketches = append(p.sketches, sketch{len(p.record.all), d})
}

// draw makes the pictures until ctx is done. Those that are still to be made
// then are not.
func (p *Printer) draw(ctx context.Context) {
	for {
		p.mu.Lock()
		var s sketch
		more := len(p.sketches) > 0
		if more {
			s = p.sketches[0]
		} else {
			p.drawn = len(p.record.all)
		}
		change := p.change
		p.mu.Unlock()
		if !more {
			select {
			case <-change:
				continue
			case <-ctx.Done():
				return
			}
		}
		found := p.picture(ctx, s)
		p.do(func() {
			p.sketches = p.sketches[1:]
			p.drawn = s.n
			p.readings[s.n] = found
		})
		if ctx.Err() != nil {
			return
		}
	}
}

// picture keeps the picture of one label and what can be read on it.
func (p *Printer) picture(ctx context.Context, s sketch) reading {
	picture, err := p.o.Render(s.drawing)
	found := reading{Symbols: picture.Symbols, Unknown: picture.Unknown}
	if err != nil {
		found.Error = err.Error()
	}
	if found.Symbols == nil {
		found.Symbols = []Symbol{}
	}
	path := filepath.Join(p.o.Dir, stem(s.n))
	if len(picture.PNG) > 0 {
		if err := atomicfile.WriteFile(path+".png", picture.PNG, 0o640); err != nil {
			p.o.Log.WarnContext(ctx, "The picture of a label could not be kept.", "label", s.n, "err", err)
		}
	}
	b, err := json.MarshalIndent(found, "", "  ")
	if err == nil {
		err = atomicfile.WriteFile(path+".json", append(b, '\n'), 0o640)
	}
	if err != nil {
		p.o.Log.WarnContext(ctx, "The reading of a label could not be kept.", "label", s.n, "err", err)
	}
	return found
}

// AwaitDrawn waits until every label printed so far has its picture.
func (p *Printer) AwaitDrawn(ctx context.Context) error {
	p.mu.Lock()
	n := 0
	if p.record != nil {
		n = len(p.record.all)
	}
	p.mu.Unlock()
	return p.await(ctx, func() bool { return p.drawn >= n })
}

// AwaitLabels waits until n whole labels have been printed in the printer's
// life.
func (p *Printer) AwaitLabels(ctx context.Context, n int) error {
	return p.await(ctx, func() bool { return p.record != nil && p.record.whole >= n })
}

// await waits until ok, which is called with mu held, holds.
func (p *Printer) await(ctx context.Context, ok func() bool) error {
	for {
		p.mu.Lock()
		done, change := ok(), p.change
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
