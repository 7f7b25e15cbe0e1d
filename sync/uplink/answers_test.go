package uplink_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/uplink"
)

func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"title":"no","status":0,"detail":"` + detail + `"}`))
}

func TestBatchesThatAreTooLargeAreHalved(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter)
		parked []string
	}{
		"413 of a proxy":        {func(w http.ResponseWriter) { http.Error(w, "<html>", http.StatusRequestEntityTooLarge) }, []string{"e300"}},
		"400 of the hub":        {func(w http.ResponseWriter) { problem(w, http.StatusBadRequest, "line too long") }, []string{"e300"}},
		"400 of who knows whom": {func(w http.ResponseWriter) { http.Error(w, "<html>", http.StatusBadRequest) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(600)
				h.before = func(w http.ResponseWriter, _ *http.Request, events [][]byte) bool {
					poison := slices.ContainsFunc(events, func(b []byte) bool { return strings.Contains(string(b), `"e300"`) })
					if poison || len(events) > 100 {
						tt.answer(w)
						return true
					}
					return false
				}
				start(t, h, m, nil)
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				var parked []string
				for _, r := range m.parked {
					parked = append(parked, r.ID)
				}
				if diff := cmp.Diff(tt.parked, parked); diff != "" {
					t.Error(diff)
				}
				if tt.parked == nil {
					wantSequences(t, h, nil)
					return
				}
				wantSequences(t, h, slices.DeleteFunc(upTo(600), func(s int64) bool { return s == 300 }))
			})
		})
	}
}

func TestAHubThatChokesOnEverythingSetsNothingAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(50)
		h.before = func(w http.ResponseWriter, _ *http.Request, _ [][]byte) bool {
			problem(w, http.StatusBadRequest, "I speak another version")
			return true
		}
		r := start(t, h, m, nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := r.last(); len(m.parked) != 0 || m.cursor.Sequence != 0 || !strings.Contains(s.LastError, "another version") {
			t.Errorf("parked %d, %+v", len(m.parked), s)
		}
	})
}

func TestAnswersThatAreNoAnswers(t *testing.T) {
	answer := func(contentType, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter)
		says   string
	}{
		"captive portal": {answer("text/html", "<html>Welcome to the Wi-Fi</html>"), "asks for a login"},
		"portal's redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://wifi/")
			w.WriteHeader(http.StatusFound)
		}, "asks for a login"},
		"HTML named as JSON": {answer("application/json", "<html>"), "cannot be read"},
		"nothing":            {answer("application/json", ""), "cannot be read"},
		"cut in the middle":  {answer("application/json", `{"results":[{"id":"e1","status":"accepted"},`), "cannot be read"},
		"another JSON":       {answer("application/json", `{"ok":true}`), "for 0 events, 2 were sent"},
		"too short":          {answer("application/json", `{"results":[{"id":"e1","status":"accepted"}]}`), "for 1 events, 2 were sent"},
		"another's":          {answer("application/json", `{"results":[{"id":"e1","status":"accepted"},{"id":"e9","status":"accepted"}]}`), "answer 2 is for event e9"},
		"another sequence":   {answer("application/json", `{"results":[{"sequence":1,"status":"accepted"},{"sequence":3,"status":"accepted"}]}`), "number 3"},
		"unknown status":     {answer("application/json", `{"results":[{"status":"accepted"},{"status":"perhaps"}]}`), "perhaps"},
		"wrong token":        {func(w http.ResponseWriter) { problem(w, http.StatusUnauthorized, "unknown token") }, "Check the station's token"},
		"no such page":       {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, "Check the hub's address"},
		"error page":         {func(w http.ResponseWriter) { http.Error(w, "oops", http.StatusInternalServerError) }, "500"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(2)
				h.before = func(w http.ResponseWriter, _ *http.Request, _ [][]byte) bool { tt.answer(w); return true }
				r := start(t, h, m, nil)
				time.Sleep(time.Hour)
				synctest.Wait()
				if s := r.last(); !strings.Contains(s.LastError, tt.says) || s.Pending != 2 || !s.LastAck.IsZero() {
					t.Errorf("want %q, got %+v", tt.says, s)
				}
				if m.cursor.Sequence != 0 || len(m.parked) != 0 {
					t.Errorf("cursor %d, parked %d", m.cursor.Sequence, len(m.parked))
				}
				h.set(func() { h.before = nil })
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				wantSequences(t, h, upTo(2))
			})
		})
	}
}

// TestAPauseIsBounded has an answer ask for years, as one does whose clock is wrong.
func TestAPauseIsBounded(t *testing.T) {
	for name, after := range map[string]func() string{
		"in seconds": func() string { return "99999999" },
		"until":      func() string { return time.Now().UTC().AddDate(3, 0, 0).Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(1)
				asked := 0
				h.before = func(w http.ResponseWriter, _ *http.Request, _ [][]byte) bool {
					if asked++; asked > 1 {
						return false
					}
					w.Header().Set("Retry-After", after())
					w.WriteHeader(http.StatusServiceUnavailable)
					return true
				}
				start(t, h, m, nil)
				time.Sleep(23 * time.Hour)
				synctest.Wait()
				h.set(func() {
					if asked != 1 {
						t.Errorf("asked %d times within a day", asked)
					}
				})
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				wantSequences(t, h, upTo(1))
			})
		})
	}
}

func TestAHubThatAsksForAPauseGetsIt(t *testing.T) {
	for name, after := range map[string]func() string{
		"in seconds": func() string { return "600" },
		"until":      func() string { return time.Now().UTC().Add(10 * time.Minute).Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, m := newHub(), newMemory(1)
				begin := time.Now()
				var calls []time.Duration
				h.before = func(w http.ResponseWriter, _ *http.Request, _ [][]byte) bool {
					calls = append(calls, time.Since(begin))
					if len(calls) > 1 {
						return false
					}
					w.Header().Set("Retry-After", after())
					w.WriteHeader(http.StatusServiceUnavailable)
					return true
				}
				start(t, h, m, func(o *uplink.Options) { o.Rand = func() float64 { return 0.5 } })
				time.Sleep(time.Hour)
				synctest.Wait()
				if diff := cmp.Diff([]time.Duration{0, 10*time.Minute + time.Second/2}, calls); diff != "" {
					t.Error(diff)
				}
				wantSequences(t, h, upTo(1))
			})
		})
	}
}

func TestGzipWhereZstdIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(3)
		var encodings []string
		h.before = func(w http.ResponseWriter, r *http.Request, _ [][]byte) bool {
			e := r.Header.Get("Content-Encoding")
			encodings = append(encodings, e)
			if e == "zstd" {
				w.WriteHeader(http.StatusUnsupportedMediaType)
				return true
			}
			return false
		}
		start(t, h, m, nil)
		synctest.Wait()
		m.append(time.Now())
		synctest.Wait()
		wantSequences(t, h, upTo(4))
		if diff := cmp.Diff([]string{"zstd", "gzip", "gzip"}, encodings); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheClocksDifferenceIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newHub(), newMemory(1)
		h.before = func(w http.ResponseWriter, _ *http.Request, _ [][]byte) bool {
			w.Header().Set("Date", time.Now().Add(5*time.Minute).UTC().Format(http.TimeFormat))
			return false
		}
		r := start(t, h, m, nil)
		synctest.Wait()
		if s := r.last(); s.ClockSkew != -5*time.Minute {
			t.Errorf("skew %v", s.ClockSkew)
		}
	})
}
