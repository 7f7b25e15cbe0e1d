package address_test

import (
	"strings"
	"testing"
	"time"

	"waybill/internal/raced"
	"waybill/shipment"
	"waybill/shipment/address"
)

// TestCheckLongFields holds that what somebody pours into a form is answered
// in a time that grows no faster than it does, and is said to be too long.
func TestCheckLongFields(t *testing.T) {
	raced.Skip(t)
	for _, piece := range []string{"1 Main St, Austin, TX 78701, ", "a", "ä", "東", "\u0301", "М", "Oa\u0430", "&amp;", "po box ", "1,", " x", "?a", "Ã¼", "\u202e"} {
		check := func(n int) time.Duration {
			text := strings.Repeat(piece, n/len(piece))
			a := shipment.Address{Name: text, Company: text, Line1: "1 " + text, Line2: text, Line3: text, City: text, District: text, Region: text, PostalCode: text, Country: "US", Phone: text}
			start := time.Now()
			if got := address.Check(a); got.Verdict != address.Invalid {
				t.Errorf("%d bytes of %q are %s", n, piece, got.Verdict)
			}
			address.StandardUS(a.Line1, a.Line2)
			address.ForCarrier(a, address.Limits{Street: 35, StreetLines: 3, Alphabet: address.ASCII})
			return time.Since(start)
		}
		check(1000)
		if took := check(200_000); took > 10*time.Second {
			t.Errorf("200 kB of %q in each field took %v", piece, took)
		} else {
			t.Logf("%q: %v", piece, took)
		}
	}
}
