package shipment_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment"
)

func FuzzParseControlCode(f *testing.F) {
	for _, s := range []string{"WBC:NEXT", "WBC:box:1", "WBC:BADGE:A-7", "WBC:REPRINT:LOST", "WBC:", "WBC:BOX:12", "WBC:NEXT:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := shipment.ParseControlCode(s)
		if err != nil {
			return
		}
		if !strings.EqualFold(c.String(), s) {
			t.Errorf("%q was read as %q", s, c)
		}
		if again, err := shipment.ParseControlCode(c.String()); err != nil || again != c {
			t.Errorf("%q is printed as %q, which is read as %+v, error %v", s, c, again, err)
		}
	})
}

// TestBadges holds that every ID that may stand on a badge is read back as it is.
func TestBadges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[A-Z0-9-]{1,16}`).Draw(t, "id")
		c := shipment.ControlCode{Command: shipment.BadgeCommand, Argument: id}
		if got, err := shipment.ParseControlCode(strings.ToLower(c.String()[4:])); err == nil {
			t.Errorf("without the prefix it is %+v", got)
		}
		if got, err := shipment.ParseControlCode(c.String()); err != nil || got != c {
			t.Errorf("%q is read as %+v, error %v", c, got, err)
		}
	})
	for _, id := range []string{"", "a", "A B", "ABCDEFGHIJKLMNOPQ", "Ä", "A:B"} {
		if shipment.IsBadge(id) {
			t.Errorf("%q may stand on a badge", id)
		}
	}
}
