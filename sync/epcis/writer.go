package epcis

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// contextURI is where GS1 says what the names of a document mean.
const contextURI = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

// A Writer writes one EPCIS document, event by event. It keeps none of them: a
// document may be longer than the memory.
type Writer struct {
	out     io.Writer
	site    Site
	past    func(shipment.OrderID) ([]wire.Envelope, error)
	written int
	untold  int
	broken  bool // the output or the journal has failed, not an event
	kept    map[shipment.OrderID][]wire.Envelope
}

// NewWriter begins a document that was made at the time given. past returns
// everything the journal says of an order, oldest first; an event alone does not
// say what the number of its parcel is, or what is in it.
func NewWriter(out io.Writer, site Site, created time.Time, past func(shipment.OrderID) ([]wire.Envelope, error)) (*Writer, error) {
	if err := site.Check(); err != nil {
		return nil, err
	}
	head, err := json.Marshal(map[string]string{"waybill": site.name(vocabulary, "")})
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(out, `{"@context":[%q,%s],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":%q,"epcisBody":{"eventList":[`,
		contextURI, head, creation(created))
	return &Writer{out: out, site: site, past: past, kept: map[shipment.OrderID][]wire.Envelope{}}, err
}

// Add tells of env, which may make no event of EPCIS, or several. Events come in
// the order of the journal. After an error of env's own data the document goes
// on without it.
func (w *Writer) Add(env wire.Envelope) error {
	told, err := w.tell(env)
	if err != nil {
		return err
	}
	for _, e := range told {
		b, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("event %s: %w", env.ID, err)
		}
		sep := ",\n"
		if w.written == 0 {
			sep = "\n"
		}
		if _, err := w.out.Write(append([]byte(sep), b...)); err != nil {
			w.broken = true
			return fmt.Errorf("output: %w", err)
		}
		w.written++
	}
	return nil
}

// Close ends the document.
func (w *Writer) Close() error {
	if _, err := io.WriteString(w.out, "\n]}}\n"); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

// Broken reports whether an error of Add was of the output or the journal, so
// that there is no going on.
func (w *Writer) Broken() bool { return w.broken }

// Events is how many events of EPCIS the document has so far.
func (w *Writer) Events() int { return w.written }

// Untold is how many parcels could not be told of: one on a closed pick-up whose
// number no event here says, and one that was taken back and had been loaded at
// another station.
func (w *Writer) Untold() int { return w.untold }

// maxKept is how many orders' histories are kept at hand: the events of one
// order stand near each other.
const maxKept = 1024

func (w *Writer) history(id shipment.OrderID) ([]wire.Envelope, error) {
	if h, ok := w.kept[id]; ok {
		return h, nil
	}
	h, err := w.past(id)
	if err != nil {
		w.broken = true
		return nil, fmt.Errorf("history of order %q: %w", id, err)
	}
	if len(w.kept) >= maxKept {
		clear(w.kept)
	}
	w.kept[id] = h
	return h, nil
}
