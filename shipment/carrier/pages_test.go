package carrier_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/carrierpages"
	"waybill/shipment/carrier"
)

// TestPagesAreTheData holds the pages in docs to the tables they are written
// from, and that there is no page of a carrier that is gone.
func TestPagesAreTheData(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	pages := carrierpages.Pages(carrier.Default(), carrier.Terms())
	for name, want := range pages {
		path := filepath.Join(docs, filepath.FromSlash(name))
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v; go test ./shipment/carrier -update writes it", err)
			continue
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("docs/%s is not what the tables say; go test ./shipment/carrier -update writes it anew (-want +got)\n%s", name, diff)
		}
	}
	found, err := filepath.Glob(filepath.Join(docs, "carriers", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if name := "carriers/" + filepath.Base(path); pages[name] == "" {
			t.Errorf("docs/%s is of no carrier; remove it", name)
		}
	}
}

// TestEveryFormatSaysWhereItIsFrom holds that no fact stands without a source.
func TestEveryFormatSaysWhereItIsFrom(t *testing.T) {
	for _, c := range carrier.Default().Carriers() {
		for _, f := range c.Formats {
			if len(f.Source) == 0 || f.About == "" {
				t.Errorf("%s: %s: wants a source and words about it", c.ID, f.ID)
			}
		}
		if len(c.Formats) == 0 && len(c.Doubts) == 0 && len(carrier.Default().S10Suffixes(c.ID)) == 0 {
			t.Errorf("%s: has neither formats nor a word about why", c.ID)
		}
	}
}

// TestIndexExampleRuns holds the own file of carriers in the index to the
// parser.
func TestIndexExampleRuns(t *testing.T) {
	index := carrierpages.Pages(carrier.Default(), nil)["carriers.md"]
	_, rest, ok := strings.Cut(index, "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the index has no example of an own file")
	}
	table, err := carrier.Default().Overlay([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if _, matches := table.Recognise("BIKE00012345", carrier.Hints{}); len(matches) == 0 || matches[0].Carrier != "bike_courier" {
		t.Errorf("the example's number is %+v", matches)
	}
}
