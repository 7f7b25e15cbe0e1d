package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/sync/uplink"
)

// A question that fails is told once in its own words, and asked again at once where the
// hub is away.
func TestAQuestionThatFailsIsToldInItsOwnWords(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	asked := 0
	var err error
	q := hubQuestion{
		ask:   func(context.Context) error { asked++; return err },
		every: 3, fails: "it fails", older: "it is older",
	}
	turns := func(n, wantAsked int, want string) {
		t.Helper()
		asked = 0
		log.Reset()
		for range n {
			q.turn(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		}
		if asked != wantAsked || (log.Len() == 0) != (want == "") || strings.Count(log.String(), "level=WARN") > 1 || !strings.Contains(log.String(), want) {
			t.Errorf("asked %d times, told %q; want %d, %q", asked, log.String(), wantAsked, want)
		}
	}
	turns(6, 2, "")
	err = &fault.Error{Op: "parcels", Kind: fault.Transient, Err: errors.New("away")}
	turns(4, 4, "it fails")
	err = &fault.Error{Op: "parcels", Kind: fault.NotFound, Err: fmt.Errorf("hub: %w", &uplink.StatusError{Status: http.StatusNotFound, Hub: true})}
	turns(6, 2, "it is older")
	err = errors.New("a parcel cannot be read")
	turns(6, 2, "it fails")
	err = nil
	turns(3, 1, "")
}
