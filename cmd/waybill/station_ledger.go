package main

import (
	"errors"

	"waybill/agent/desk"
	"waybill/sync/journal"
)

// ledgerState tells the page when printing waits because its state cannot be kept.
func (st *station) ledgerState(err error) {
	dev := desk.Device{Kind: "file", Name: "journal", State: "ready"}
	switch {
	case err == nil:
	case errors.Is(err, journal.ErrDiskFull):
		dev.State, dev.Words, dev.Detail = "blocked", "Disk full", err.Error()
		dev.Todo = "Make room on the disk of the station's data; printing waits, nothing is lost, and it goes on by itself."
	default:
		dev.State, dev.Words, dev.Detail = "blocked", "Cannot be written", err.Error()
		dev.Todo = "Call IT: waybill doctor says what is wrong; printing waits, and nothing is lost."
	}
	st.news.put(dev)
}
