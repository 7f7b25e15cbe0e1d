package api

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// An Uplink is how things stand between a station and one of its hubs.
type Uplink struct {
	Hub          string
	Further      bool // it gets events alone, beside the station's own hub
	Reachable    bool
	CatchingUp   bool          // a backlog is being worked off
	Pending      int64         // events that the hub has not taken yet
	OldestUnsent time.Time     // zero where nothing is pending
	Parked       int           // events that it refused for good
	LastAck      time.Time     // zero before the first
	ClockAhead   time.Duration // of the hub's
	ClockWithin  time.Duration // give or take; 0 while nothing is known
	LastError    string        // why the last attempt did not work; empty after one that did
	Remedy       string        // what a person must do before the hub takes anything
}

var (
	descReachable  = prometheus.NewDesc("waybill_hub_reachable", "1 where the hub answered last.", []string{"hub"}, nil)
	descCatchingUp = prometheus.NewDesc("waybill_hub_catching_up", "1 while a backlog is being sent, with what happens now beside it.", []string{"hub"}, nil)
	descPending    = prometheus.NewDesc("waybill_hub_events_pending", "Events that the hub has not taken yet.", []string{"hub"}, nil)
	descOldest     = prometheus.NewDesc("waybill_hub_oldest_pending_seconds", "Age of the oldest event that the hub has not taken yet; 0 where there is none.", []string{"hub"}, nil)
	descParked     = prometheus.NewDesc("waybill_hub_events_parked", "Events that the hub has refused for good.", []string{"hub"}, nil)
	descAck        = prometheus.NewDesc("waybill_hub_last_ack_timestamp_seconds", "When the hub last took events.", []string{"hub"}, nil)
	descAhead      = prometheus.NewDesc("waybill_hub_clock_ahead_seconds", "By how much the station's clock is ahead of the hub's.", []string{"hub"}, nil)
	descWithin     = prometheus.NewDesc("waybill_hub_clock_within_seconds", "How far the true difference of the clocks may be from what is told.", []string{"hub"}, nil)
)

func describeUplink(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descReachable, descCatchingUp, descPending, descOldest, descParked, descAck, descAhead, descWithin} {
		ch <- d
	}
}

// collect tells the figures.
func (u Uplink) collect(now time.Time, tell func(d *prometheus.Desc, v float64, labels ...string)) {
	gauge := func(d *prometheus.Desc, v float64) { tell(d, v, u.Hub) }
	one := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	gauge(descReachable, one(u.Reachable))
	gauge(descCatchingUp, one(u.CatchingUp))
	gauge(descPending, float64(u.Pending))
	oldest := 0.0
	if !u.OldestUnsent.IsZero() {
		oldest = max(0, now.Sub(u.OldestUnsent).Seconds())
	}
	gauge(descOldest, oldest)
	gauge(descParked, float64(u.Parked))
	if !u.LastAck.IsZero() {
		gauge(descAck, float64(u.LastAck.UnixMilli())/1000)
	}
	if u.ClockWithin > 0 {
		gauge(descAhead, u.ClockAhead.Seconds())
		gauge(descWithin, u.ClockWithin.Seconds())
	}
}
