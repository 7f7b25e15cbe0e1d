package journal

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The committer expects those who come again at once and those who came in one
// instant the last time, and never keeps anybody waiting who comes alone.
func TestCrowdExpected(t *testing.T) {
	type commit struct {
		after            time.Duration // since the answers of the one before
		changes, waiting int
	}
	const pause = 40 * time.Millisecond
	tests := []struct {
		name string
		past []commit
		next time.Duration
		want int // besides the one that is there
	}{
		{name: "the first of all", want: 0},
		{name: "one after the other", past: []commit{{0, 1, 0}, {0, 1, 0}}, want: 0},
		{name: "two that wait for no answer of each other's", past: []commit{{0, 1, 1}, {0, 1, 1}}, want: 0},
		{name: "everyone comes again at once", past: []commit{{0, 16, 0}}, want: 15},
		{name: "with those who came too late", past: []commit{{0, 43, 21}}, want: 63},
		{name: "no more than go into a commit", past: []commit{{0, 250, 50}}, want: batchSize - 1},
		{name: "two, and a while later one", past: []commit{{0, 2, 0}}, next: patience, want: 0},
		{name: "two, and much later one", past: []commit{{0, 2, 0}}, next: pause, want: 0},
		{name: "the last time ten came in one instant", past: []commit{{0, 1, 9}, {0, 9, 0}}, next: pause, want: 9},
		{name: "some of the ten are under way", past: []commit{{0, 10, 0}, {pause, 6, 3}}, want: 3},
		{name: "all of the ten have come", past: []commit{{0, 10, 0}, {pause, 10, 0}}, next: patience, want: 0},
		{name: "the last time one came", past: []commit{{0, 10, 0}, {pause, 1, 0}}, next: pause, want: 0},
		{name: "one at a time, many one after the other", past: slices.Repeat([]commit{{patience, 1, 0}}, 1000), next: pause, want: 0},
		{name: "and once more", past: append(slices.Repeat([]commit{{patience, 1, 0}}, 1000), commit{pause, 1, 0}), next: patience, want: 0},
		{name: "the last time ten came in one instant, and then others", past: []commit{{0, 1, 9}, {0, 9, 0}, {patience, 1, 0}, {patience, 1, 0}}, next: pause, want: 9},
		{name: "the last time three came by chance", past: []commit{{0, 1, 2}, {0, 2, 0}}, next: pause, want: 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Unix(1_800_000_000, 0)
			var c crowd
			for _, p := range tt.past {
				now = now.Add(p.after)
				c.expected(now)
				c.wrote(now, p.changes, p.waiting)
			}
			if d := cmp.Diff(tt.want, c.expected(now.Add(tt.next))); d != "" {
				t.Errorf("expected (-want +got):\n%s", d)
			}
		})
	}
}
