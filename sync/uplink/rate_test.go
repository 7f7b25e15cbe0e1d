package uplink

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestARateIsKeptAndWhatIsLiveGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rate{perSecond: 1000, now: time.Now}
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var main int
		var lanes sync.WaitGroup
		lanes.Go(func() {
			for r.wait(ctx, 5000, false) == nil {
				main += 5000
			}
		})
		live, worst := 0, time.Duration(0)
		for range 200 { // a fifth of what there is
			time.Sleep(time.Second)
			asked := time.Now()
			if err := r.wait(ctx, 200, true); err != nil {
				t.Fatal(err)
			}
			live, worst = live+200, max(worst, time.Since(asked))
		}
		cancel()
		lanes.Wait()
		may := int(time.Since(begin).Seconds())*1000 + 5000 // the first needs no waiting
		if sent := main + live; sent > may || sent < may*9/10 {
			t.Errorf("%d bytes in %v", sent, time.Since(begin))
		}
		if worst > 0 {
			t.Errorf("what is live waited %v", worst)
		}
	})
}

func TestWhatIsLiveKeepsTheRateToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rate{perSecond: 1000, now: time.Now}
		begin := time.Now()
		for range 100 {
			if err := r.wait(t.Context(), 2000, true); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took < 197*time.Second || took > 200*time.Second {
			t.Errorf("200 kB at 1 kB/s took %v", took)
		}
	})
}

func TestNoRateIsNoWaiting(t *testing.T) {
	var r rate
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.wait(ctx, 1<<30, false); err != nil {
		t.Error(err)
	}
}
