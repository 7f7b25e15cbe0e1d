package labelproof_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/internal/raced"
)

// TestDocsShowEveryTemplate holds that docs/labels.md has a picture of each
// template that ships, and of no other.
func TestDocsShowEveryTemplate(t *testing.T) {
	raced.Skip(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "labels.md"))
	if err != nil {
		t.Fatal(err)
	}
	const remedy = "run make labels-gallery"
	shown := strings.Count(string(page), "\n### ")
	all := specimens(t)
	for _, s := range all {
		if !strings.Contains(string(page), "\n### "+s.Name+"\n") {
			t.Errorf("docs/labels.md does not show %s; %s", s.Name, remedy)
		}
		if _, err := os.Stat(filepath.Join(root, "docs", "pictures", "labels", s.Name+".png")); err != nil {
			t.Errorf("no picture of %s; %s", s.Name, remedy)
		}
	}
	if shown != len(all) {
		t.Errorf("docs/labels.md shows %d templates, and %d ship; %s", shown, len(all), remedy)
	}
}
