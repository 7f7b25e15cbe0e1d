package printertest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"

	"waybill/printer/ipp"
)

// An IPPDevice is a printer or a queue as an IPP client sees it: it answers, and
// keeps the documents. Its fields are set before it serves, or within Set.
type IPPDevice struct {
	Printer []ipp.Attribute // of the printer, over those it has from the start
	Job     []ipp.Attribute // of every job that has its document, over "completed, one impression"
	// Refuse, where it is set, looks at each request first: a status other
	// than 0 is the answer.
	Refuse func(op ipp.Operation, request ipp.Message) ipp.Status
	// Handle, where it is set, is offered each HTTP request before it is read,
	// and reports whether it has answered.
	Handle func(w http.ResponseWriter, r *http.Request) bool

	mu    sync.Mutex
	jobs  []ippJob
	begun bool
	asked []ipp.Operation
}

// ippJob is one job of an IPPDevice.
type ippJob struct {
	document  []byte
	sent      bool
	cancelled bool
}

// Set changes the device between two answers.
func (d *IPPDevice) Set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// Serve serves one connection until it ends.
func (d *IPPDevice) Serve(conn net.Conn) {
	l := &oneListener{conns: make(chan net.Conn, 1), ended: make(chan struct{})}
	l.conns <- conn
	server := &http.Server{Handler: d, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed || s == http.StateHijacked {
			l.Close()
		}
	}}
	_ = server.Serve(l)
	server.Close()
}

// Took returns the documents that came whole, and whether a byte of one came.
func (d *IPPDevice) Took() (whole [][]byte, begun bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, j := range d.jobs {
		if j.sent {
			whole = append(whole, j.document)
		}
	}
	return whole, d.begun
}

// Jobs returns how many jobs there are, and how many were cancelled.
func (d *IPPDevice) Jobs() (all, cancelled int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, j := range d.jobs {
		if j.cancelled {
			cancelled++
		}
	}
	return len(d.jobs), cancelled
}

// Asked returns the operations asked for so far.
func (d *IPPDevice) Asked() []ipp.Operation {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// ServeHTTP answers one request.
func (d *IPPDevice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	handle := d.Handle
	d.mu.Unlock()
	if handle != nil && handle(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	request, document, bad := ipp.Decode(body)
	d.mu.Lock()
	d.begun = d.begun || bad == nil && len(document) > 0
	var reply []byte
	if err == nil && bad == nil {
		reply, bad = d.answer(request, document).Append(nil)
	}
	d.mu.Unlock()
	if err = errors.Join(err, bad); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", ipp.MediaType)
	_, _ = w.Write(reply)
}

// answer carries out a request.
func (d *IPPDevice) answer(request ipp.Message, document []byte) ipp.Message {
	op := ipp.Operation(request.Code)
	d.asked = append(d.asked, op)
	reply := ipp.Request(0, request.RequestID)
	if d.Refuse != nil {
		if status := d.Refuse(op, request); status != 0 {
			reply.Code = uint16(status)
			return reply
		}
	}
	add := func(tag ipp.Tag, attributes ...[]ipp.Attribute) {
		reply.Groups = append(reply.Groups, ipp.Group{Tag: tag, Attributes: over(attributes...)})
	}
	id, _ := request.Attribute(ipp.OperationGroup, "job-id").Int()
	known := id >= 1 && id <= len(d.jobs)
	switch op {
	case ipp.GetPrinterAttributes:
		add(ipp.PrinterGroup, usualPrinter(), d.Printer)
	case ipp.ValidateJob:
	case ipp.CreateJob:
		d.jobs = append(d.jobs, ippJob{})
		add(ipp.JobGroup, d.jobAttributes(len(d.jobs)))
	case ipp.PrintJob:
		d.jobs = append(d.jobs, ippJob{document: bytes.Clone(document), sent: true})
		add(ipp.JobGroup, d.jobAttributes(len(d.jobs)))
	case ipp.SendDocument, ipp.CancelJob, ipp.GetJobAttributes:
		if !known {
			reply.Code = uint16(ipp.NotFound)
			return reply
		}
		switch j := &d.jobs[id-1]; {
		case op == ipp.SendDocument && (j.sent || j.cancelled), op == ipp.CancelJob && (j.sent || j.cancelled):
			reply.Code = uint16(ipp.NotPossible)
			return reply
		case op == ipp.SendDocument:
			j.document, j.sent = bytes.Clone(document), true
		case op == ipp.CancelJob:
			j.cancelled = true
		}
		add(ipp.JobGroup, d.jobAttributes(id))
	default:
		reply.Code = uint16(ipp.OperationUnsupported)
	}
	return reply
}

// usualPrinter is a printer of IPP Everywhere that is idle.
func usualPrinter() []ipp.Attribute {
	operations := ipp.Attribute{Name: "operations-supported"}
	for _, op := range []ipp.Operation{
		ipp.PrintJob, ipp.ValidateJob, ipp.CreateJob, ipp.SendDocument, ipp.CancelJob, ipp.GetJobAttributes, ipp.GetPrinterAttributes,
	} {
		operations.Values = append(operations.Values, ipp.Int("", ipp.Enum, int32(op)).Values...)
	}
	return []ipp.Attribute{
		ipp.Strings("printer-make-and-model", ipp.Text, "Acme L4"),
		ipp.Strings("printer-device-id", ipp.Text, "MFG:Acme;MDL:L4;CMD:PDF;SN:4711;"),
		ipp.Strings("printer-uuid", ipp.URI, "urn:uuid:9b1dce73-b3fb-398a-44f9-d47abe1fd81a"),
		ipp.Strings("printer-firmware-string-version", ipp.Text, "1.2"),
		ipp.Strings("document-format-supported", ipp.MimeMediaType, "application/octet-stream", "application/pdf"),
		ipp.Strings("ipp-features-supported", ipp.Keyword, "ipp-everywhere"),
		operations,
		ipp.Int("printer-state", ipp.Enum, ipp.PrinterIdle),
		ipp.Strings("printer-state-reasons", ipp.Keyword, "none"),
		ipp.Bool("printer-is-accepting-jobs", true),
	}
}

// jobAttributes are those of a job as it stands.
func (d *IPPDevice) jobAttributes(id int) []ipp.Attribute {
	state, reason := ipp.JobHeld, "job-data-insufficient"
	processing := ipp.Attribute{Name: "time-at-processing", Values: []ipp.Value{{Tag: ipp.NoValue}}}
	var further []ipp.Attribute
	switch j := d.jobs[id-1]; {
	case j.cancelled:
		state, reason = ipp.JobCancelled, "job-canceled-by-user"
	case j.sent:
		state, reason, processing = ipp.JobCompleted, "job-completed-successfully", ipp.Int("time-at-processing", ipp.Integer, 60)
		further = over([]ipp.Attribute{ipp.Int("job-impressions-completed", ipp.Integer, 1)}, d.Job)
	}
	return over([]ipp.Attribute{
		ipp.Int("job-id", ipp.Integer, int32(id)),
		ipp.Int("job-state", ipp.Enum, int32(state)),
		ipp.Strings("job-state-reasons", ipp.Keyword, reason),
		processing,
	}, further)
}

// over returns the attributes of all lists, the later ones in the place of the
// earlier of the same name; one without values is left out.
func over(lists ...[]ipp.Attribute) []ipp.Attribute {
	var all []ipp.Attribute
	for _, list := range lists {
		for _, a := range list {
			all = slices.DeleteFunc(all, func(b ipp.Attribute) bool { return b.Name == a.Name })
			if len(a.Values) > 0 {
				all = append(all, a)
			}
		}
	}
	return all
}

// oneListener hands out one connection.
type oneListener struct {
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
}

// Accept returns the connection, and then waits for the end.
func (l *oneListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (l *oneListener) Close() error {
	l.once.Do(func() { close(l.ended) })
	return nil
}

// Addr has nothing to tell.
func (l *oneListener) Addr() net.Addr { return &net.UnixAddr{Name: "test", Net: "unix"} }
