package shipment_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment"
)

// TestEvidenceKeepsTheBytes holds that what a scanner sent can be had again from
// the event, byte for byte, as far as it is kept.
func TestEvidenceKeepsTheBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 64),
			rapid.Map(rapid.StringN(0, 64, -1), func(s string) []byte { return []byte(s) }),
			rapid.Map(rapid.IntRange(4000, 9000), func(n int) []byte { return []byte(strings.Repeat("é", n)[1:]) }),
		).Draw(t, "raw")
		fact := shipment.ScanAccepted{ScanEvidence: shipment.ScanEvidence{Code: "x"}.WithRaw(raw)}
		data, err := json.Marshal(fact)
		if err != nil {
			t.Fatal(err)
		}
		var back shipment.ScanAccepted
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		kept := back.Raw
		if back.RawBase64 != "" {
			b, err := base64.StdEncoding.DecodeString(back.RawBase64)
			if err != nil {
				t.Fatal(err)
			}
			kept = string(b)
		}
		cut := len(raw) > shipment.MaxEvidence
		if !strings.HasPrefix(string(raw), kept) || !cut && kept != string(raw) || cut && (back.RawBytes != len(raw) || len(kept) < shipment.MaxEvidence-3) {
			t.Fatalf("%d bytes came, %d are kept, %d are told", len(raw), len(kept), back.RawBytes)
		}
	})
}
