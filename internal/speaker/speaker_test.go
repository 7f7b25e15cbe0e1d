package speaker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/speaker"
)

// A recorder writes down when which tone began, in milliseconds.
type recorder struct {
	began time.Time
	heard []string
	err   error
}

func (r *recorder) Sound(hertz int) error {
	r.heard = append(r.heard, fmt.Sprintf("%d:%d", time.Since(r.began).Milliseconds(), hertz))
	return r.err
}

func (r *recorder) Close() error { return nil }

func TestPlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{began: time.Now()}
		tunes := make(chan speaker.Tune)
		ended := make(chan error, 1)
		go func() { ended <- speaker.Play(t.Context(), r, tunes) }()
		tunes <- speaker.Good()
		time.Sleep(time.Second)
		tunes <- speaker.Look()
		time.Sleep(time.Second)
		tunes <- speaker.Wrong()
		time.Sleep(100 * time.Millisecond) // a good scan cuts the wrong one's tune off
		tunes <- speaker.Good()
		time.Sleep(time.Second)
		tunes <- speaker.Wrong()
		close(tunes)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		want := []string{
			"0:2000", "120:0",
			"1000:1200", "1150:0", "1230:800", "1430:0",
			"2000:400", "2100:0", "2100:2000", "2220:0",
			"3100:400", "3320:0", "3410:400", "3630:0", "3720:400", "3940:0",
		}
		if d := cmp.Diff(want, r.heard); d != "" {
			t.Errorf("heard (-want +got):\n%s", d)
		}
	})
}

// TestPlayEndsSilent holds that a speaker is left silent when the station stops in
// the middle of a tone, and that its own error ends the playing.
func TestPlayEndsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{began: time.Now()}
		ctx, stop := context.WithCancel(t.Context())
		tunes := make(chan speaker.Tune, 1)
		tunes <- speaker.Wrong()
		time.AfterFunc(50*time.Millisecond, stop)
		if err := speaker.Play(ctx, r, tunes); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff([]string{"0:400", "50:0"}, r.heard); d != "" {
			t.Errorf("heard (-want +got):\n%s", d)
		}
		broken := &recorder{err: errors.New("unplugged")}
		tunes <- speaker.Good()
		if err := speaker.Play(t.Context(), broken, tunes); !errors.Is(err, broken.err) {
			t.Errorf("a broken speaker gives %v", err)
		}
	})
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	for _, name := range []string{"loud", "/dev/no-such-speaker"} {
		if s, err := speaker.Open(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, %v; want an error that names it", name, s, err)
		}
	}
	for name, want := range map[string]bool{speaker.PC: true, speaker.Bell: true, "/dev/input/event3": true, "": false, "loud": false} {
		if speaker.Known(name) != want {
			t.Errorf("%q is known: %v, want %v", name, !want, want)
		}
	}
}
