package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"

	"waybill/internal/labelproof"
	"waybill/labels"
)

// A gallery is everything that was drawn.
type gallery struct {
	Entries []entry
	Absent  []string
}

// An entry is a template.
type entry struct {
	Name, About   string
	Width, Height string
	Sheets        []sheet
}

// Pages is how many pages the sample fills.
func (e entry) Pages() int {
	if len(e.Sheets) == 0 {
		return 0
	}
	return len(e.Sheets[0].Pages)
}

//go:embed page.html
var pageHTML string

// write writes the page.
func (g gallery) write(name string) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, g); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}

// document writes labels.md and the pictures it shows.
func (g gallery) document(docs, from string) error {
	pictures := filepath.Join(docs, "pictures", "labels")
	if err := os.RemoveAll(pictures); err != nil { // of templates that are gone
		return err
	}
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(docsHead)
	for _, e := range g.Entries {
		first := e.Sheets[0].Pages[0]
		data, err := os.ReadFile(filepath.Join(from, first.Pictures[0].File))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(pictures, e.Name+".png"), data, 0o644); err != nil {
			return err
		}
		e.describe(&b, first)
	}
	b.WriteString(docsProof)
	readers(&b)
	return os.WriteFile(filepath.Join(docs, "labels.md"), []byte(b.String()), 0o644)
}

// describe writes the section of a template.
func (e entry) describe(b *strings.Builder, first onePage) {
	fmt.Fprintf(b, "### %s\n\n", e.Name)
	if e.About != "" {
		fmt.Fprintf(b, "%s. ", strings.TrimSuffix(e.About, "."))
	}
	fmt.Fprintf(b, "%s × %s mm", e.Width, e.Height)
	if n := e.Pages(); n > 1 {
		fmt.Fprintf(b, "; the sample has %d pages, the first is shown", n)
	}
	fmt.Fprintf(b, ".\n\n<img src=\"pictures/labels/%s.png\" alt=\"%s\" width=\"%d\">\n\n", e.Name, e.Name, 380)
	if len(first.Symbols) == 0 {
		b.WriteString("It has no barcode.\n\n")
		return
	}
	b.WriteString("| barcode | module | size | grade |\n|---|---|---|---|\n")
	for i, s := range first.Symbols {
		if i == 6 && len(first.Symbols) > 8 {
			fmt.Fprintf(b, "| and %d more | | | |\n", len(first.Symbols)-i)
			break
		}
		grade := s.Grade
		if !s.Read {
			grade = "not looked for"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", s.Kind, s.Module, s.Size, grade)
	}
	b.WriteByte('\n')
}

const docsHead = `# The labels that ship

Every template in [configs/templates](../configs/templates), filled with its sample from
[configs/samples](../configs/samples), as a printer of 203 dpi prints it. ` + "`make labels-gallery`" + ` writes this page anew, and
beside it [one with every format at 203, 300 and 600 dpi](gallery/index.html), to be opened in a browser. How a template is
written is in [templates.md](templates.md).

A carrier's own label needs that carrier's certification before it ships; each template says what of. Grades are
estimates from the dots (A is best): what they leave to the printer, not what the printer makes of it.

`

const docsProof = `## How they are proved

` + "`make test`" + ` lays random orders out on every template, in every script that the machine has fonts for, and has programs
that are not ours draw and read them; ` + "`make labels-proof`" + ` does so 5,000 times and prints the counts. A label counts
only if every barcode on it reads back to the last byte, at its place, under its symbology.

* The PNG is read as it is.
* The PDF is drawn by poppler, ghostscript and mupdf at the printer's resolution; each must make the very dots.
* The ZPL is drawn by zpl-renderer-js (zebrash). It has a fault: in ` + "`^BC`" + ` mode N it takes ` + "`>5`" + `, the change from Code B to
  Code C, for FNC4, and it loses the last character right behind FNC4 or the start code. Code 128 symbols with either are not asked
  of it; all else must be the very dots. Two other faults our ZPL goes round: ` + "`!`" + ` in run lengths, and squares whose frame is as thick as they are wide.

Who reads what; a dash says why not, always for the whole symbology:

`

// readers writes which decoder reads what.
func readers(b *strings.Builder) {
	zbar, err := labelproof.ZBar()
	decoders := []labelproof.Decoder{labelproof.ZXing(nil), labelproof.Gozxing()}
	if err == nil {
		decoders = append(decoders, zbar)
	}
	b.WriteString("| symbology |")
	for _, d := range decoders {
		fmt.Fprintf(b, " %s |", d.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(decoders)) + "\n")
	for _, s := range labels.Symbologies() {
		fmt.Fprintf(b, "| %s |", s)
		for _, d := range decoders {
			switch {
			case d.CannotRead[s] != "":
				fmt.Fprintf(b, " – %s |", d.CannotRead[s])
			case d.Alone[s] != "":
				b.WriteString(" cut out of the picture |")
			case d.ASCIIOnly[s] != "":
				fmt.Fprintf(b, " yes; ASCII only: %s |", d.ASCIIOnly[s])
			default:
				b.WriteString(" yes |")
			}
		}
		b.WriteByte('\n')
	}
}
