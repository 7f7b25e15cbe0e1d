package carrier_test

import (
	"testing"
	"time"

	"waybill/shipment/carrier"
)

func TestCutoff(t *testing.T) {
	t.Parallel()
	la, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		text string
		on   time.Time
		want string // RFC 3339; empty: none that day
	}{
		"every day":                 {"17:30", time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), "2026-11-22T17:30:00Z"},
		"midnight":                  {"00:00", time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), "2026-11-22T00:00:00Z"},
		"a weekday":                 {"mon-fri 17:30, sat 12:00", time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC), "2026-11-20T17:30:00Z"},
		"Saturday":                  {"mon-fri 17:30, Sat 12:00", time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), "2026-11-21T12:00:00Z"},
		"Sunday":                    {"mon-fri 17:30, sat 12:00", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), ""},
		"over the week's end":       {"sat-mon 10:00", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), "2026-11-22T10:00:00Z"},
		"in the station's zone":     {"17:30", time.Date(2026, 11, 20, 9, 0, 0, 0, la), "2026-11-20T17:30:00-08:00"},
		"in the summer":             {"17:30", time.Date(2026, 7, 20, 9, 0, 0, 0, la), "2026-07-20T17:30:00-07:00"},
		"the hour the clock skips":  {"02:30", time.Date(2026, 3, 8, 12, 0, 0, 0, la), "2026-03-08T03:30:00-07:00"},
		"the hour that comes twice": {"01:30", time.Date(2026, 11, 1, 12, 0, 0, 0, la), "2026-11-01T01:30:00-07:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := carrier.ParseCutoff(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if at, ok := c.On(tt.on); ok {
				got = at.Format(time.RFC3339)
			}
			if got != tt.want {
				t.Errorf("%q on %s: %s, want %s", tt.text, tt.on, got, tt.want)
			}
		})
	}
	for _, bad := range []string{"", "25:00", "17.30", "17:30, 18:00", "mon", "mon-xyz 10:00", "mon-fri 17:30, fri 12:00", "mon 10:00 11:00", ","} {
		if c, err := carrier.ParseCutoff(bad); err == nil {
			t.Errorf("%q is read as %s", bad, c)
		}
	}
}

// FuzzParseCutoff holds that what is read is written and read as the same.
func FuzzParseCutoff(f *testing.F) {
	for _, seed := range []string{"17:30", "mon-fri 17:30, sat 12:00", "sat-mon 10:00", "sun 00:00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := carrier.ParseCutoff(text)
		if err != nil {
			return
		}
		again, err := carrier.ParseCutoff(c.String())
		if err != nil || again != c {
			t.Errorf("%q is written as %q, which is read as %s, error %v", text, c, again, err)
		}
	})
}
