package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"waybill/printer"
	"waybill/printer/ipp"
)

// Bounds on what a printer may send.
const (
	maxIPPReply   = 1 << 20 // bytes; a printer's whole description is some tens of thousands
	maxIPPHeaders = 64 << 10
	ippExpect     = time.Second      // for "100 Continue", before the document is sent all the same
	ippTLS        = 10 * time.Second // for the handshake
	ippIdle       = 20 * time.Second // then the connection is closed; questions come once a second
)

// errIPPSilent is a printer that took the question and did not answer.
var errIPPSilent = errors.New("the printer does not answer")

// ippRefusal is an answer that says no, or is none of a printer.
type ippRefusal struct {
	what    string     // was asked for
	page    bool       // what answers speaks HTTP and no IPP
	http    int        // the status of HTTP, where that says no
	status  ipp.Status // else that of IPP
	message string     // the printer's own words, or ours
}

// Error says what was refused, and why.
func (r *ippRefusal) Error() string {
	switch {
	case r.http != 0 || r.status == 0:
		return r.what + ": " + r.message
	case r.message == "":
		return r.what + ": " + r.status.String()
	}
	return fmt.Sprintf("%s: %s: %s", r.what, r.status, r.message)
}

// format reports whether the printer refuses the document itself, so that it
// would refuse it again.
func (r *ippRefusal) format() bool {
	documents := []ipp.Status{ipp.FormatNotSupported, ipp.ValuesNotSupported, ipp.FormatError, ipp.TooLarge}
	return slices.Contains(documents, r.status) ||
		r.http == http.StatusRequestEntityTooLarge || r.http == http.StatusUnsupportedMediaType
}

// elsewhere reports whether the answer, to a question about the printer, means that
// the link's path leads to none.
func (r *ippRefusal) elsewhere() bool {
	return r.page || r.http == http.StatusNotFound || r.http == http.StatusGone || r.status == ipp.NotFound || r.status == ipp.Gone
}

// untaken reports whether the answer means that nothing of the document was
// taken.
func (r *ippRefusal) untaken() bool {
	later := []ipp.Status{
		ipp.OperationUnsupported, ipp.ServiceUnavailable, ipp.VersionUnsupported, ipp.TemporaryError,
		ipp.NotAccepting, ipp.Busy, ipp.Deactivated, ipp.TooManyJobs,
	}
	return slices.Contains(later, r.status) || r.status.Client() || r.http >= 400 && r.http < 500
}

// ippWire asks a printer over HTTP, on one connection at a time, which it opens
// anew when the printer has closed it.
type ippWire struct {
	dialer  printer.Dialer
	target  string // the printer's URI, as in every request
	http    *http.Transport
	url     string
	timeout time.Duration
	user    *url.Userinfo
	secure  bool // nobody on the way reads along
	asked   bool // the printer wants user and password
	deaf    bool // the printer sends no "100 Continue"
	id      uint32

	mu    sync.Mutex
	spare net.Conn // dialled and not used yet
	open  map[*streamConn]bool
}

// newIPPWire dials nothing yet.
func newIPPWire(o printer.Options) (*ippWire, error) {
	u, err := url.Parse(o.Link)
	if err != nil {
		return nil, fmt.Errorf("link %q: %w", o.Link, err)
	}
	w := &ippWire{dialer: o.Dial, timeout: o.Timeout, open: map[*streamConn]bool{}}
	if w.timeout <= 0 {
		w.timeout = ippTimeout
	}
	page := url.URL{Scheme: "http", Host: u.Host, Path: u.Path}
	if u.Scheme == "ipps" {
		page.Scheme, w.secure = "https", true
	}
	if page.Port() == "" {
		page.Host = net.JoinHostPort(page.Hostname(), "631")
	}
	if ip := net.ParseIP(page.Hostname()); page.Hostname() == "localhost" || ip.IsLoopback() {
		w.secure = true
	}
	if o.Access.User != "" {
		w.user = url.UserPassword(o.Access.User, o.Access.Password)
	}
	tls, err := ippTLSConfig(o.Access, page.Hostname())
	if err != nil {
		return nil, err
	}
	w.url, w.target = page.String(), (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	w.http = &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return w.connect(ctx) },
		TLSClientConfig: tls, TLSHandshakeTimeout: ippTLS,
		MaxConnsPerHost: 1, IdleConnTimeout: ippIdle, DisableCompression: true,
		ExpectContinueTimeout: ippExpect, MaxResponseHeaderBytes: maxIPPHeaders,
	}
	return w, nil
}

// dial opens the connection of the first question.
func (w *ippWire) dial(ctx context.Context) error {
	conn, err := w.connect(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spare = conn
	return nil
}

// connect returns the spare connection, or a new one.
func (w *ippWire) connect(ctx context.Context) (net.Conn, error) {
	w.mu.Lock()
	spare := w.spare
	w.spare = nil
	w.mu.Unlock()
	if spare != nil {
		return spare, nil
	}
	stream, err := w.dialer(ctx)
	if err != nil {
		return nil, err
	}
	conn := &streamConn{ReadWriteCloser: stream}
	conn.gone = func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, conn)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[conn] = true
	return conn, nil
}

// close ends every connection. It may be called more than once.
func (w *ippWire) close() error {
	w.http.CloseIdleConnections()
	w.mu.Lock()
	var open []*streamConn
	for conn := range w.open {
		open = append(open, conn)
	}
	w.mu.Unlock()
	for _, conn := range open {
		conn.Close()
	}
	return nil
}

// ask sends a request, with a document or without, and returns the printer's
// answer. left reports whether a byte of the document may have left; where the
// error is an ippRefusal, the printer has answered. A question is asked twice
// where the printer had closed the connection before it; a document is not.
func (w *ippWire) ask(ctx context.Context, op ipp.Operation, job []ipp.Attribute, document []byte, about ...ipp.Attribute) (reply ipp.Message, left bool, err error) {
	patience := ctx
	if document == nil {
		var cancel context.CancelFunc
		patience, cancel = context.WithTimeout(ctx, w.timeout)
		defer cancel()
	}
	for again := document == nil; ; again = false {
		var was attempt
		reply, was, err = w.try(patience, op, job, document, about)
		left = was.left
		var refusal *ippRefusal
		switch {
		case err == nil, ctx.Err() != nil:
			return reply, left, err
		case errors.As(err, &refusal) && refusal.http == http.StatusUnauthorized && w.user != nil && !w.asked:
			if !w.secure {
				refusal.message = "it wants a user and a password, which anybody on the way could read (write ipps:// in place of ipp://)"
				return reply, left, err
			}
			w.asked = true
			if reply, was, err = w.try(patience, op, job, document, about); err == nil || errors.As(err, &refusal) {
				return reply, was.left, err
			}
			left = was.left
		case errors.As(err, &refusal):
			return reply, left, err
		}
		if was.connected && document == nil && patience.Err() != nil {
			return reply, left, errIPPSilent
		}
		if !again || !was.reused {
			return reply, left, err
		}
	}
}

// attempt is what is known of one request afterwards.
type attempt struct {
	connected bool
	reused    bool // the connection was not a new one
	left      bool // a byte of the document may have left
}

// try sends a request once.
func (w *ippWire) try(ctx context.Context, op ipp.Operation, job []ipp.Attribute, document []byte, about []ipp.Attribute) (ipp.Message, attempt, error) {
	var was attempt
	w.id++
	request := ipp.Request(op, w.id, append([]ipp.Attribute{
		ipp.Strings("printer-uri", ipp.URI, w.target), ipp.Strings("requesting-user-name", ipp.Name, w.userName()),
	}, about...)...)
	order(&request)
	if len(job) > 0 {
		request.Groups = append(request.Groups, ipp.Group{Tag: ipp.JobGroup, Attributes: job})
	}
	head, err := request.Append(nil)
	if err != nil {
		return ipp.Message{}, was, err
	}
	tail := &counter{document: bytes.NewReader(document)}
	var continued atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:        func(i httptrace.GotConnInfo) { was.connected, was.reused = true, i.Reused },
		Got100Continue: func() { continued.Store(true) },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, io.MultiReader(bytes.NewReader(head), tail))
	if err != nil {
		return ipp.Message{}, was, err
	}
	r.ContentLength = int64(len(head) + len(document))
	r.Header.Set("Content-Type", ipp.MediaType)
	r.Header.Set("Accept", ipp.MediaType)
	r.Header.Set("User-Agent", "waybill")
	if w.asked {
		password, _ := w.user.Password()
		r.SetBasicAuth(w.user.Username(), password)
	}
	if document != nil && !w.deaf {
		r.Header.Set("Expect", "100-continue")
	}
	response, err := w.http.RoundTrip(r)
	n := tail.stop()
	was.left = n > 0
	if err != nil {
		return ipp.Message{}, was, fmt.Errorf("%s: %w", op, err)
	}
	defer response.Body.Close()
	if was.left && !continued.Load() {
		w.deaf = true // do not wait for it again
	}
	reply, err := readIPP(op, w.id, response)
	if err == nil && n < len(document) {
		err = fmt.Errorf("%s: the printer answered when it had %d of %d bytes", op, n, len(document))
	}
	return reply, was, err
}

// order puts the job's number behind the printer's URI, where RFC 8011 wants
// the target: section 4.1.5.
func order(m *ipp.Message) {
	list := m.Groups[0].Attributes
	for i, a := range list {
		if a.Name == "job-id" {
			copy(list[4:i+1], list[3:i])
			list[3] = a
			return
		}
	}
}

// userName is the user that a printer shows beside a job. It proves nothing.
func (w *ippWire) userName() string {
	if w.user != nil {
		return w.user.Username()
	}
	return "waybill"
}

// readIPP reads the answer to a request.
func readIPP(op ipp.Operation, id uint32, response *http.Response) (ipp.Message, error) {
	refusal := &ippRefusal{what: op.String(), http: response.StatusCode}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxIPPReply+1))
	kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	switch {
	case response.StatusCode == http.StatusUnauthorized:
		refusal.message = "it wants a user and a password (set user and password_file in the configuration)"
		return ipp.Message{}, refusal
	case response.StatusCode == http.StatusUpgradeRequired:
		refusal.message = "it wants an encrypted connection (write ipps:// in place of ipp://)"
		return ipp.Message{}, refusal
	case response.StatusCode != http.StatusOK:
		refusal.message = fmt.Sprintf("the answer is %s (compare the link's host and path with the printer's, such as /ipp/print or /printers/NAME)", response.Status)
		return ipp.Message{}, refusal
	case err != nil:
		return ipp.Message{}, fmt.Errorf("%s: answer: %w", op, err)
	}
	refusal.http = 0
	if len(body) > maxIPPReply {
		refusal.message = fmt.Sprintf("the answer is longer than %d bytes", maxIPPReply)
		return ipp.Message{}, refusal
	}
	reply, _, err := ipp.Decode(body)
	switch {
	case kind != ipp.MediaType, err != nil:
		refusal.page = kind != ipp.MediaType
		refusal.message = fmt.Sprintf("what answers is no printer: %.40q (compare the link's host and path with the printer's)", kind)
		return ipp.Message{}, refusal
	case reply.RequestID != id:
		refusal.message = "the answer belongs to another question"
		return ipp.Message{}, refusal
	}
	if refusal.status = ipp.Status(reply.Code); !refusal.status.OK() {
		refusal.message = reply.Attribute(ipp.OperationGroup, "status-message").Text()
		return reply, refusal
	}
	return reply, nil
}

// counter counts what is read of a document: no less than what left. A request
// that has failed is still being written for a moment, so that reading is ended
// before the count is believed.
type counter struct {
	mu       sync.Mutex
	document *bytes.Reader
	n        int
	stopped  bool
}

// Read counts.
func (c *counter) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped && c.document.Len() > 0 {
		return 0, io.ErrClosedPipe
	}
	n, err := c.document.Read(b)
	c.n += n
	return n, err
}

// stop ends reading, and returns what was read.
func (c *counter) stop() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	return c.n
}
