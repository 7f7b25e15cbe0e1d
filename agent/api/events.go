package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"waybill/agent/desk"
	"waybill/internal/guard"
	"waybill/sync/wire"
)

// heartbeat is how often a quiet stream says that it lives.
const heartbeat = 15 * time.Second

// The limits of streams: how many there may be, and how long a client may take
// to take what is sent.
const (
	maxStreams     = 64
	streamPatience = 10 * time.Second
)

// events streams what happens, as server-sent events: the journal's events
// under their CloudEvents type, "scan" with the answer to each scan, and
// "change" for whatever else is worth another look. A client that sends
// Last-Event-ID first gets what it missed.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		guard.Problem(w, http.StatusServiceUnavailable, "Too many streams are open; close some of them.")
		return
	}
	pos, err := s.position(ctx, r.Header.Get("Last-Event-ID"))
	if err != nil {
		guard.Problem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	notices, stop := s.Desk.Watch()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	late := "retry: 1000\n: hello\n\n"
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		// The server's write deadline is for one answer; a stream has one for
		// each piece.
		if err := out.SetWriteDeadline(time.Now().Add(streamPatience)); err != nil {
			guard.Problem(w, http.StatusInternalServerError, "This connection cannot stream.")
			return
		}
		fmt.Fprint(w, late)
		late = ""
		appended := s.Journal.Watch()
		if pos, err = s.sendEvents(ctx, w, pos); err != nil {
			return // the client is gone, or will come back with Last-Event-ID
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case <-appended:
		case n := <-notices:
			late = notice(n)
		case <-tick.C:
			late = ": still here\n\n"
		case <-s.Stopping:
			return
		case <-ctx.Done():
			return
		}
	}
}

// position returns where a stream begins: after the event a client saw last, or
// at the journal's head.
func (s *server) position(ctx context.Context, last string) (wire.Position, error) {
	epoch, sequence, ok := strings.Cut(last, ":")
	if ok {
		e, err1 := strconv.ParseInt(epoch, 10, 64)
		n, err2 := strconv.ParseInt(sequence, 10, 64)
		if err1 == nil && err2 == nil && e > 0 && n >= 0 {
			return wire.Position{Epoch: e, Sequence: n}, nil
		}
	}
	return s.Journal.Head(ctx)
}

func (s *server) sendEvents(ctx context.Context, w http.ResponseWriter, pos wire.Position) (wire.Position, error) {
	for {
		records, err := s.Journal.After(ctx, pos, 200, 1<<20)
		if err != nil || len(records) == 0 {
			return pos, err
		}
		for _, rec := range records {
			if _, err := fmt.Fprintf(w, "id: %d:%d\nevent: waybill.%s.v1\ndata: %s\n\n", rec.Epoch, rec.Sequence, rec.Type, rec.Raw); err != nil {
				return pos, err
			}
			pos = rec.Position
		}
	}
}

// notice returns the event that tells a notice.
func notice(n desk.Notice) string {
	event := "change"
	if n.Topic == "scan" {
		event = "scan"
	}
	place := ""
	if n.Dock {
		place = "dock"
	}
	data, err := json.Marshal(map[string]string{"place": place, "topic": n.Topic, "signal": string(n.Tone), "word": n.Word, "message": n.Message, "order_id": n.Order, "bench": n.Bench})
	if err != nil {
		return "" // strings cannot fail to be written
	}
	return fmt.Sprintf("event: %s\ndata: %s\n\n", event, data)
}
