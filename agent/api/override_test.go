package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestOverrideAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	word := `{"by":"Kim","reason":"the buyer confirmed it"}`
	refuse := func(id, number string, bad ...string) {
		t.Helper()
		body := order(id, number)
		for i := 0; i < len(bad); i += 2 {
			if !strings.Contains(body, bad[i]) {
				t.Fatalf("%s is not in %s", bad[i], body)
			}
			body = strings.Replace(body, bad[i], bad[i+1], 1)
		}
		r.problem(t, 422, "ship_to", "POST", "/v1/orders", body)
	}
	refuse("A", number, `"94043"`, `"10001"`)
	page := r.call(t, "GET", "/", "")
	if !strings.Contains(string(page.body), `action="/orders/A/override-address"`) {
		t.Error("the page does not offer to answer for the address")
	}
	r.problem(t, 422, "body.by", "POST", "/v1/orders/A/override-address", `{"by":"","reason":"confirmed"}`)
	r.problem(t, 422, "body.reason", "POST", "/v1/orders/A/override-address", `{"by":"Kim","reason":"x"}`)
	r.problem(t, 404, "none", "POST", "/v1/orders/none/override-address", word)
	if a := r.call(t, "POST", "/v1/orders/A/override-address", word); a.status != 200 || a.get(t, "stage") != "printing" || a.get(t, "order.address_override.by") != "Kim" {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	r.problem(t, 409, "not refused", "POST", "/v1/orders/A/override-address", word)

	form := func(id, body string) answer {
		return r.call(t, "POST", "/orders/"+id+"/override-address", body, "Content-Type", "application/x-www-form-urlencoded")
	}
	refuse("B", "1Z999AA10300000019", `"94043"`, `"10001"`)
	for _, bad := range []string{"", "by=Kim", "reason=confirmed", "by=+&reason=confirmed"} {
		if a := form("B", bad); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d\n%s", bad, a.status, a.body)
		}
	}
	if a := form("B", "by=Kim&reason=confirmed"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/" {
		t.Errorf("form: %d\n%s", a.status, a.body)
	}
	refuse("C", "1Z999AA10300000028", `"US"`, `"Atlantis"`)
	r.problem(t, 409, "ship_to.country", "POST", "/v1/orders/C/override-address", word)
}
