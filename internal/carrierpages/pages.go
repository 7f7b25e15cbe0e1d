package carrierpages

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"waybill/shipment/carrier"
)

// index is the prose of docs/carriers.md; a line {{carriers}} stands for the
// table.
//
//go:embed index.txt
var index string

// notice heads every page that is written here.
const notice = "<!-- Written from shipment/carrier/carriers.yaml by go test ./shipment/carrier -update. Change the data, not this page. -->\n\n"

// Pages returns the pages by their path below docs.
func Pages(t *carrier.Table, terms []carrier.Term) map[string]string {
	out := map[string]string{"carriers.md": notice + strings.Replace(index, "{{carriers}}\n", table(t), 1)}
	for _, c := range t.Carriers() {
		own := slices.DeleteFunc(slices.Clone(terms), func(term carrier.Term) bool { return term.Carrier != c.ID })
		out["carriers/"+string(c.ID)+".md"] = notice + page(t, c, own)
	}
	return out
}

// table returns the carriers, one a line.
func table(t *carrier.Table) string {
	var b strings.Builder
	b.WriteString("| carrier | ID | numbers | check digit | tracking page |\n|---|---|---|---|---|\n")
	carriers := t.Carriers()
	slices.SortFunc(carriers, func(a, b carrier.Carrier) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	for _, c := range carriers {
		var forms, checks []string
		for _, f := range c.Formats {
			forms = append(forms, lengths(f))
			if f.Check != "" && !slices.Contains(checks, f.Check) {
				checks = append(checks, f.Check)
			}
		}
		if countries := t.S10Suffixes(c.ID); len(countries) > 0 {
			forms = append(forms, "S10 …"+strings.Join(countries, ", …"))
			if !slices.Contains(checks, "s10") {
				checks = append(checks, "s10")
			}
		}
		link := "no"
		if c.TrackingURL != "" {
			link = "yes"
		}
		fmt.Fprintf(&b, "| [%s](carriers/%s.md) | `%s` | %s | %s | %s |\n", cell(c.Name), c.ID, c.ID,
			cell(cmp.Or(strings.Join(forms, "; "), "none known")), cell(cmp.Or(strings.Join(checks, ", "), "none")), link)
	}
	return b.String()
}

// lengths says what a format's numbers look like in the fewest words.
func lengths(f carrier.Format) string {
	if len(f.Examples) > 0 {
		return "`" + f.Examples[0] + "`"
	}
	return f.About
}

func page(t *carrier.Table, c carrier.Carrier, terms []carrier.Term) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nCarrier ID `%s`. ", c.Name, c.ID)
	if c.TrackingURL == "" {
		b.WriteString("No public tracking page is known.")
	} else {
		fmt.Fprintf(&b, "Tracking page: `%s`, with the number for `%%s`.", c.TrackingURL)
	}
	b.WriteString(" [All carriers](../carriers.md)\n\n")
	if c.About != "" {
		b.WriteString(c.About + "\n\n")
	}
	sources := map[string]bool{}
	if len(c.Formats) > 0 {
		b.WriteString("## Numbers\n\n")
	}
	for _, f := range c.Formats {
		format(&b, f)
		for _, s := range f.Source {
			sources[s] = true
		}
	}
	if countries := t.S10Suffixes(c.ID); len(countries) > 0 {
		fmt.Fprintf(&b, "International items have [S10 numbers](s10.md) that end in %s.\n\n", strings.Join(countries, ", "))
	}
	if len(c.Doubts) > 0 {
		b.WriteString("## What is not certain\n\n")
		for _, d := range c.Doubts {
			b.WriteString("* " + d + "\n")
		}
		b.WriteString("\n")
	}
	services(&b, terms)
	if len(sources) > 0 {
		b.WriteString("## Sources\n\n")
	}
	for _, id := range slices.Sorted(maps.Keys(sources)) {
		s, _ := t.Source(id)
		fmt.Fprintf(&b, "* `%s`: %s. Read on %s.\n", id, strings.TrimSuffix(s.Title, "."), s.CheckedOn)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func format(b *strings.Builder, f carrier.Format) {
	fmt.Fprintf(b, "### %s: %s\n\n", f.Service, cmp.Or(f.About, f.Pattern))
	fmt.Fprintf(b, "* Format `%s`, pattern `%s`\n", f.ID, f.Pattern)
	switch words := f.CheckWords(); {
	case words == "":
		b.WriteString("* Check digit: none is published\n")
	case f.Prefix != "":
		fmt.Fprintf(b, "* Check digit: %s; made as if %s stood before\n", words, f.Prefix)
	default:
		fmt.Fprintf(b, "* Check digit: %s\n", words)
	}
	if f.Unpublished {
		b.WriteString("* The carrier does not publish it: one that fits speaks for the number, another one does not make it wrong\n")
	}
	fmt.Fprintf(b, "* What the form alone says: %s\n", gradeWords[f.Grade])
	if f.GS1 {
		b.WriteString("* The bars are GS1 data: a scanner that says so makes it certain\n")
	}
	if len(f.Examples) > 0 {
		fmt.Fprintf(b, "* Examples: `%s`\n", strings.Join(f.Examples, "`, `"))
	}
	if len(f.Services.Names) > 0 {
		fmt.Fprintf(b, "* Service, from character %d:", f.Services.At+1)
		for i, code := range slices.Sorted(maps.Keys(f.Services.Names)) {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(b, " `%s` %s", code, f.Services.Names[code])
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "* Source: %s\n\n", cmp.Or(strings.Join(f.Source, ", "), "none given"))
}

// gradeWords says what a grade means.
var gradeWords = map[carrier.Grade]string{
	carrier.Distinctive: "much; nothing else has it",
	carrier.Common:      "little; other digits fit as well, so the check digit decides",
	carrier.Shared:      "nothing; the length is others' as well, so it is offered last unless the carrier is expected",
}

// services lists the services and their limits.
func services(b *strings.Builder, terms []carrier.Term) {
	if len(terms) == 0 {
		return
	}
	b.WriteString("## Services and their limits\n\n| service | ID | heaviest | source | kind | read on |\n|---|---|---|---|---|---|\n")
	for _, term := range terms {
		heaviest := "not known"
		if term.MaxWeight > 0 {
			heaviest = fmt.Sprintf("%d g", term.MaxWeight)
		}
		fmt.Fprintf(b, "| %s | `%s` | %s | %s | %s | %s |\n", cell(term.Name), term.ID, heaviest, cell(term.Source), term.Kind, term.CheckedOn)
	}
	b.WriteString("\n")
}

// cell makes text fit a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
