package desk_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

func TestDevicesAreToldOncePerChange(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	watched, stop := r.Watch()
	defer stop()
	tests := []struct {
		dev           desk.Device
		told, noticed bool
	}{
		{desk.Device{Kind: "printer", Name: "zebra", State: "unknown"}, false, true}, // not asked yet is no news
		{desk.Device{Kind: "printer", Name: "zebra", State: "ready", Words: "Ready"}, true, true},
		{desk.Device{Kind: "printer", Name: "zebra", State: "ready", Words: "Ready"}, false, false},
		{desk.Device{Kind: "printer", Name: "zebra", State: "ready", Words: "Ready", Detail: "1 234 labels"}, false, true},
		{desk.Device{Kind: "printer", Name: "zebra", State: "blocked", Words: "Paper out"}, true, true},
		{desk.Device{Kind: "scanner", Name: "zebra", State: "away", Words: "Away"}, true, true},
		{desk.Device{Kind: "hub", Name: "hub", State: "away"}, false, true},
		{desk.Device{Kind: "folder", Name: "orders", State: "ready"}, false, true},
	}
	for i, tt := range tests {
		before := r.count(t, shipment.DeviceChangedType)
		r.now = morning.Add(time.Duration(i) * time.Minute)
		if err := r.SetDevice(t.Context(), tt.dev); err != nil {
			t.Fatal(err)
		}
		if told := r.count(t, shipment.DeviceChangedType) - before; (told == 1) != tt.told {
			t.Errorf("%d %+v: told %d times", i, tt.dev, told)
		}
		if noticed := len(drain(watched)); (noticed == 1) != tt.noticed {
			t.Errorf("%d %+v: %d notices", i, tt.dev, noticed)
		}
	}
	var got []string
	for _, d := range r.Devices() {
		got = append(got, fmt.Sprint(d.Kind, " ", d.Name, " ", d.State, " ", d.Since.Format("15:04")))
	}
	want := []string{"folder orders ready 09:07", "hub hub away 09:06", "printer zebra blocked 09:04", "scanner zebra away 09:05"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
}

// drain returns the notices that wait; the desk says what it has to say before
// its methods return.
func drain(ch <-chan desk.Notice) []desk.Notice {
	var list []desk.Notice
	for {
		select {
		case n := <-ch:
			list = append(list, n)
		default:
			return list
		}
	}
}

func TestASlowWatcherHoldsUpNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	slow, stopSlow := r.Watch()
	defer stopSlow()
	quick, stopQuick := r.Watch()
	const scans = 200
	heard := 0
	for i := range scans {
		r.scan(t, scanner.Bench, fmt.Sprint("nothing ", i))
		heard += len(drain(quick))
	}
	if late := len(drain(slow)); heard != scans || late == 0 || late >= scans {
		t.Errorf("the quick one heard %d of %d, the slow one %d", heard, scans, late)
	}
	stopQuick()
	r.scan(t, scanner.Bench, "nothing")
	if n := len(drain(quick)); n != 0 {
		t.Errorf("%d notices after the end", n)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	watched, stop := r.Watch()
	defer stop()
	s := r.take(t, order("A"), agent.Accepted)
	r.move(t, s.Parcels[0].Job, printer.Sending, printer.Unconfirmed)
	if _, err := r.Resolve(t.Context(), s.Parcels[0].Job, false); err != nil {
		t.Fatal(err)
	}
	r.move(t, s.Parcels[0].Job, printer.Sending, printer.Confirmed)
	r.take(t, order("A"), agent.AlreadyTaken)
	var got []string
	for _, n := range drain(watched) {
		if n.Tone != desk.Quiet {
			got = append(got, fmt.Sprint(n.Topic, " ", n.Tone, " ", n.Word, " ", n.Order))
		}
	}
	want := []string{"label bad Label? A", "label good Label printed A", "order warn Already taken A"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the packer is told (-want +got):\n%s", diff)
	}
}

// The tally is the station's day, not Greenwich's.
func TestTheTallyTurnsAtTheStationsMidnight(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) { o.Location = time.FixedZone("PST", -8*3600) })
	r.stock(t, ground)
	for i, want := range []int{1, 2, 1} { // 23:00, 23:59:59 and 00:00 at the station
		r.now = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC).Add([]time.Duration{0, time.Hour - time.Second, time.Hour}[i])
		r.take(t, order(fmt.Sprint("O", i)), agent.Accepted)
		o, err := r.Overview(t.Context(), 10)
		if err != nil || o.Tally["order.accepted"] != want {
			t.Errorf("at %s: %d orders today, want %d; error %v", o.Now, o.Tally["order.accepted"], want, err)
		}
	}
}
