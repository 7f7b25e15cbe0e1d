package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/speaker"
)

// TestWhatABenchHears holds that a bench's speaker sounds what its page would, and
// nothing of another bench.
func TestWhatABenchHears(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    desk.Notice
		want speaker.Tune
	}{
		{desk.Notice{Topic: "scan", Tone: desk.Good, Bench: "a"}, speaker.Good()},
		{desk.Notice{Topic: "scan", Tone: desk.Warn}, speaker.Look()}, // a station of one bench names none
		{desk.Notice{Topic: "scan", Tone: desk.Bad, Bench: "a"}, speaker.Wrong()},
		{desk.Notice{Topic: "scan", Tone: desk.Bad, Bench: "b"}, nil},
		{desk.Notice{Topic: "label", Tone: desk.Good}, nil},
		{desk.Notice{Topic: "weight"}, nil},
		{desk.Notice{Topic: "scan"}, nil},
	} {
		if d := cmp.Diff(tt.want, tuneOf(tt.n, "a")); d != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.n, d)
		}
	}
}

// TestOnlyABenchWithASpeakerHasOne holds that nothing sounds by default.
func TestOnlyABenchWithASpeakerHasOne(t *testing.T) {
	t.Parallel()
	st := &station{cfg: configs.DefaultStation()}
	if n := len(st.speakers()); n != 0 {
		t.Errorf("%d speakers by default", n)
	}
	st.cfg.Packing.Benches = []configs.Bench{{Name: "a", Speaker: speaker.Bell}, {Name: "b"}}
	tasks := st.speakers()
	if len(tasks) != 1 || tasks[0].String() != `speaker of bench "a"` {
		t.Errorf("tasks %v", tasks)
	}
}
