package strictyaml_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/strictyaml"
)

type config struct {
	Name    string        `yaml:"name"`
	Wait    time.Duration `yaml:"wait"`
	Devices []struct {
		DPI int `yaml:"dpi"`
	} `yaml:"devices"`
}

// notYAML is how a syntax error ends.
const notYAML = "; the file is not YAML (indent with spaces; quote values that hold a colon, and within {…} and […] those that hold a comma, a bracket or a brace)"

func TestDecodeTellsEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string
	}{
		{"OK empty", "", nil},
		{"OK", "name: a\nwait: 2s\ndevices: [{dpi: 203}]\n", nil},
		{"bad keys", "nmae: a\ndevices:\n  - dpi: 203\n    colour: red\n", []string{
			`f.yaml:1: nmae: no such key; did you mean "name"?`,
			`f.yaml:4: devices[0].colour: no such key; valid here are dpi`,
		}},
		{"bad types", "name: a\nwait: soon\ndevices:\n  - dpi: many\n", []string{
			"f.yaml:2: wait: `soon` is not a duration such as 500ms or 2s",
			"f.yaml:4: devices[0].dpi: `many` is not a whole number",
		}},
		{"bad shape", "devices: 3\n", []string{"f.yaml:1: devices: `3` is not a list"}},
		{"bad YAML", "name: [\n", []string{"f.yaml:1: did not find expected node content" + notYAML}},
		{"bracket in braces", "name: x\nlist:\n- {a: b}\n- {a: b[0].c}\n- {a: b}\n", []string{"f.yaml:4: did not find expected ',' or '}'" + notYAML}},
		{"colon in a value", "name: x\nlist: a: b\n", []string{"f.yaml:2: mapping values are not allowed in this context" + notYAML}},
		{"bad second document", "name: a\n---\nname: b\n", []string{"f.yaml: only one YAML document is wanted; remove what follows ---"}},
		{"bad twice", "name: a\nname: b\n", []string{`f.yaml:2: name: mapping key "name" already defined at line 1`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c config
			_, err := strictyaml.Decode("f.yaml", []byte(tt.in), &c)
			var got []string
			var ms strictyaml.Mistakes
			if errors.As(err, &ms) {
				for _, m := range ms {
					got = append(got, m.Error())
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakeNamesTheNearestLine(t *testing.T) {
	t.Parallel()
	var c config
	doc, err := strictyaml.Decode("f.yaml", []byte("name: a\ndevices:\n  - dpi: 7\n"), &c)
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Mistake("devices[0].dpi", "want %d", 203).Error(); got != "f.yaml:3: devices[0].dpi: want 203" {
		t.Error(got)
	}
	if got := doc.Mistake("devices[0].link", "required").Error(); got != "f.yaml:3: devices[0].link: required" {
		t.Error(got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: a\ndevices: [{dpi: 1}]")
	f.Add("a: &x [*x]")
	f.Fuzz(func(_ *testing.T, in string) {
		var c config
		_, _ = strictyaml.Decode("f.yaml", []byte(in), &c)
	})
}
