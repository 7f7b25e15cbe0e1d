package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"waybill/configs"
	"waybill/labels"
	"waybill/labels/template"
)

// labelTemplatesCmd is `waybill label templates`.
type labelTemplatesCmd struct {
	JSON bool `help:"Write one JSON object per template."`
}

// Help is shown under waybill label templates --help.
func (*labelTemplatesCmd) Help() string {
	return "Example:\n  waybill label templates"
}

// templateLine is one template in the list.
type templateLine struct {
	Name    string           `json:"name"`
	Subject template.Subject `json:"subject"`
	Width   float64          `json:"width_mm"`
	Height  float64          `json:"height_mm"`
	Many    bool             `json:"many_pages"`
	About   string           `json:"about"`
}

// Run lists the templates.
func (c *labelTemplatesCmd) Run(con *console) error {
	table := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	for _, name := range templateNames() {
		t, err := loadTemplate(name)
		if err != nil {
			return err
		}
		line := templateLine{t.Name, t.For, millimetres(t.Width), millimetres(t.Height), t.Many, t.About}
		if c.JSON {
			err = json.NewEncoder(con.out).Encode(line)
		} else {
			_, err = fmt.Fprintf(table, "%s\t%g × %g mm\t%s\t%s\n", line.Name, line.Width, line.Height, line.Subject, line.About)
		}
		if err != nil {
			return fmt.Errorf("list of templates: %w", err)
		}
	}
	return table.Flush()
}

func millimetres(l labels.Length) float64 { return float64(l) / float64(labels.Millimetre) }

// labelTemplateCmd is `waybill label template`.
type labelTemplateCmd struct {
	Name string `arg:"" help:"Name of a template; waybill label templates lists them."`
}

// Help is shown under waybill label template --help.
func (*labelTemplateCmd) Help() string {
	return "Example:\n  waybill label template generic-4x6 > mine.yaml"
}

// Run prints the template.
func (c *labelTemplateCmd) Run(con *console) error {
	_, data, err := shippedTemplate(c.Name)
	if err != nil {
		return usage(err)
	}
	if _, err := con.out.Write(data); err != nil {
		return fmt.Errorf("template %q: %w", c.Name, err)
	}
	return nil
}

// loadTemplate returns a template by its name, or from a file.
func loadTemplate(name string) (*template.Template, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		data, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("template: %w", err)
		}
		return template.ParseIn(templateDir(filepath.Dir(name)), filepath.Base(name), data)
	}
	file, data, err := shippedTemplate(name)
	if err != nil {
		return nil, err
	}
	return template.Parse(file, data)
}

// shippedTemplate returns the file of a template that comes with waybill.
func shippedTemplate(name string) (file string, data []byte, err error) {
	file = name + ".yaml"
	data, err = fs.ReadFile(configs.Templates, path.Join("templates", file))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return "", nil, fmt.Errorf("template %q: there is none of that name (have %s; or give a file ending in .yaml)", name, strings.Join(templateNames(), ", "))
	}
	if err != nil {
		return "", nil, fmt.Errorf("template %q: %w", name, err)
	}
	return file, data, nil
}

func templateNames() []string { return shippedNames(configs.Templates, "templates/*.yaml") }

func shippedNames(all fs.FS, pattern string) []string {
	files, err := fs.Glob(all, pattern)
	if err != nil {
		return nil // the pattern is right, so there is no error
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return files
}

// loadSheet returns a sheet by its name, or from a file.
func loadSheet(name string) (*template.Sheet, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		data, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("sheet: %w", err)
		}
		return template.ParseSheet(filepath.Base(name), data)
	}
	file := name + ".yaml"
	data, err := fs.ReadFile(configs.Sheets, path.Join("sheets", file))
	if err != nil {
		return nil, fmt.Errorf("sheet %q: there is none of that name (have %s; or give a file ending in .yaml)",
			name, strings.Join(shippedNames(configs.Sheets, "sheets/*.yaml"), ", "))
	}
	return template.ParseSheet(file, data)
}
