package api_test

import (
	"strings"
	"testing"
)

// TestARefusalIsKept holds that an order refused over HTTP is recorded with
// every reason, of the document and of the address, and that the mended one may
// come under the same key.
func TestARefusalIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := order("A", number)
	bad := strings.NewReplacer(`"94043"`, `"62701"`, `"quantity":1`, `"quantity":0`).Replace(good)
	for _, field := range []string{"items[0].quantity", "ship_to.postal_code"} {
		r.problem(t, 422, field, "POST", "/v1/orders", bad, "Idempotency-Key", "k1")
	}
	a := r.call(t, "GET", "/v1/orders/A", "")
	for _, want := range []string{`"stage":"refused"`, `"out_of_range"`, `"ship_to.postal_code"`} {
		if a.status != 200 || !strings.Contains(string(a.body), want) {
			t.Errorf("%d, without %s\n%s", a.status, want, a.body)
		}
	}
	if a := r.call(t, "POST", "/v1/orders", good, "Idempotency-Key", "k1"); a.status != 201 || a.get(t, "stage") != "printing" {
		t.Errorf("mended: %d\n%s", a.status, a.body)
	}
}
