package labelproof_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"waybill/internal/labelproof"
)

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// A tally counts what was proved.
type tally struct {
	labels   int
	pictures map[string][2]int            // by way: how many, and how many of the same dots as ours
	symbols  map[string]map[string][3]int // by way and decoder: right, exempt, wrong
	exempt   map[string]map[string]int    // by decoder and symbology, and reason: how many
	read     map[string]map[string]int    // by symbology and decoder: how many right
	phantoms map[string]int
	wrong    []string
}

func newTally() *tally {
	return &tally{
		pictures: map[string][2]int{}, symbols: map[string]map[string][3]int{}, exempt: map[string]map[string]int{},
		read: map[string]map[string]int{}, phantoms: map[string]int{},
	}
}

// maxWrong bounds how much is said of what went wrong.
const maxWrong = 200

func (t *tally) picture(way string, same bool) {
	n := t.pictures[way]
	n[0]++
	if same {
		n[1]++
	}
	t.pictures[way] = n
}

func (t *tally) symbol(way, decoder string, j job, v labelproof.Verdict) {
	if t.symbols[way] == nil {
		t.symbols[way] = map[string][3]int{}
	}
	n := t.symbols[way][decoder]
	switch {
	case v.OK:
		n[0]++
		t.one(t.read, string(v.Symbol.Symbology), decoder)
	case v.Exempt != "":
		n[1]++
		t.one(t.exempt, fmt.Sprintf("%s, %s", decoder, v.Symbol.Symbology), v.Exempt)
	default:
		n[2]++
		t.fail("%s: %s: %s: %s %q reads %s", j.what, way, decoder, v.Symbol.Symbology, v.Symbol.Payload, v.Got)
	}
	t.symbols[way][decoder] = n
}

func (*tally) one(m map[string]map[string]int, a, b string) {
	if m[a] == nil {
		m[a] = map[string]int{}
	}
	m[a][b]++
}

func (t *tally) dots(way string, j job, n int) { t.fail("%s: %s: %d wrong dots", j.what, way, n) }

func (t *tally) phantom(way, decoder string, j job, r labelproof.Read) {
	t.phantoms[fmt.Sprintf("%s %s %q at %d,%d (%s, %s)", decoder, r.Identifier, r.Bytes, r.X, r.Y, way, j.what)]++
}

func (t *tally) fail(format string, args ...any) {
	if len(t.wrong) < maxWrong {
		t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
	}
}

func (t *tally) add(o *tally) {
	t.labels += o.labels
	for k, v := range o.pictures {
		n := t.pictures[k]
		t.pictures[k] = [2]int{n[0] + v[0], n[1] + v[1]}
	}
	for way, by := range o.symbols {
		if t.symbols[way] == nil {
			t.symbols[way] = map[string][3]int{}
		}
		for d, v := range by {
			n := t.symbols[way][d]
			t.symbols[way][d] = [3]int{n[0] + v[0], n[1] + v[1], n[2] + v[2]}
		}
	}
	for _, m := range [][2]map[string]map[string]int{{t.exempt, o.exempt}, {t.read, o.read}} {
		for a, by := range m[1] {
			for b, n := range by {
				t.one(m[0], a, b)
				m[0][a][b] += n - 1
			}
		}
	}
	for k, n := range o.phantoms {
		t.phantoms[k] += n
	}
	t.wrong = append(t.wrong, o.wrong[:min(len(o.wrong), maxWrong-min(maxWrong, len(t.wrong)))]...)
}

// String is the table.
func (t *tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d labels\n\n%-24s %8s %8s", t.labels, "", "drawn", "alike")
	decoders := []string{"zxing-wasm", "zbar", "gozxing"}
	for _, d := range decoders {
		fmt.Fprintf(&b, " %32s", d+": right, not asked, wrong")
	}
	b.WriteByte('\n')
	for _, way := range slices.Sorted(keys(t.pictures)) {
		fmt.Fprintf(&b, "%-24s %8d %8d", way, t.pictures[way][0], t.pictures[way][1])
		for _, d := range decoders {
			n := t.symbols[way][d]
			fmt.Fprintf(&b, " %18d %6d %6d", n[0], n[1], n[2])
		}
		b.WriteByte('\n')
	}
	b.WriteString("\nread, by symbology:\n")
	for _, s := range slices.Sorted(keys(t.read)) {
		fmt.Fprintf(&b, "  %-16s %v\n", s, t.read[s])
	}
	b.WriteString("\nnot asked:\n")
	for _, who := range slices.Sorted(keys(t.exempt)) {
		for _, why := range slices.Sorted(keys(t.exempt[who])) {
			fmt.Fprintf(&b, "  %-28s %6d  %s\n", who, t.exempt[who][why], why)
		}
	}
	if len(t.phantoms) > 0 {
		fmt.Fprintf(&b, "\nread where there is no barcode: %d\n", len(t.phantoms))
		for i, p := range slices.Sorted(keys(t.phantoms)) {
			if i < 20 {
				fmt.Fprintf(&b, "  %s\n", p)
			}
		}
	}
	return b.String()
}

// String says what was refused, and how much of the orders was varied.
func (m *maker) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d pages; %d labels to another country, %d to other people in town, %d to the same address with other numbers\n", m.pages, m.reach[0], m.reach[1], m.reach[2])
	reasons := slices.Sorted(keys(m.refused))
	fmt.Fprintf(&b, "orders refused before anything was drawn, by reason (%d reasons):\n", len(reasons))
	for i, why := range reasons {
		if i < 40 {
			fmt.Fprintf(&b, "  %5d  %s\n", m.refused[why], strings.ReplaceAll(why, "\n", " "))
		}
	}
	return b.String()
}
