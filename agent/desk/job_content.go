package desk

import (
	"context"
	"errors"
	"sync"

	"waybill/printer"
	"waybill/sync/journal"
)

// A job is written anew at every step of its label, the first of them before the
// printer gets a byte. What the label is made of never changes, and is kept apart,
// once.

// keepContent keeps the bytes of a job's label, and returns the job without them.
func (d *Desk) keepContent(tx *journal.Tx, j printer.Job) (printer.Job, error) {
	if len(j.Content) == 0 {
		return j, nil
	}
	kept, err := tx.Has(kindBytes, string(j.ID))
	if err != nil {
		return j, err
	}
	if !kept {
		if err := tx.Put(kindBytes, string(j.ID), j.Content, journal.Index{}); err != nil {
			return j, err
		}
		d.contents.put(j.ID, j.Content)
	}
	j.Content = nil
	return j, nil
}

// withContent gives jobs the bytes of their labels. Nobody may change those. A job
// whose bytes are missing or damaged stays without: it cannot be printed, which
// whoever takes it up tells by Job.Sound, and the others can.
func (d *Desk) withContent(ctx context.Context, tx *journal.ReadTx, jobs []printer.Job) error {
	for i, j := range jobs {
		if len(j.Content) > 0 {
			continue // of a journal that kept them together
		}
		if content, ok := d.contents.get(j.ID); ok {
			jobs[i].Content = content
			continue
		}
		var content []byte
		switch found, err := tx.Get(kindBytes, string(j.ID), &content); {
		case errors.Is(err, journal.ErrGarbled):
			d.o.Log.DebugContext(ctx, "The bytes of a label are damaged in the journal.", "job", j.ID, "err", err)
		case err != nil:
			return err
		case found:
			jobs[i].Content = content
			d.contents.put(j.ID, content)
		}
	}
	return nil
}

// maxContents bounds the bytes of labels that are remembered: those of the jobs
// at the head of a long queue, which the printers look through for every label.
const maxContents = 2 << 20

// contents are the bytes of some labels. What a transaction put here that failed
// after all is never asked for: its job is not there.
type contents struct {
	mu   sync.Mutex
	of   map[printer.JobID][]byte
	ids  []printer.JobID // oldest first
	size int
}

func (c *contents) get(id printer.JobID) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	content, ok := c.of[id]
	return content, ok
}

func (c *contents) put(id printer.JobID, content []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.of[id]; known || len(content) > maxContents {
		return
	}
	if c.of == nil {
		c.of = make(map[printer.JobID][]byte)
	}
	c.of[id], c.ids = content, append(c.ids, id)
	for c.size += len(content); c.size > maxContents; c.ids = c.ids[1:] {
		c.size -= len(c.of[c.ids[0]])
		delete(c.of, c.ids[0])
	}
}
