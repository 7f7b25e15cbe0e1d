package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// enrolments is what the hub needs of the store for stations that come, change
// their tokens and go.
type enrolments interface {
	admissions
	Enrol(ctx context.Context, e tracking.Enrolment) (tracking.Credential, error)
	Renew(ctx context.Context, r tracking.Renewal) (tracking.Credential, error)
	Access(ctx context.Context) ([]tracking.StationAccess, error)
	History(ctx context.Context, station shipment.StationID, after wire.Position, limit, maxBytes int) ([]wire.Record, error)
}

// tokenOverlap is how long a station's last token is good after it got another:
// one that breaks off in between comes through with either.
const tokenOverlap = 14 * 24 * time.Hour

type tokenLives struct{ life, overlap time.Duration }

// maxEnrol is more than a request about tokens has.
const maxEnrol = 4 << 10

// postEnrol makes the token of a station that shows a good code the station's.
// It is the one place where something changes without a token being shown.
func (h *Hub) postEnrol(w http.ResponseWriter, r *http.Request) {
	if wait := h.tries.take(r); wait > 0 {
		retryAfter(w, wait)
		guard.CodedProblem(w, http.StatusTooManyRequests, string(wire.RefusedTooMany), "too many codes were tried; wait a minute")
		return
	}
	var req wire.EnrolRequest
	if !readJSON(w, r, &req) {
		return
	}
	if req.Station == "" || len(req.Station) > 100 || req.Code == "" || !isHash(req.TokenSHA256) {
		guard.Problem(w, http.StatusUnprocessableEntity, "station, code and token_sha256 (64 hex digits, in lower case) are required")
		return
	}
	key := h.signer(r.Context())
	if key == "" { // the code stays good
		w.Header().Set("Retry-After", "5")
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not answer; ask the same again shortly")
		return
	}
	sum := sha256.Sum256([]byte(req.Code))
	c, err := h.store.Enrol(r.Context(), tracking.Enrolment{
		Station: req.Station, Code: hex.EncodeToString(sum[:]), Token: req.TokenSHA256, Life: h.tokens.life,
	})
	if err != nil {
		h.log.WarnContext(r.Context(), "A station was not enrolled.", "station", string(req.Station), "remote", r.RemoteAddr, "err", err)
		h.refuseToken(w, r, err)
		return
	}
	h.tries.back(r)
	h.log.InfoContext(r.Context(), "A station is enrolled.", "station", string(req.Station), "remote", r.RemoteAddr, "token_expires", c.Expires)
	h.writeCredential(w, c, false, key)
}

// getSelf tells a station what the hub knows of its token.
func (h *Hub) getSelf(w http.ResponseWriter, r *http.Request) {
	c, known := callerOf(r.Context())
	if !known {
		guard.CodedProblem(w, http.StatusNotFound, string(wire.RefusedNoToken), "this hub asks for no token, and so does not know who asks")
		return
	}
	h.writeCredential(w, c.Credential, c.configured, h.signer(r.Context()))
}

// postToken gives a station another token.
func (h *Hub) postToken(w http.ResponseWriter, r *http.Request) {
	var req wire.RenewRequest
	if !readJSON(w, r, &req) {
		return
	}
	c, known := callerOf(r.Context())
	switch {
	case !known || c.configured:
		guard.CodedProblem(w, http.StatusConflict, string(wire.RefusedConfigured), "the station's token stands in the hub's configuration, where people change it; enrol the station to have it renew by itself")
		return
	case !isHash(req.TokenSHA256):
		guard.Problem(w, http.StatusUnprocessableEntity, "token_sha256 is required, as 64 hex digits in lower case")
		return
	}
	next, err := h.store.Renew(r.Context(), tracking.Renewal{Station: c.Station, Token: c.token, Next: req.TokenSHA256, Life: h.tokens.life, Overlap: h.tokens.overlap})
	if err != nil {
		h.refuseToken(w, r, err)
		return
	}
	h.log.InfoContext(r.Context(), "A station has another token; the one before is good for a while.", "station", string(c.Station), "token_expires", next.Expires)
	h.writeCredential(w, next, false, h.signer(r.Context()))
}

func (h *Hub) writeCredential(w http.ResponseWriter, c tracking.Credential, configured bool, key string) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(wire.Credential{ //nolint:errcheck,errchkjson // the station asks again
		Station: c.Station, Configured: configured, Made: c.Made, Expires: c.Expires, Renew: c.Due(h.now()), SigningKey: key,
	})
}

// refuseToken answers what a token was asked for in vain.
func (h *Hub) refuseToken(w http.ResponseWriter, r *http.Request, err error) {
	var no *tracking.RefusedError
	switch {
	case errors.As(err, &no):
		guard.CodedProblem(w, http.StatusForbidden, string(no.Refusal), no.Words)
	case fault.Is(err, fault.Conflict):
		guard.Problem(w, http.StatusConflict, err.Error())
	default:
		if r.Context().Err() == nil {
			h.log.ErrorContext(r.Context(), "A station's token could not be kept. Check the disk.", "err", err)
		}
		w.Header().Set("Retry-After", "5")
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not answer; ask the same again shortly")
	}
}

// readJSON reads a small document, or answers why it cannot.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEnrol)).Decode(into)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		guard.Problem(w, http.StatusRequestEntityTooLarge, "that is more than this takes")
	case err != nil:
		guard.Problem(w, http.StatusBadRequest, "the body is no JSON of the right form: "+err.Error())
	}
	return err == nil
}

func isHash(s string) bool {
	sum, err := hex.DecodeString(s)
	return err == nil && len(sum) == sha256.Size && hex.EncodeToString(sum) == s
}

// How many codes may be tried in a minute, of one address and of all.
const (
	maxTries    = 10
	maxAllTries = 60
)

// tries bounds how often codes are tried. It knows no more addresses than all of
// them may try.
type tries struct {
	now func() time.Time

	mu    sync.Mutex
	since time.Time
	all   int
	by    map[string]int
}

func newTries(now func() time.Time) *tries { return &tries{now: now, by: map[string]int{}} }

// addressOf returns the address that a request comes from.
func addressOf(r *http.Request) string {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return from
}

// back takes a try back that was right: a warehouse of stations may come from one
// address.
func (t *tries) back(r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if from := addressOf(r); t.by[from] > 0 {
		t.by[from]--
		t.all--
	}
}

// take counts a try, and returns how long the next may not come; 0: this one may
// go on.
func (t *tries) take(r *http.Request) time.Duration {
	from := addressOf(r)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now.Sub(t.since).Abs() >= time.Minute {
		t.since, t.all = now, 0
		clear(t.by)
	}
	if t.all >= maxAllTries || t.by[from] >= maxTries {
		return max(time.Second, time.Minute-now.Sub(t.since))
	}
	t.all++
	t.by[from]++
	return 0
}
