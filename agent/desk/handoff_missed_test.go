package desk_test

import (
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// TestAMissedCutoffStaysOverMidnight holds that it is told until somebody has seen
// it, or a pick-up was closed.
func TestAMissedCutoffStaysOverMidnight(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *rig, string){
		"seen": func(t *testing.T, r *rig, id string) {
			if err := r.Acknowledge(t.Context(), id, "Kim"); err != nil {
				t.Fatal(err)
			}
		},
		"closed": func(t *testing.T, r *rig, _ string) {
			closeIt(t, r, open(t, r, desk.Opening{Carrier: "usps"}).ID, desk.Closing{LeaveBehind: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, err := carrier.ParseCutoff("17:30")
			if err != nil {
				t.Fatal(err)
			}
			r := newRig(t, func(o *desk.Options) { o.Cutoffs = map[shipment.CarrierID]carrier.Cutoff{"usps": at} })
			r.stock(t, ground)
			r.print(t, "A")
			r.now = time.Date(2026, 11, 20, 17, 31, 0, 0, time.UTC)
			if err := r.CheckCutoffs(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.now = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
			alarms := func() []desk.Alarm {
				t.Helper()
				c, err := r.CloseOut(t.Context(), r.now)
				if err != nil {
					t.Fatal(err)
				}
				return c.Alarms
			}
			got := alarms()
			if len(got) != 1 || got[0].Message != "USPS: 1 parcel with a label was not handed over by 20 Nov 17:30." {
				t.Fatalf("the next day says %+v", got)
			}
			end(t, r, got[0].ID)
			if got := alarms(); len(got) != 0 {
				t.Errorf("still %+v", got)
			}
			if c, err := r.CloseOut(t.Context(), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)); err != nil || len(c.Carriers) != 1 || c.Carriers[0].Missed != 1 {
				t.Errorf("the day before says %+v, error %v", c.Carriers, err)
			}
		})
	}
}
