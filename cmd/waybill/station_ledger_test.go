package main

import (
	"errors"
	"fmt"
	"testing"

	"waybill/sync/journal"
)

func TestLedgerState(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err          error
		state, words string
	}{
		{fmt.Errorf("job 1: %w", journal.ErrDiskFull), "blocked", "Disk full"},
		{errors.New("I/O error"), "blocked", "Cannot be written"},
		{nil, "ready", ""},
	} {
		st := &station{news: newDeviceNews()}
		st.ledgerState(tt.err)
		news, _ := st.news.take()
		got := news["file/journal"]
		if got.State != tt.state || got.Words != tt.words || (tt.err != nil) != (got.Todo != "" && got.Detail != "") {
			t.Errorf("%v: %+v", tt.err, got)
		}
	}
}
