package address_test

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/address"
)

// A tableRow is one address of testdata/addresses.jsonl with what a check must
// say of it. Codes are those of all issues, sorted; Want the normalised fields
// that differ from the input or that the row is about.
type tableRow struct {
	ID      int               `json:"id"`
	In      shipment.Address  `json:"in"`
	Verdict address.Verdict   `json:"verdict"`
	Codes   []string          `json:"codes"`
	Want    map[string]string `json:"want"`
	Source  string            `json:"source"`
}

// TestAddresses runs the table of addresses. Its expectations are written from
// the posts' rules; a row that the check gets wrong is a fault of the check.
func TestAddresses(t *testing.T) {
	f, err := os.Open("testdata/addresses.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	rows, countries := 0, map[string]bool{}
	for lines.Scan() {
		var row tableRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("row %d: %v", rows+1, err)
		}
		rows++
		got := address.Check(row.In)
		if _, ok := address.CountryName(got.Address.Country); ok {
			countries[got.Address.Country] = true
		}
		codes := []string{}
		for _, is := range got.Issues {
			codes = append(codes, is.Code)
		}
		slices.Sort(codes)
		fields := addressFields(t, got.Address)
		have := map[string]string{}
		for name := range row.Want {
			have[name] = fields[name]
		}
		if row.Want == nil {
			have = nil
		}
		want := []any{row.Verdict, row.Codes, row.Want}
		if diff := cmp.Diff(want, []any{got.Verdict, codes, have}); diff != "" || row.Source == "" {
			t.Errorf("row %d, %s (-want +got)\n%s%+v\nsource: %s", row.ID, strings.Join(address.Lines(row.In, ""), " | "), diff, got, row.Source)
		}
		// Whatever differs from the input is listed.
		if got.Address != row.In && len(got.Changes) == 0 {
			t.Errorf("row %d: changed without saying so", row.ID)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if rows < 400 || len(countries) < 60 {
		t.Errorf("%d addresses in %d countries, want 400 in 60", rows, len(countries))
	}
}

func addressFields(t *testing.T, a shipment.Address) map[string]string {
	t.Helper()
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
