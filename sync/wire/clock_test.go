package wire_test

import (
	"testing"
	"time"

	"waybill/sync/wire"
)

func TestClockStep(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 12, 0, 0, time.UTC)
	before := wire.Envelope{Time: wire.Timestamp(at), BootID: "b1", Monotonic: 5e9}
	for _, tt := range []struct {
		name   string
		wall   time.Duration
		boot   string
		uptime int64
		want   time.Duration
	}{
		{"both went on alike", 10 * time.Second, "b1", 15e9, 0},
		{"set back an hour", 10*time.Second - time.Hour, "b1", 15e9, -time.Hour},
		{"set forward a day", 24*time.Hour + time.Second, "b1", 6e9, 24 * time.Hour},
		{"a new start, and later", time.Hour, "b2", 1e9, 0},
		{"a new start, and earlier", -time.Hour, "b2", 1e9, -time.Hour},
		{"an older station's event", -time.Minute, "", 0, -time.Minute},
	} {
		next := wire.Envelope{Time: wire.Timestamp(at.Add(tt.wall)), BootID: tt.boot, Monotonic: tt.uptime}
		if got := next.ClockStep(before); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	old := wire.Envelope{Time: wire.Timestamp(at)}
	if got := (wire.Envelope{Time: wire.Timestamp(at.Add(time.Hour))}).ClockStep(old); got != 0 {
		t.Errorf("two older events an hour apart: %v", got)
	}
}
