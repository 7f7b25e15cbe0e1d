package hub

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"waybill/sync/wire"
)

// Of the answers that have a bundle in them, of up to 7.5 MB before compression, so many
// are given at once. More would take each other's line until none comes in time.
const (
	bundlesAtOnce  = 16
	bundlesWaiting = 1024 // with those: whoever comes beyond that is told when to come again

	bundleStep     = 64 << 10         // a station that does not take as much
	bundleProgress = 30 * time.Second // in this time has gone, and its place is another's
	bundleDeadline = 4 * time.Minute  // for all of it: no station waits longer
)

// bundleLimits are those of an admission in which a request counts one and no bytes:
// what is answered is in memory once, however many get it.
func bundleLimits() Limits {
	return Limits{AtOnce: bundlesAtOnce, PerStation: 2, Memory: bundlesWaiting}.orDefaults()
}

// A signedBundle is a bundle as stations get it.
type signedBundle struct {
	version int64
	sha256  string // of its files
	key     ed25519.PrivateKey
	answer  []byte
	gzipped []byte // the same
}

// signedBundles keeps the newest bundle as it is answered, so that it is read, signed
// and encoded once and not for each station. There is at most one in it.
type signedBundles struct {
	mu   sync.Mutex // held while one is made: the others wait for it
	last signedBundle
}

// get returns the bundle of a version as a key signs it, made at need: a store that was
// made anew or restored has another key, and may give the same files the same number.
func (s *signedBundles) get(version int64, sha256 string, key ed25519.PrivateKey, fresh func() (signedBundle, error)) (signedBundle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version > 0 && s.last.version == version && s.last.sha256 == sha256 && s.last.key.Equal(key) {
		return s.last, nil
	}
	b, err := fresh()
	if err != nil {
		return b, err
	}
	s.last = b
	return b, nil
}

// sign reads the newest bundle from the store and signs it.
func (h *Hub) sign(ctx context.Context, key ed25519.PrivateKey) (signedBundle, error) {
	bundle, err := h.store.Bundle(ctx)
	if err != nil {
		return signedBundle{}, err
	}
	signed, err := wire.Sign(key, wire.ForBundle, bundle)
	if err != nil {
		return signedBundle{}, err
	}
	answer, err := json.Marshal(signed)
	if err != nil {
		return signedBundle{}, err
	}
	answer = append(answer, '\n')
	gzipped, err := gzipOf(answer)
	return signedBundle{bundle.Version, wire.DigestFiles(bundle.Files), key, answer, gzipped}, err
}

func gzipOf(content []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(content); err != nil {
		return nil, err
	}
	err := z.Close()
	return out.Bytes(), err
}

// takesGzip reports whether who asks says that it reads gzip.
func takesGzip(r *http.Request) bool {
	for _, value := range r.Header.Values("Accept-Encoding") {
		for one := range strings.SplitSeq(value, ",") {
			coding, weight, _ := strings.Cut(one, ";")
			if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				continue
			}
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return weight == "" || err == nil && q > 0
		}
	}
	return false
}

// giveSlowly writes an answer for as long as the other side takes some of it, and so
// fast that it can have all of it in time: a line that is too slow for that holds its
// place for a while only. A writer that knows no deadline has the server's.
func giveSlowly(w http.ResponseWriter, answer []byte) {
	out, start, given := http.NewResponseController(w), time.Now(), 0
	for step := range slices.Chunk(answer, bundleStep) {
		given += len(step)
		share := float64(given) / float64(len(answer))
		by := start.Add(bundleProgress + time.Duration(share*float64(bundleDeadline-bundleProgress)))
		if stalled := time.Now().Add(bundleProgress); stalled.Before(by) {
			by = stalled
		}
		_ = out.SetWriteDeadline(by)
		if _, err := w.Write(step); err != nil {
			return // the station asks again
		}
	}
}

// getBundle answers what the station is to work by. Its version is its ETag.
func (h *Hub) getBundle(w http.ResponseWriter, r *http.Request) {
	version, sha256, err := h.store.BundleVersion(r.Context())
	if err != nil {
		h.unanswered(w, r, err)
		return
	}
	w.Header().Set("Vary", "Accept-Encoding")
	if tag := versionTag(version); version > 0 && knows(r, tag) {
		w.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	who, station := senderOf(r)
	leave, err := h.bundles.enter(who, station, 1)
	if err == nil {
		defer leave()
		var place *place
		if place, err = h.bundles.place(r.Context(), who); err == nil {
			defer place.release()
		}
	}
	if busy, ok := errors.AsType[*busyError](err); ok {
		h.metrics.sentAway()
		busy.detail = "the rules and templates are being given to many stations, or to this one already; ask again shortly"
		busy.answer(w)
		return
	}
	var b signedBundle
	var key ed25519.PrivateKey
	if err == nil {
		key, err = h.store.SigningKey(r.Context())
	}
	if err == nil {
		b, err = h.signed.get(version, sha256, key, func() (signedBundle, error) { return h.sign(r.Context(), key) })
	}
	if err != nil {
		h.unanswered(w, r, err)
		return
	}
	answer := b.answer
	if takesGzip(r) {
		answer = b.gzipped
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("ETag", versionTag(b.version))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	giveSlowly(w, answer)
}

// versionTag is weak: the bytes are others in gzip.
func versionTag(version int64) string {
	return weak + strconv.Quote(strconv.FormatInt(version, 10))
}

const weak = "W/"

// knows reports whether who asks has what a tag is of. Stations write it without weak.
func knows(r *http.Request, tag string) bool {
	for _, value := range r.Header.Values("If-None-Match") {
		for one := range strings.SplitSeq(value, ",") {
			if strings.TrimPrefix(strings.TrimSpace(one), weak) == strings.TrimPrefix(tag, weak) {
				return true
			}
		}
	}
	return false
}
