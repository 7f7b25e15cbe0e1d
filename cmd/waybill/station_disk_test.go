package main

import (
	"strings"
	"testing"

	"waybill/sync/journal"
)

func TestDiskState(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		space               journal.Space
		state, words, about string
	}{
		{journal.Space{Room: journal.RoomEnough, Free: 1 << 30}, "ready", "", ""},
		{journal.Space{Room: journal.RoomLow, Free: 5 << 20, Reserve: 64 << 20}, "blocked", "nearly full", "5.0 MiB free, 64.0 MiB in reserve"},
		{journal.Space{Room: journal.RoomSpent, Free: 1 << 19}, "blocked", "Disk full", "0.5 MiB free"},
		{journal.Space{Room: journal.RoomSpent, Free: -1, Why: "quota"}, "blocked", "Disk full", "quota"},
	} {
		st := &station{news: newDeviceNews()}
		st.diskState(tt.space)
		news, _ := st.news.take()
		got := news["file/disk"]
		if got.State != tt.state || !strings.Contains(got.Words, tt.words) || !strings.Contains(got.Detail, tt.about) || (tt.state == "blocked") != (got.Todo != "") {
			t.Errorf("%+v: %+v", tt.space, got)
		}
	}
}
