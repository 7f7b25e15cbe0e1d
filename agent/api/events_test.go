package api_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// A stream is an open stream of server-sent events.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (r *rig) open(t *testing.T, last string) *stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%s %s", res.Status, kind)
	}
	s := &stream{t, bufio.NewScanner(res.Body)}
	if hello := s.next(); hello[""] != " hello" || hello["retry"] != "1000" {
		t.Fatalf("no hello: %v", hello)
	}
	return s
}

// next returns the next message's fields; nil at the end.
func (s *stream) next() map[string]string {
	s.t.Helper()
	fields := map[string]string{}
	for s.lines.Scan() {
		if s.lines.Text() == "" {
			return fields
		}
		name, value, _ := strings.Cut(s.lines.Text(), ":")
		if name != "" {
			value = strings.TrimPrefix(value, " ")
		}
		fields[name] = value
	}
	if err := s.lines.Err(); err != nil {
		s.t.Fatal(err)
	}
	return nil
}

// until reads on to the message of an event.
func (s *stream) until(event string) map[string]string {
	s.t.Helper()
	for {
		m := s.next()
		if m == nil {
			s.t.Fatalf("the stream ended before %s", event)
		}
		if m["event"] == event {
			return m
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.take(t, "BEFORE", "1Z12345E0205271688")
	s := r.open(t, "")
	r.take(t, "A", number)
	m := s.until("waybill.order.accepted.v1")
	if !strings.Contains(m["data"], `"subject":"A"`) || !strings.HasPrefix(m["id"], "1:") {
		t.Errorf("message %v", m)
	}
	if next := s.until("waybill.carrier.assigned.v1"); next["id"] <= m["id"] {
		t.Errorf("%s after %s", next["id"], m["id"])
	}
	r.call(t, "POST", "/v1/scans", `{"data":"nothing"}`)
	if told := s.until("scan"); !strings.Contains(told["data"], `"signal":"bad"`) {
		t.Errorf("scan told as %v", told)
	}

	// Whoever comes back gets what it missed.
	again := r.open(t, m["id"])
	if next := again.next(); next["event"] != "waybill.carrier.assigned.v1" {
		t.Errorf("after %s came %v", m["id"], next)
	}
	// What is no position is passed over: the stream begins now.
	now := r.open(t, "nonsense")
	r.call(t, "POST", "/v1/orders/A/void", `{"reason":"buyer cancelled"}`)
	if first := now.next(); first["event"] != "waybill.label.voided.v1" && first["event"] != "change" {
		t.Errorf("first came %v", first)
	}

	close(r.stopping)
	for m := range s.rest() {
		if strings.HasPrefix(m["event"], "waybill.order.") {
			t.Errorf("unexpected %v", m)
		}
	}
}

// rest reads to the end of the stream, and proves that there is one.
func (s *stream) rest() func(yield func(map[string]string) bool) {
	return func(yield func(map[string]string) bool) {
		for m := s.next(); m != nil; m = s.next() {
			if !yield(m) {
				return
			}
		}
	}
}

func TestEventsOfAClosedJournal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.journal.Close()
	r.problem(t, 503, "closed", "GET", "/v1/events", "")
}
