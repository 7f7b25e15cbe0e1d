package configs

import (
	"fmt"
	"strings"
	"time"

	"waybill/internal/strictyaml"
	"waybill/scale"
)

// A Scale is one scale or dimensioner.
type Scale struct {
	Name   string `yaml:"name"`
	Driver string `yaml:"driver"`
	Link   string `yaml:"link"`

	Unit       string `yaml:"unit"`        // what it must weigh in; empty: whatever it says
	LengthUnit string `yaml:"length_unit"` // what a dimensioner must measure in
	Format     string `yaml:"format"`      // of a dimensioner's line
	Net        bool   `yaml:"net"`         // net weights count

	Poll   time.Duration `yaml:"poll"`
	Answer time.Duration `yaml:"answer"`
}

func (s Station) checkScales(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	names, links := map[string]bool{}, map[string]string{}
	for i, sc := range s.Scales {
		wrong := func(key, format string, args ...any) {
			ms = append(ms, doc.Mistake(fmt.Sprintf("scales[%d].%s", i, key), format, args...))
		}
		if !isName(sc.Name) || names[sc.Name] {
			wrong("name", "%q: want a name of its own, of letters, digits, hyphens or underscores", sc.Name)
		}
		names[sc.Name] = true
		if sc.Driver == "" {
			wrong("driver", "required, as mt-sics")
		}
		if sc.Link == "" {
			wrong("link", "required, as serial:///dev/ttyUSB0, serial://COM3 or tcp://192.168.1.31:4001")
		} else if other, taken := links[sc.Link]; taken {
			wrong("link", "%s is scale %q already", sc.Link, other)
		}
		links[sc.Link] = sc.Name
		if _, known := scale.UnitNamed(sc.Unit); sc.Unit != "" && !known {
			wrong("unit", "%q: want one of %s", sc.Unit, list(scale.Units()))
		}
		if _, known := scale.LengthUnitNamed(sc.LengthUnit); sc.LengthUnit != "" && !known {
			wrong("length_unit", "%q: want one of %s", sc.LengthUnit, list(scale.LengthUnits()))
		}
		if sc.Poll != 0 && (sc.Poll < 100*time.Millisecond || sc.Poll > 10*time.Second) {
			wrong("poll", "%v: want between 100ms and 10s, or 0s for the usual 200ms", sc.Poll)
		}
		if sc.Answer != 0 && (sc.Answer < 100*time.Millisecond || sc.Answer > 30*time.Second) {
			wrong("answer", "%v: want between 100ms and 30s, or 0s for the usual 1s", sc.Answer)
		}
	}
	for i, b := range s.Packing.Benches {
		if b.Scale != "" && !names[b.Scale] {
			ms = append(ms, doc.Mistake(fmt.Sprintf("packing.benches[%d].scale", i), "%q: there is no scale of that name under scales", b.Scale))
		}
	}
	return ms
}

// list writes names for a message.
func list[N ~string](names []N) string {
	words := make([]string, 0, len(names))
	for _, n := range names {
		words = append(words, string(n))
	}
	return strings.Join(words, ", ")
}
