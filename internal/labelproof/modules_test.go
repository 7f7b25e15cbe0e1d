package labelproof_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestModulesAreExplained holds that docs/dependencies.md has a row, with
// version and licence, for each module of tools/oracle.
func TestModulesAreExplained(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "tools", "oracle", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct {
			Version   string `json:"version"`
			Licence   string `json:"license"`
			Integrity string `json:"integrity"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for at, p := range lock.Packages {
		name, ok := strings.CutPrefix(at, "node_modules/")
		if !ok {
			continue
		}
		found++
		if p.Integrity == "" || p.Licence == "" {
			t.Errorf("%s: no checksum or no licence in package-lock.json", name)
		}
		if !strings.Contains(string(page), fmt.Sprintf("| `%s` | %s |", name, p.Version)) {
			t.Errorf("docs/dependencies.md: want a row for `%s` %s (%s)", name, p.Version, p.Licence)
		}
	}
	if found < 3 {
		t.Errorf("%d modules in package-lock.json", found)
	}
}
