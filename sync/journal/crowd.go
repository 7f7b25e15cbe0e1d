package journal

import (
	"runtime"
	"time"
)

// A crowd is who came with the last commits. The committer waits for those of whom
// it is to be expected that they come again at once, and all share one commit, which
// takes many times as long as the wait. Whoever comes alone is not kept waiting.
type crowd struct {
	answered time.Time // when those of the last commit were
	changes  int       // that had part in it
	waiting  int       // that had come meanwhile, and wait for the next

	came  int // changes since the committer had nothing to do
	burst int // those of them that came with its first commit, or waited by its end
	last  int // the burst before
}

const (
	patience    = 50 * time.Microsecond // since the last of them came
	maxPatience = 4 * patience          // in all
	lull        = time.Millisecond      // without a change; what comes then may be the first of a burst
	burstSize   = 4                     // fewer came together by chance
)

// gather is called with the first change of a commit in hand. It returns when as many
// wait in the queue as are expected, or no more seem to come.
func (c *crowd) gather(queue <-chan *request) {
	runtime.Gosched()
	began := time.Now()
	want := c.expected(began)
	for have, came := len(queue), began; have < want; {
		runtime.Gosched()
		now, n := time.Now(), len(queue)
		if n > have {
			have, came = n, now
		}
		if now.Sub(came) >= patience || now.Sub(began) >= maxPatience {
			return
		}
	}
}

// expected returns how many more are to be expected at that moment: what is left of a
// crowd that came in one instant the last time, or everyone who works without a pause.
func (c *crowd) expected(now time.Time) int {
	idle := now.Sub(c.answered)
	if idle >= lull {
		c.came, c.burst, c.last = 0, 0, c.burst
	}
	switch {
	case c.last >= burstSize && c.came < c.last:
		return min(c.last-c.came, batchSize) - 1
	case idle < patience && c.changes > 1:
		return min(c.changes+c.waiting, batchSize) - 1
	}
	return 0
}

// wrote notes who had part in a commit that was answered just now.
func (c *crowd) wrote(now time.Time, changes, waiting int) {
	c.answered, c.changes, c.waiting = now, changes, waiting
	if c.came == 0 {
		c.burst = changes + waiting
	}
	c.came += changes
}
