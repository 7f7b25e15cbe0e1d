package journal_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/journal"
	"waybill/sync/wire"
)

// TestAClockThatJumpsKeepsTheOrder sets the wall clock back and forth and
// restarts the machine: the sequence stays the order, and the jumps are told.
func TestAClockThatJumpsKeepsTheOrder(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 12, 0, 0, time.UTC)
	wall, up := at, journal.Uptime{BootID: "b1", Since: time.Hour}
	o := options(t)
	o.Now = func() time.Time { return wall }
	o.Uptime = func() journal.Uptime { return up }
	j := mustOpen(t, o)
	tick := func(set time.Duration) {
		wall, up.Since = wall.Add(time.Second+set), up.Since+time.Second
	}
	appendEvents(t, j, "e1")
	for i, set := range []time.Duration{0, -26 * time.Hour, 500 * time.Millisecond, 3 * 24 * time.Hour, 0} {
		tick(set)
		appendEvents(t, j, fmt.Sprintf("e%d", i+2))
	}
	up = journal.Uptime{BootID: "b2", Since: time.Second} // a new start, with a dead battery
	wall = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	appendEvents(t, j, "e7")

	var ids []string
	var envs []wire.Envelope
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			var env wire.Envelope
			err := json.Unmarshal(rec.Raw, &env)
			ids, envs = append(ids, rec.ID), append(envs, env)
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"e1", "e2", "e3", "e4", "e5", "e6", "e7"}, ids); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if envs[0].BootID != "b1" || envs[0].Monotonic != time.Hour.Nanoseconds() || envs[6].BootID != "b2" || envs[6].TZOffset != "+08:00" {
		t.Errorf("%+v\n%+v", envs[0], envs[6])
	}
	rep := verify(t, j)
	want := journal.Clock{Boots: 2, Steps: 3, Listed: []journal.Step{
		{Epoch: 1, Sequence: 3, StepMS: -26 * 3600 * 1000},
		{Epoch: 1, Sequence: 5, StepMS: 3 * 24 * 3600 * 1000},
		{Epoch: 1, Sequence: 7, StepMS: wall.Sub(time.Time(envs[5].Time)).Milliseconds()},
	}}
	if diff := cmp.Diff(want, rep.Clock); diff != "" || !rep.Whole {
		t.Errorf("whole %v (-want +got):\n%s", rep.Whole, diff)
	}
}

// TestTheMachinesUptime holds that the system's own clock has a boot and never
// goes back, also over a restart of the process.
func TestTheMachinesUptime(t *testing.T) {
	o := options(t)
	var envs []wire.Envelope
	for i := range 2 {
		j, err := journal.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		appendEvents(t, j, fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i))
		recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		envs = nil
		for _, rec := range recs {
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				t.Fatal(err)
			}
			envs = append(envs, env)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i, env := range envs {
		if len(env.BootID) != 16 || env.Monotonic <= 0 {
			t.Errorf("event %d: boot %q, %d ns", i, env.BootID, env.Monotonic)
		}
		if i > 0 && env.BootID == envs[i-1].BootID && env.Monotonic < envs[i-1].Monotonic {
			t.Errorf("event %d went back: %d after %d", i, env.Monotonic, envs[i-1].Monotonic)
		}
	}
}
