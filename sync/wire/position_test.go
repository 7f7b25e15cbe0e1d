package wire_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/sync/wire"
)

// TestLacksIsWhatAHubHasNot builds a hub that lost some events at random, and
// holds what its position says is missing against the events themselves.
func TestLacksIsWhatAHubHasNot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type place struct{ epoch, sequence int64 }
		length := map[int64]int64{}
		epochs := rapid.Int64Range(1, 3).Draw(rt, "epochs")
		there := map[place]bool{}
		for epoch := range epochs {
			epoch++
			length[epoch] = rapid.Int64Range(0, 12).Draw(rt, "events")
			for seq := range length[epoch] {
				there[place{epoch, seq + 1}] = rapid.Bool().Draw(rt, "there")
			}
		}
		cursor := wire.Position{Epoch: epochs, Sequence: rapid.Int64Range(0, length[epochs]).Draw(rt, "cursor")}
		var p wire.StationPosition
		var want []place
		for epoch := range epochs {
			epoch++
			e := wire.EpochPosition{Epoch: epoch}
			whole := true
			for seq := range length[epoch] {
				seq++
				at := place{epoch, seq}
				if !there[at] {
					whole = false
					if epoch < cursor.Epoch || seq <= cursor.Sequence {
						want = append(want, at)
					}
					continue
				}
				if whole {
					e.Watermark = seq
				} else if seq > e.Highest+1 {
					e.Missing = append(e.Missing, wire.Range{Epoch: epoch, From: e.Highest + 1, To: seq - 1})
				}
				e.Highest = seq
			}
			if e.Highest > 0 {
				p.Epochs = append(p.Epochs, e)
			}
		}
		var got []place
		for _, r := range p.Lacks(cursor, func(epoch int64) int64 { return length[epoch] }) {
			for seq := r.From; seq <= r.To; seq++ {
				got = append(got, place{r.Epoch, seq})
			}
		}
		if !slices.Equal(want, got) {
			rt.Errorf("lacks %v, want %v; %+v", got, want, p)
		}
	})
}

func TestNotice(t *testing.T) {
	for in, want := range map[string]wire.Notice{
		"":                       {},
		`cursor="3/4711"`:        {Cursor: wire.Position{Epoch: 3, Sequence: 4711}},
		`cursor="1/0",lane=live`: {Cursor: wire.Position{Epoch: 1}, Lane: wire.LaneLive},
		`lane=gaps, ahead_ms=-1200, within_ms=40, colour=blue`: {Lane: wire.LaneGaps, Ahead: -1200 * time.Millisecond, Within: 40 * time.Millisecond},
		`ahead_ms=5`: {}, // without its bound it says nothing
	} {
		got, err := wire.ParseNotice(in)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", in, err, diff)
		}
	}
	for _, in := range []string{`cursor=3/4711`, `cursor="0/1"`, `cursor="1/-1"`, `cursor="1"`, `cursor="`, `ahead_ms=x`, `within_ms=99999999999999`, `lane=`, `lane="live"`, `lane=a b`, `colour=` + strings.Repeat("x", 600)} {
		if n, err := wire.ParseNotice(in); err == nil {
			t.Errorf("%q is taken as %+v", in, n)
		}
	}
}

// TestWhatANoticeSaysOfTheClockHolds: written in whole milliseconds, the bounds
// still hold the true difference.
func TestWhatANoticeSaysOfTheClockHolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		day := int64(24 * time.Hour)
		n := wire.Notice{
			Ahead:  time.Duration(rapid.Int64Range(-day, day).Draw(rt, "ahead")),
			Within: time.Duration(rapid.Int64Range(1, day).Draw(rt, "within")),
		}
		got, err := wire.ParseNotice(n.String())
		if err != nil {
			rt.Fatal(err)
		}
		if got.Ahead-got.Within > n.Ahead-n.Within || got.Ahead+got.Within < n.Ahead+n.Within || got.Within > n.Within+2*time.Millisecond {
			rt.Errorf("%v ± %v became %v ± %v", n.Ahead, n.Within, got.Ahead, got.Within)
		}
	})
}

func FuzzParseNotice(f *testing.F) {
	f.Add(`cursor="3/4711", lane=live, ahead_ms=1200, within_ms=40`)
	f.Add(`cursor="1/0",,=`)
	f.Fuzz(func(t *testing.T, s string) {
		n, err := wire.ParseNotice(s)
		if err != nil {
			return
		}
		again, err := wire.ParseNotice(n.String())
		if err != nil || again != n {
			t.Errorf("%q is %+v, written %q, and that is %+v (%v)", s, n, n, again, err)
		}
	})
}
