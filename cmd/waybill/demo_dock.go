package main

import (
	"context"
	"fmt"
	"time"

	"waybill/agent/desk"
)

// demoQuiet is how long nothing was printed when the demo's driver comes.
const demoQuiet = 20 * time.Second

// driverComes closes the pick-ups that are open and says where their manifests
// are.
func (d *demo) driverComes(ctx context.Context) {
	open, err := d.station.desk.OpenHandoffs(ctx, 1)
	for _, h := range open {
		closed, _, closeErr := d.station.desk.CloseHandoffOnce(ctx, desk.Once{}, h.ID, desk.Closing{Driver: "the demo's driver", LeaveBehind: h.MissingCount})
		if closeErr != nil {
			err = closeErr
			continue
		}
		fmt.Fprintf(d.con.out, "%s  pick-up closed  %s, parcels: %d, left behind: %d  %s/v1/handoffs/%s/manifest.pdf\n",
			stamp(), closed.Carrier, closed.Count, closed.Missing, d.station.web.URL(), closed.ID)
	}
	if err != nil {
		fmt.Fprintf(d.con.out, "%s  pick-ups: %v\n", stamp(), err)
	}
}
