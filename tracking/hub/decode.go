package hub

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/klauspost/compress/zstd"

	"waybill/sync/wire"
	"waybill/tracking"
)

// A refusedError is a request that cannot be read, with the status that says
// so.
type refusedError struct {
	status int
	detail string
}

func (e *refusedError) Error() string { return e.detail }

func refused(status int, format string, args ...any) error {
	return &refusedError{status, fmt.Sprintf(format, args...)}
}

// maxWindow is how far back a zstd frame may refer, which is memory it takes
// before the first byte comes out. It is what RFC 8878 recommends to take.
const maxWindow = 8 << 20

// newZstd returns what decompresses all bodies.
func newZstd(l Limits) (*zstd.Decoder, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(l.AtOnce), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(uint64(l.Body))) //nolint:gosec // a limit is positive
	if err != nil {
		return nil, fmt.Errorf("decompression: %w", err)
	}
	return z, nil
}

// readable says from the headers alone whether a body can be read at all.
func readable(w http.ResponseWriter, h http.Header) error {
	switch enc := h.Get("Content-Encoding"); enc {
	case "", "identity", "gzip", "zstd":
	default:
		w.Header().Set("Accept-Encoding", "zstd, gzip")
		return refused(http.StatusUnsupportedMediaType, "content encoding %q: send zstd, gzip or none", enc)
	}
	switch contentType := h.Get("Content-Type"); mediaOf(contentType) {
	case wire.NDJSON, wire.Batch, wire.Single:
		return nil
	default:
		return refused(http.StatusUnsupportedMediaType, "content type %q: send %s, %s or %s", contentType, wire.NDJSON, wire.Batch, wire.Single)
	}
}

func mediaOf(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return contentType
	}
	return media
}

// readBody returns the request's body as it came, or why not. It never reads
// more than the limits.
func readBody(w http.ResponseWriter, r *http.Request, l Limits) ([]byte, error) {
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, l.Compressed))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refused(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes; send fewer events at once", l.Compressed)
	case err != nil:
		return nil, refused(http.StatusBadRequest, "the body breaks off: %v", err)
	}
	return b.Bytes(), nil
}

// How much of a refused body is still read, and for how long: whoever sends one
// looks for the answer when he has sent it, and would find a broken connection.
const (
	maxDrained = 128 << 20
	drainTime  = 5 * time.Second
)

// answerUnread answers a request whose body may not have been read, at once, and
// lets its sender find the answer.
func answerUnread(w http.ResponseWriter, r *http.Request, answer func()) {
	out := http.NewResponseController(w)
	if out.EnableFullDuplex() != nil {
		answer() // as in HTTP/2, where bodies do not stand in the way of answers
		return
	}
	answer()
	if out.Flush() == nil && out.SetReadDeadline(time.Now().Add(drainTime)) == nil {
		io.CopyN(io.Discard, r.Body, maxDrained) //nolint:errcheck // its end is what is waited for
	}
}

// unzip returns a body decompressed, or why not. It takes no more memory than
// the limits, whatever the body claims.
func (h *Hub) unzip(encoding string, body []byte) ([]byte, error) {
	var err error
	switch encoding {
	case "gzip":
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err != nil {
			return nil, refused(http.StatusBadRequest, "the body is not gzip: %v", err)
		}
		body, err = io.ReadAll(io.LimitReader(z, h.limits.Body+1))
	case "zstd":
		body, err = h.zstd.DecodeAll(body, nil)
	}
	switch {
	case int64(len(body)) > h.limits.Body, errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return nil, refused(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes once decompressed; send fewer events at once", h.limits.Body)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return nil, refused(http.StatusRequestEntityTooLarge, "the body's zstd window is larger than %d bytes; compress it with a smaller one, or send fewer events at once", maxWindow)
	case err != nil:
		return nil, refused(http.StatusBadRequest, "the body breaks off or is damaged: %v", err)
	}
	return body, nil
}

// split cuts a body into the bytes of its events.
func split(contentType string, body []byte, l Limits) ([][]byte, error) {
	var events [][]byte
	switch mediaOf(contentType) {
	case wire.NDJSON:
		for line := range bytes.Lines(body) {
			if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			if len(events) == l.Events {
				return nil, tooMany(l)
			}
			events = append(events, line)
		}
	case wire.Batch:
		var err error
		if events, err = wire.SplitArray(body, l.Events); errors.Is(err, wire.ErrTooMany) {
			return nil, tooMany(l)
		} else if err != nil {
			return nil, refused(http.StatusBadRequest, "the body is not a JSON array of events: %v", err)
		}
	default:
		events = [][]byte{bytes.TrimSpace(body)}
	}
	return events, nil
}

func tooMany(l Limits) error {
	return refused(http.StatusRequestEntityTooLarge, "more than %d events in one request: send at most %d", l.Events, l.Events)
}

// decode reads one event. What it cannot read it names as well as it can.
func decode(raw []byte, l Limits) (tracking.Incoming, *wire.Result) {
	no := func(env wire.Envelope, code wire.Code, why string) (tracking.Incoming, *wire.Result) {
		return tracking.Incoming{}, &wire.Result{ID: env.ID, Sequence: env.Sequence, Status: wire.Rejected, Code: code, Reason: why}
	}
	if len(raw) > l.Event {
		return no(wire.Envelope{}, wire.CodeTooLarge, fmt.Sprintf("the event is larger than %d bytes", l.Event))
	}
	env, err := wire.ReadEnvelope(raw)
	if err != nil {
		return no(env, wire.CodeMalformed, "the event is not a CloudEvent in JSON: "+err.Error())
	}
	if err := env.Check(); err != nil {
		return no(env, wire.CodeMalformed, err.Error())
	}
	return tracking.Incoming{Env: env, Raw: raw}, nil
}
