package main

import (
	"fmt"

	"waybill/agent/desk"
	"waybill/sync/journal"
)

// diskState tells the page that no orders are taken for want of room, and that they
// are again.
func (st *station) diskState(s journal.Space) {
	dev := desk.Device{Kind: "file", Name: "disk", State: "ready"}
	const todo = "Call IT: the disk of the station's data needs room. New orders wait where they are; "
	switch s.Room {
	case journal.RoomEnough:
	case journal.RoomLow:
		dev.State, dev.Words, dev.Todo = "blocked", "Disk nearly full: no new orders", todo+"scans and labels go on."
	case journal.RoomSpent:
		dev.State, dev.Words, dev.Todo = "blocked", "Disk full: no new orders", todo+"scans go on while the last reserve lasts."
	}
	if dev.State != "ready" && s.Free >= 0 {
		dev.Detail = fmt.Sprintf("%.1f MiB free, %.1f MiB in reserve", float64(s.Free)/(1<<20), float64(s.Reserve)/(1<<20))
	}
	if s.Why != "" {
		dev.Detail = s.Why
	}
	st.news.put(dev)
}
