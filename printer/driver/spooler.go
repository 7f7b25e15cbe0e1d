package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// spoolerDriver hands labels to a print queue of Windows.
func spoolerDriver() printer.Driver {
	return printer.Driver{
		Name:    "spooler",
		Doc:     "a print queue of Windows, by its name: spooler://Zebra ZD421; a queue never proves that a label came out",
		Schemes: []string{spoolerScheme},
		Open: func(ctx context.Context, o printer.Options) (printer.Printer, error) {
			return openSpooler(ctx, o, systemSpooler)
		},
	}
}

const (
	spoolerScheme  = "spooler"
	spoolerTimeout = 10 * time.Second // a queue on a server that is away keeps the caller that long or longer
)

// A printQueue is an open queue of the system's print spooler: the part of it
// that the driver needs. Its calls may block, for a queue on a server that is
// away for very long.
type printQueue interface {
	state() (queueState, error)
	// start begins a document and its only page.
	start(document, datatype string) error
	// write returns how many bytes the spooler took.
	write(p []byte) (int, error)
	finish() error
	// abort takes the document back, as far as it has not been printed.
	abort() error
	close() error
}

// A queueState is what a queue says of itself and, by hearsay, of its printer.
type queueState struct {
	driver string // as people see it
	port   string
	status queueBits
	jobs   int       // in the queue, of whoever
	job    queueBits // of all its jobs together, in the bits of a queue
	xps    bool      // its driver wants bytes for the printer marked in its own way
}

// openSpooler opens the queue that the link names.
func openSpooler(ctx context.Context, o printer.Options, open func(name string) (printQueue, error)) (printer.Printer, error) {
	name, err := queueName(o.Link)
	if err != nil {
		return nil, fmt.Errorf("printer %q: %w", o.Name, err)
	}
	q := &queued{name: o.Name, queueName: name, timeout: o.Timeout}
	if q.timeout <= 0 {
		q.timeout = spoolerTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	err = q.call(ctx, func() error {
		opened, err := open(name)
		if err != nil {
			return err
		}
		if ctx.Err() != nil { // nobody waits for it any more
			return opened.close()
		}
		q.queue.Store(&opened)
		return nil
	})
	if err != nil {
		return nil, &fault.Error{
			Op: fmt.Sprintf("queue %q of printer %q", name, o.Name), Kind: fault.Transient, Err: err,
			Hint: "Write the queue's name as Windows shows it; waybill printers --discover lists them.",
		}
	}
	return q, nil
}

// queueName returns the queue of a link: what follows spooler://, as it is or
// percent-encoded.
func queueName(link string) (string, error) {
	name, ok := strings.CutPrefix(link, spoolerScheme+"://")
	if !ok || name == "" {
		return "", fmt.Errorf("link %q names no queue; write spooler://NAME, as spooler://Zebra ZD421", link)
	}
	if decoded, err := url.PathUnescape(name); err == nil {
		name = decoded
	}
	return name, nil
}

// errStuck is a call of the system's that has not come back in time; errBusy is
// a call that was not made because an earlier one is still out.
var (
	errStuck = errors.New("the print spooler of this machine does not come back")
	errBusy  = errors.New("the print spooler of this machine has not come back from the call before")
)

// queued is a printer behind a print queue. It is for one goroutine at a time.
type queued struct {
	name, queueName string
	timeout         time.Duration
	queue           atomic.Pointer[printQueue] // set once, by the call that opens it
	out             atomic.Bool                // a call is out
	closed          bool
}

// call does something with the system, and gives up waiting with ctx. What it
// has given up on goes on, and keeps the queue from further calls.
func (q *queued) call(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !q.out.CompareAndSwap(false, true) {
		return errBusy
	}
	done := make(chan error, 1)
	go func() {
		err := do()
		q.out.Store(false)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errStuck, ctx.Err())
	}
}

// state asks the queue how it is.
func (q *queued) state(ctx context.Context) (queueState, error) {
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	asked := make(chan queueState, 1)
	if err := q.call(ctx, func() error {
		st, err := (*q.queue.Load()).state()
		asked <- st
		return err
	}); err != nil {
		return queueState{}, fmt.Errorf("queue %q: %w", q.queueName, err)
	}
	return <-asked, nil
}

// Identity names the queue: nobody knows which machine is behind it.
func (q *queued) Identity(ctx context.Context) (printer.Identity, error) {
	st, err := q.state(ctx)
	if err != nil {
		return printer.Identity{}, err
	}
	return printer.Identity{Model: fmt.Sprintf("queue %s (%s)", q.queueName, st.driver), LanguageOK: true}, nil
}

// Status is the queue's. A queue that reports nothing is merely able to take a
// label; most say the same of a printer that is switched off.
func (q *queued) Status(ctx context.Context) (printer.Status, error) {
	st, err := q.state(ctx)
	if err != nil {
		return printer.Status{}, err
	}
	return queueStatus(st), nil
}

// Relays reports true.
func (q *queued) Relays() bool { return true }

// Print hands one label to the queue.
func (q *queued) Print(ctx context.Context, content []byte) error {
	op := fmt.Sprintf("label for printer %q", q.name)
	var taken atomic.Int64
	var begun, aborted atomic.Bool
	err := q.call(ctx, func() error {
		queue := *q.queue.Load()
		err := put(queue, content, &begun, &taken)
		if err != nil && begun.Load() {
			aborted.Store(queue.abort() == nil)
		}
		return err
	})
	nothing := func(hint string) error {
		return &fault.Error{Op: op, Kind: fault.Transient, Err: err, Hint: hint}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errStuck): // and may yet come through
	case !begun.Load():
		return nothing("Nothing was sent; it is tried again by itself.")
	case aborted.Load() && taken.Load() == 0:
		return nothing("The queue took nothing; it is tried again by itself.")
	}
	return &fault.Error{
		Op: op, Kind: fault.Uncertain, Err: errors.Join(fmt.Errorf("the queue took %d of %d bytes", taken.Load(), len(content)), err),
		Hint: "Check whether the label came out, and look into the queue, before printing it again.",
	}
}

// put makes one document of content.
func put(queue printQueue, content []byte, begun *atomic.Bool, taken *atomic.Int64) error {
	st, err := queue.state()
	if err != nil {
		return err
	}
	datatype := "RAW"
	if st.xps {
		datatype = "XPS_PASS" // what "as it is" is called for drivers of this kind
	}
	if err := queue.start("Waybill label", datatype); err != nil {
		return err
	}
	begun.Store(true)
	for rest := content; len(rest) > 0; {
		n, err := queue.write(rest)
		n = min(max(n, 0), len(rest))
		taken.Add(int64(n))
		switch rest = rest[n:]; {
		case err != nil:
			return err
		case n == 0:
			return io.ErrShortWrite
		}
	}
	return queue.finish()
}

// Close lets go of the queue. A call that is still out keeps it.
func (q *queued) Close() error {
	if q.closed {
		return nil
	}
	q.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), q.timeout)
	defer cancel()
	if err := q.call(ctx, func() error { return (*q.queue.Load()).close() }); err != nil {
		return fmt.Errorf("queue %q: %w", q.queueName, err)
	}
	return nil
}

// A Queue is a print queue of this machine.
type Queue struct {
	Name   string
	Driver string // empty where the queue is on a server: it is not asked
	Port   string
}
