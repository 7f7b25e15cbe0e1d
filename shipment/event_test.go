package shipment_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
)

// TestEventTypesHasEachOne holds the list against the constants.
func TestEventTypesHasEachOne(t *testing.T) {
	src, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []shipment.EventType
	for _, m := range regexp.MustCompile(`(?m)^\t\w+Type\s+EventType = "([a-z_.]+)"`).FindAllSubmatch(src, -1) {
		want = append(want, shipment.EventType(m[1]))
	}
	if diff := cmp.Diff(want, shipment.EventTypes()); diff != "" || len(want) < 20 {
		t.Errorf("(-constants +list):\n%s", diff)
	}
}
