package spool

import (
	"testing"

	"waybill/printer"
)

// What a machine keeps back today is not forgotten with the next binding.
func TestTogether(t *testing.T) {
	bound := printer.Identity{Serial: "S1", Model: "ZD421", Counts: true}
	for name, tt := range map[string]struct{ now, want printer.Identity }{
		"it keeps its number back": {printer.Identity{Model: "ZD421"}, bound},
		"it says nothing":          {printer.Identity{}, bound},
		"the same":                 {printer.Identity{Serial: "S1", Model: "ZD421"}, bound},
		"another":                  {printer.Identity{Serial: "S2", Model: "ZD421"}, printer.Identity{Serial: "S2", Model: "ZD421"}},
	} {
		if got := together(bound, tt.now); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}
