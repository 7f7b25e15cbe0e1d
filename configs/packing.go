package configs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/internal/speaker"
	"waybill/internal/strictyaml"
	"waybill/shipment"
)

// Packing says what happens at a bench between an order and its label.
type Packing struct {
	Check     string    `yaml:"check"`
	Weigh     string    `yaml:"weigh"`
	Print     string    `yaml:"print"`
	Tolerance Tolerance `yaml:"tolerance"`
	Boxes     []Box     `yaml:"boxes"`
	Operators []Badge   `yaml:"operators"`
	Totes     string    `yaml:"totes"`
	Benches   []Bench   `yaml:"benches"`

	BadgeLasts time.Duration `yaml:"badge_lasts"` // after the last scan of who has it; 0: until another is scanned
}

// A Tolerance is by how much a weight may differ from the expected: the larger of
// the two.
type Tolerance struct {
	Grams   int     `yaml:"grams"`
	Percent float64 `yaml:"percent"`
}

// A Box is a kind of box that packers take.
type Box struct {
	Number int    `yaml:"number"`
	Name   string `yaml:"name"`
	Inner  []int  `yaml:"inner_mm"` // length, width, height
	Outer  []int  `yaml:"outer_mm"`
	Tare   int    `yaml:"tare_g"`
}

// A Badge is somebody who packs.
type Badge struct {
	ID         string `yaml:"id"`
	Name       string `yaml:"name"`
	Supervisor bool   `yaml:"supervisor"`
}

// A Bench is a place where parcels are packed.
type Bench struct {
	Name     string   `yaml:"name"`
	Scanners []string `yaml:"scanners"`
	Scale    string   `yaml:"scale"`
	Speaker  string   `yaml:"speaker"` // sounds what its scanners are told: pcspkr, bell or an event device; empty: nothing
}

// The most that a tolerance may be; more is no check.
const (
	maxToleranceGrams   = 5000
	maxTolerancePercent = 50
)

func (s Station) checkPacking(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	p := s.Packing
	wrong := func(key, format string, args ...any) { ms = append(ms, doc.Mistake("packing."+key, format, args...)) }
	if p.BadgeLasts != 0 && p.BadgeLasts < time.Minute {
		wrong("badge_lasts", "%v: want at least 1m, as 12h for a shift; 0 for ever", p.BadgeLasts)
	}
	oneOf := func(key, value string, all ...string) {
		if !slices.Contains(all, value) {
			wrong(key, "%q: want one of %s", value, strings.Join(all, ", "))
		}
	}
	oneOf("check", p.Check, "off", "scan", "count")
	oneOf("weigh", p.Weigh, "off", "ask", "require")
	oneOf("print", p.Print, "on_accept", "when_packed")
	if p.Weigh != "off" && p.Print != "when_packed" {
		wrong("weigh", "%s: the weight stands on the label, so print must be when_packed", p.Weigh)
	}
	if p.Tolerance.Grams < 0 || p.Tolerance.Grams > maxToleranceGrams || !(p.Tolerance.Percent >= 0 && p.Tolerance.Percent <= maxTolerancePercent) {
		wrong("tolerance", "want 0 to %d grams and 0 to %d percent", maxToleranceGrams, maxTolerancePercent)
	}
	return append(append(append(ms, p.checkBoxes(doc)...), p.checkOperators(doc)...), s.checkBenches(doc)...)
}

func (p Packing) checkBoxes(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	numbers := map[int]bool{}
	for i, b := range p.Boxes {
		wrong := func(key, format string, args ...any) {
			ms = append(ms, doc.Mistake(fmt.Sprintf("packing.boxes[%d].%s", i, key), format, args...))
		}
		if b.Number < 1 || b.Number > shipment.MaxBoxes || numbers[b.Number] {
			wrong("number", "%d: want a number of its own, 1 to %d, as on the sheet of control barcodes", b.Number, shipment.MaxBoxes)
		}
		numbers[b.Number] = true
		if strings.TrimSpace(b.Name) == "" || len(b.Name) > 40 {
			wrong("name", "%q: want what people call it, up to 40 characters", b.Name)
		}
		if !areSides(b.Outer) {
			wrong("outer_mm", "%v: want length, width and height in millimetres, as [300, 200, 150]: the carrier is told them", b.Outer)
		}
		if len(b.Inner) > 0 && !areSides(b.Inner) {
			wrong("inner_mm", "%v: want length, width and height in millimetres, or nothing", b.Inner)
		}
		for k := range b.Inner {
			if areSides(b.Inner) && areSides(b.Outer) && b.Inner[k] > b.Outer[k] {
				wrong("inner_mm", "%v does not fit into the outer %v", b.Inner, b.Outer)
				break
			}
		}
		if b.Tare < 0 || b.Tare > 50_000 {
			wrong("tare_g", "%d: want the weight of the empty box in grams", b.Tare)
		}
	}
	return ms
}

func areSides(mm []int) bool {
	return len(mm) == 3 && !slices.ContainsFunc(mm, func(n int) bool { return n < 1 || n > maxMedia })
}

func (p Packing) checkOperators(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	ids := map[string]bool{}
	for i, o := range p.Operators {
		if !shipment.IsBadge(o.ID) || ids[o.ID] {
			ms = append(ms, doc.Mistake(fmt.Sprintf("packing.operators[%d].id", i), "%q: want an ID of its own, of up to 16 capital letters, digits and hyphens; it is no secret", o.ID))
		}
		ids[o.ID] = true
		if strings.TrimSpace(o.Name) == "" {
			ms = append(ms, doc.Mistake(fmt.Sprintf("packing.operators[%d].name", i), "required: what the page calls the person"))
		}
	}
	return ms
}

func (s Station) checkBenches(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	names, scanners, scales := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, b := range s.Packing.Benches {
		wrong := func(key, format string, args ...any) {
			ms = append(ms, doc.Mistake(fmt.Sprintf("packing.benches[%d].%s", i, key), format, args...))
		}
		if !isName(b.Name) || names[b.Name] {
			wrong("name", "%q: want a name of its own, of letters, digits, hyphens or underscores", b.Name)
		}
		names[b.Name] = true
		for _, name := range b.Scanners {
			known := slices.ContainsFunc(s.Scanners, func(sc Scanner) bool { return sc.Name == name && sc.Role == "bench" })
			if !known || scanners[name] {
				wrong("scanners", "%q: want scanners with the role bench, each at one bench", name)
			}
			scanners[name] = true
		}
		if b.Scale != "" && scales[b.Scale] {
			wrong("scale", "%q is at another bench already", b.Scale)
		}
		scales[b.Scale] = true
		if b.Speaker != "" && !speaker.Known(b.Speaker) {
			wrong("speaker", "%q: want pcspkr, bell or the path of an event device, as /dev/input/event3", b.Speaker)
		}
	}
	return ms
}
