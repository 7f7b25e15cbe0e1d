package api_test

import (
	"net/http"
	"strings"
	"testing"

	"waybill/agent/desk"
	"waybill/agent/packing"
)

// TestPackedByHand presses and types a parcel through on the page of a bench, as
// its forms post it, and looks at what the page then shows.
func TestPackedByHand(t *testing.T) {
	r := newRig(t, func(o *desk.Options) {
		o.Benches = []desk.Bench{{Name: "one"}, {Name: "two"}}
		o.Rules.Packing = packing.Rules{
			Check: packing.CheckCount, Weigh: packing.WeighRequire, Print: packing.WhenPacked, Tolerance: packing.Tolerance{Grams: 30},
			Boxes:     []packing.Box{{N: 1, Name: "Mailer", Outer: packing.Sides{Length: 250, Width: 180, Height: 50}, Tare: 50}},
			Operators: []packing.Operator{{ID: "A-7", Name: "Ana"}, {ID: "B-1", Name: "Bo", Supervisor: true}},
		}
	})
	if a := r.call(t, "POST", "/v1/orders", order("A", number)); a.status >= 300 {
		t.Fatalf("order: %d %s", a.status, a.body)
	}
	for _, code := range []string{"WBC:BADGE:A-7", "A"} {
		if a := r.call(t, "POST", "/v1/scans", `{"data":"`+code+`","bench":"one"}`); a.status != http.StatusOK || !strings.Contains(string(a.body), `"signal":"good"`) {
			t.Fatalf("scan of %s: %d %s", code, a.status, a.body)
		}
	}
	post := func(body string) answer {
		t.Helper()
		return r.call(t, "POST", "/orders/A/pack", "bench=one&"+body, "Content-Type", "application/x-www-form-urlencoded")
	}
	takes := func(body string, shows ...string) {
		t.Helper()
		if a := post(body); a.status != http.StatusSeeOther || a.header.Get("Location") != "/?bench=one" {
			t.Fatalf("%s: %d to %q, %s", body, a.status, a.header.Get("Location"), a.body)
		}
		page := string(r.call(t, "GET", "/live?bench=one", "").body)
		for _, want := range shows {
			if !strings.Contains(page, want) {
				t.Errorf("after %s the page does not show %q", body, want)
			}
		}
	}
	refuses := func(body, why string) {
		t.Helper()
		if a := post(body); a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), why) {
			t.Errorf("%s: %d %s, want it refused with %q", body, a.status, a.body, why)
		}
	}
	refuses("close=yes", "Still wanted")
	takes("line=1&quantity=1", "1 of 1 in", `id="b-undo"`)
	takes("box=1", "1 Mailer", `aria-pressed="true"`, "Box 1, Mailer.") // the band says it as of a scan
	takes("undo=yes", "not chosen", `aria-pressed="false"`)
	takes("length_mm=240&width_mm=170&height_mm=40", "240 × 170 × 40 mm")
	takes("box=1", "1 Mailer")
	refuses("close=yes", "No label without a weight")
	refuses("weight_g=900", "heavier than expected")
	if page := string(r.call(t, "GET", "/live?bench=one", "").body); !strings.Contains(page, `id="b-supervisor"`) {
		t.Error("the page does not ask for a supervisor")
	}
	refuses("supervisor=A-7", "no supervisor's badge")
	takes("supervisor=+b-1+", "Packed.") // typed as people type
	st, err := r.desk.Order(t.Context(), "A")
	if err != nil || !st.Packing.Done() || st.Packing.Parcels[0].Weight != 900 || st.Packing.Parcels[0].ApprovedBy != "B-1" || st.Packing.Parcels[0].Scale != "typed" {
		t.Errorf("packed as %+v, %v", st.Packing, err)
	}
}
