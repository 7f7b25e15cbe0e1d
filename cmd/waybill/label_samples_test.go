package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEverySampleRenders holds that each sample that ships becomes a label by
// the command as a person types it, in every format, and that what is written
// verifies. The samples are what a newcomer tries first.
func TestEverySampleRenders(t *testing.T) {
	samples, err := filepath.Glob("../../configs/samples/*.json")
	if err != nil || len(samples) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, sample := range samples {
		name := strings.TrimSuffix(filepath.Base(sample), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, format := range []string{"zpl", "png", "pdf", "epl", "tspl"} {
				file := filepath.Join(dir, name+"."+format)
				var out, errOut bytes.Buffer
				code := run(t.Context(), []string{"label", "render", "--template", name, "--format", format, "--out", file, sample}, strings.NewReader(""), &out, &errOut)
				if code != 0 || errOut.Len() > 0 {
					t.Fatalf("%s: exit code %d\n%s", format, code, errOut.String())
				}
				if written, err := os.ReadFile(file); err != nil || len(written) == 0 {
					t.Fatalf("%s: nothing written (%v)", format, err)
				}
			}
			code, out, errOut := verifyFile(t, filepath.Join(dir, name+".zpl"))
			if name == "cn22" { // a form without a barcode
				if code != 1 || !strings.Contains(out, `"no_symbol"`) {
					t.Errorf("verify: exit code %d, want 1 for a form without barcodes\n%s%s", code, out, errOut)
				}
				return
			}
			if code != 0 || strings.Contains(out, `"problems"`) {
				t.Errorf("verify: exit code %d\n%s%s", code, out, errOut)
			}
		})
	}
}
