package hub

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// A line takes so many bytes in a second, up to its deadline.
type line struct {
	*httptest.ResponseRecorder
	rate     int
	deadline time.Time
}

func (l *line) SetWriteDeadline(by time.Time) error { l.deadline = by; return nil }

func (l *line) Write(p []byte) (int, error) {
	takes := time.Duration(len(p)) * time.Second / time.Duration(l.rate)
	if left := time.Until(l.deadline); takes > left {
		time.Sleep(left)
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(takes)
	return l.ResponseRecorder.Write(p)
}

var _ http.ResponseWriter = (*line)(nil)

// TestALineThatIsTooSlowHoldsItsPlaceForAWhile gives the largest answer, and a small one.
func TestALineThatIsTooSlowHoldsItsPlaceForAWhile(t *testing.T) {
	for name, c := range map[string]struct {
		rate, size int
		comes      bool
		within     time.Duration
	}{
		"as slow as can be":    {32_000, 7_500_000, true, bundleDeadline},
		"too slow":             {25_000, 7_500_000, false, 2 * time.Minute},
		"far too slow":         {5_000, 7_500_000, false, 45 * time.Second},
		"one that stands":      {1, 7_500_000, false, bundleProgress + 2*time.Second},
		"slow, of small files": {3_000, 64_000, true, bundleProgress},
	} {
		synctest.Test(t, func(t *testing.T) {
			l, start := &line{ResponseRecorder: httptest.NewRecorder(), rate: c.rate}, time.Now()
			giveSlowly(l, make([]byte, c.size))
			if took := time.Since(start); (l.Body.Len() == c.size) != c.comes || took > c.within {
				t.Errorf("%s: %d bytes of %d in %v", name, l.Body.Len(), c.size, took)
			}
		})
	}
}
