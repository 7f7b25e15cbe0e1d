package hub

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

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

// readBody returns the request's body, decompressed, or why not. It never
// reads more than the limits.
func readBody(w http.ResponseWriter, r *http.Request, l Limits) ([]byte, error) {
	if r.ContentLength > l.Compressed {
		return nil, refused(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes; send fewer events at once", l.Compressed)
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, l.Compressed)
	switch enc := r.Header.Get("Content-Encoding"); enc {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, refused(http.StatusBadRequest, "the body is not gzip: %v", err)
		}
		body = z
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(uint64(l.Body)+1<<20)) //nolint:gosec // a limit is positive
		if err != nil {
			return nil, refused(http.StatusBadRequest, "the body is not zstd: %v", err)
		}
		defer z.Close()
		body = z
	default:
		w.Header().Set("Accept-Encoding", "zstd, gzip")
		return nil, refused(http.StatusUnsupportedMediaType, "content encoding %q: send zstd, gzip or none", enc)
	}
	b, err := io.ReadAll(io.LimitReader(body, l.Body+1))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), int64(len(b)) > l.Body, errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return nil, refused(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes, or %d decompressed; send fewer events at once", l.Compressed, l.Body)
	case err != nil:
		return nil, refused(http.StatusBadRequest, "the body breaks off or is damaged: %v", err)
	}
	return b, nil
}

// split cuts a body into the bytes of its events.
func split(contentType string, body []byte, l Limits) ([][]byte, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = contentType
	}
	var events [][]byte
	switch media {
	case wire.NDJSON:
		for line := range bytes.Lines(body) {
			if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
				events = append(events, line)
			}
		}
	case wire.Batch:
		var raws []json.RawMessage
		if err := json.Unmarshal(body, &raws); err != nil {
			return nil, refused(http.StatusBadRequest, "the body is not a JSON array of events: %v", err)
		}
		for _, raw := range raws {
			events = append(events, raw)
		}
	case wire.Single:
		events = [][]byte{bytes.TrimSpace(body)}
	default:
		return nil, refused(http.StatusUnsupportedMediaType, "content type %q: send %s, %s or %s", contentType, wire.NDJSON, wire.Batch, wire.Single)
	}
	if len(events) > l.Events {
		return nil, refused(http.StatusRequestEntityTooLarge, "%d events in one request: send at most %d", len(events), l.Events)
	}
	return events, nil
}

// decode reads one event. What it cannot read it names as well as it can.
func decode(raw []byte, l Limits) (tracking.Incoming, *wire.Result) {
	no := func(env wire.Envelope, code wire.Code, why string) (tracking.Incoming, *wire.Result) {
		return tracking.Incoming{}, &wire.Result{ID: env.ID, Sequence: env.Sequence, Status: wire.Rejected, Code: code, Reason: why}
	}
	var env wire.Envelope
	if len(raw) > l.Event {
		return no(env, wire.CodeTooLarge, fmt.Sprintf("the event is larger than %d bytes", l.Event))
	}
	if !utf8.Valid(raw) {
		return no(env, wire.CodeMalformed, "the event is not UTF-8")
	}
	if err := json.Unmarshal(raw, &env); err != nil {
		var named struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(raw, &named) == nil && env.ID == "" {
			env.ID = named.ID
		}
		return no(env, wire.CodeMalformed, "the event is not a CloudEvent in JSON: "+err.Error())
	}
	if err := env.Check(); err != nil {
		return no(env, wire.CodeMalformed, err.Error())
	}
	return tracking.Incoming{Env: env, Raw: raw}, nil
}
