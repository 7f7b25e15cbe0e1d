package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/template"
	"waybill/sync/wire"
)

// bundleSamples is where in a bundle a template finds what it is tried with: an
// order that it is for, under the template's name.
const bundleSamples = "samples"

// A trial is what a bundle's templates are tried for.
type trial struct {
	dir      string // of the bundle
	rules    string // file of rules; empty: the built-in ones
	res      labels.Resolution
	language string
	fonts    *fonts.Set
}

// templates makes a label of every template of the bundle, as a station would: laid
// out, written and read back. One that loads and then refuses every order would be
// found by the first packer of the day.
func (tr trial) templates(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(tr.dir, wire.BundleTemplates, "*.yaml"))
	if err != nil {
		return fmt.Errorf("label templates: %w", err)
	}
	var errs []error
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := tr.template(ctx, file); err != nil {
			name := strings.TrimSuffix(filepath.Base(file), ".yaml")
			errs = append(errs, fmt.Errorf("%s/%s.yaml makes no label of a sample: %w (correct it; if the sample is not what it is for, put one that is into %s/%s.json)",
				wire.BundleTemplates, name, err, bundleSamples, name))
		}
	}
	return errors.Join(errs...)
}

func (tr trial) template(ctx context.Context, file string) error {
	t, err := loadTemplate(file)
	if err != nil {
		return err
	}
	r := &renderer{
		con: &console{ctx: ctx, err: io.Discard}, c: &labelRenderCmd{Template: file, Rules: tr.rules}, res: tr.res, fonts: tr.fonts,
		templates: map[string]*template.Template{file: t},
	}
	doc, where, err := sampleFor(tr.dir, strings.TrimSuffix(filepath.Base(file), ".yaml"), t.For)
	switch {
	case err != nil:
		return err
	case doc == nil:
		err = r.document(t, template.BindCommands(template.DeskCommands()))
	default:
		err = r.reader(t.For)(where, doc)
	}
	for _, l := range r.laid {
		if err == nil {
			_, err = labelling.Encode(l, tr.language, false)
		}
	}
	return err
}

// sampleFor returns what a template is tried with: what the bundle has for it, else
// what comes with a template of that name, else a plain one. nil: a template for the
// desk's commands needs nothing.
func sampleFor(dir, name string, subject template.Subject) (doc []byte, where string, err error) {
	own := filepath.Join(dir, bundleSamples, name+".json")
	if doc, err = os.ReadFile(own); !errors.Is(err, fs.ErrNotExist) {
		return doc, own, err
	}
	if subject == template.ForCommands {
		return nil, "", nil
	}
	plain := map[template.Subject]string{
		template.ForParcel: "generic-4x6", template.ForManifest: "manifest-a4", template.ForTote: "tote-4x6",
	}[subject]
	for _, n := range []string{name, plain} {
		where = "samples/" + n + ".json"
		if doc, err = fs.ReadFile(configs.Samples, where); !errors.Is(err, fs.ErrNotExist) {
			return doc, where, err
		}
	}
	return nil, where, err
}
