package hub

import (
	"fmt"
	"net/http"
	"time"

	"waybill/internal/fault"
	"waybill/internal/guard"
)

const (
	heartbeat = 20 * time.Second // shorter than proxies' idle time
	liveTime  = 30 * time.Minute // after which a browser connects anew by itself
	liveWrite = 10 * time.Second // a reader this slow is gone
)

// getLive tells a buyer's page that there is news, as server-sent events. The
// page knows what it shows; the event says what there is.
func (h *Hub) getLive(w http.ResponseWriter, r *http.Request) {
	select {
	case h.live <- struct{}{}:
		defer func() { <-h.live }()
	default:
		w.Header().Set("Retry-After", "60")
		guard.Problem(w, http.StatusServiceUnavailable, "too many pages are waiting; reload now and then instead")
		return
	}
	rec, err := h.store.ByToken(r.Context(), r.PathValue("token"))
	if fault.Is(err, fault.NotFound) {
		guard.Problem(w, http.StatusNotFound, "there is nothing here")
		return
	}
	if err != nil {
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not answer; try again shortly")
		return
	}
	changed, stop := h.store.Watch(rec.OrderID)
	defer stop()
	out := http.NewResponseController(w)
	send := func(format string, args ...any) bool {
		if err := out.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil {
			return false
		}
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	// What changed between the look-up and the watch is found by looking again.
	if rec, err = h.store.ByToken(r.Context(), rec.Token); err != nil {
		return
	}
	shown := version(rec)
	if !send("retry: 5000\nevent: update\ndata: %s\n\n", shown) {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	end := time.NewTimer(liveTime)
	defer end.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-h.stopping:
			return
		case <-end.C:
			return
		case <-beat.C:
			if !send(": still here\n\n") {
				return
			}
		case _, ok := <-changed:
			if !ok {
				return
			}
			rec, err := h.store.ByToken(r.Context(), rec.Token)
			if err != nil {
				return
			}
			if version(rec) == shown { // the watch may tell of what the first look-up found already
				continue
			}
			shown = version(rec)
			if !send("event: update\ndata: %s\n\n", shown) {
				return
			}
		}
	}
}
