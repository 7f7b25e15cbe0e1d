package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/sync/wire"
	"waybill/tracking"
)

// hubBundlesCmd is `waybill hub bundles`.
type hubBundlesCmd struct {
	List     hubBundlesListCmd     `cmd:"" help:"List every bundle there ever was."`
	Put      hubBundlesPutCmd      `cmd:"" help:"Make a directory what stations work by."`
	RollBack hubBundlesRollBackCmd `cmd:"" name:"roll-back" help:"Make an earlier bundle what stations work by again."`
}

// Help is shown under waybill hub bundles --help.
func (*hubBundlesCmd) Help() string {
	return `A bundle is a directory with rules.yaml, templates/*.yaml and what they name: what
stations work by that have hub.bundles: true. Stations get it within seconds, or when
they are back, signed and as a whole; one that cannot work by it keeps what it has and
says why (bundle.refused). The hub may run meanwhile.

Examples:
  waybill hub bundles put --config hub.yaml --by Kim --note "parcels to Alaska" ./house
  waybill hub bundles list --config hub.yaml
  waybill hub bundles roll-back --config hub.yaml --by Kim 3`
}

// bundleStore is what these commands need of the hub's store.
type bundleStore interface {
	Bundles(ctx context.Context) ([]tracking.BundleInfo, error)
	PutBundle(ctx context.Context, d tracking.BundleDraft) (tracking.BundleInfo, error)
	RollBack(ctx context.Context, to tracking.BundleReturn) (tracking.BundleInfo, error)
	io.Closer
}

func openBundles(con *console, file string) (bundleStore, error) {
	cfg, err := configs.LoadHub(file)
	if err != nil {
		return nil, usage(err)
	}
	s, err := openData(con.ctx, con, cfg)
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	return s, nil
}

// hubBundlesListCmd is `waybill hub bundles list`.
type hubBundlesListCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The hub's configuration."`
	JSON   bool   `help:"Write JSON lines."`
}

// Help is shown under waybill hub bundles list --help.
func (*hubBundlesListCmd) Help() string {
	return "The first is the one that counts.\n\nExample:\n  waybill hub bundles list --config hub.yaml"
}

// Run lists the bundles.
func (c *hubBundlesListCmd) Run(con *console) (err error) {
	s, err := openBundles(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	list, err := s.Bundles(con.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(con.out)
		for _, b := range list {
			if err := enc.Encode(b); err != nil {
				return fmt.Errorf("output: %w", err)
			}
		}
		return nil
	}
	if len(list) == 0 {
		fmt.Fprintln(con.out, "There is none: stations work by their own rules and templates.")
		return nil
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tMADE\tBY\tFILES\tBYTES\tSHA-256\tNOTE")
	for _, b := range list {
		note := b.Note
		if b.Again > 0 {
			note = strings.TrimSpace(fmt.Sprintf("version %d again. %s", b.Again, note))
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%.12s\t%s\n", b.Version, time.Time(b.Made).Local().Format("2006-01-02 15:04"), b.By, b.Files, b.Bytes, b.SHA256, note)
	}
	return w.Flush()
}

// hubBundlesPutCmd is `waybill hub bundles put`.
type hubBundlesPutCmd struct {
	Dir    string `arg:"" help:"A directory with rules.yaml, templates, and what they name."`
	Config string `required:"" placeholder:"FILE" help:"The hub's configuration."`
	By     string `help:"Who says so, for the list."`
	Note   string `help:"Why, for the list."`
	Above  int64  `placeholder:"N" help:"Make a version above N, also of the same files."`
	JSON   bool   `help:"Write JSON."`
}

// Help is shown under waybill hub bundles put --help.
func (*hubBundlesPutCmd) Help() string {
	return `Rules and templates are read first, as a station would, and a label is made of every
template: of the order in samples/NAME.json, where there is one, else of a sample of ours.
With a mistake nothing is put.
The same files twice are one version. Files whose names begin with a dot are left out.

A hub whose store was restored from an old copy has lower versions than its stations,
and they refuse them. Each says which version it works by: put the bundle again with
--above and the highest of these.

Examples:
  waybill hub bundles put --config hub.yaml --by Kim ./house
  waybill hub bundles put --config hub.yaml --by Kim --above 7 ./house`
}

// Run puts the bundle.
func (c *hubBundlesPutCmd) Run(con *console) (err error) {
	files, err := readBundle(c.Dir)
	if err == nil {
		err = wire.CheckFiles(files)
	}
	if err == nil {
		err = loads(con.ctx, c.Dir)
	}
	if err != nil {
		return usage(fmt.Errorf("hub bundles put: %s: %w", c.Dir, err))
	}
	s, err := openBundles(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	b, err := s.PutBundle(con.ctx, tracking.BundleDraft{Files: files, By: c.By, Note: c.Note, Above: c.Above})
	if err != nil {
		return err
	}
	return tellBundle(con, b, c.JSON)
}

func tellBundle(con *console, b tracking.BundleInfo, asJSON bool) error {
	if asJSON {
		return writeJSON(con.out, b)
	}
	fmt.Fprintf(con.out, "Stations work by version %d: %d files, %d bytes.\n", b.Version, b.Files, b.Bytes)
	return nil
}

// readBundle returns the files of a directory.
func readBundle(dir string) ([]wire.BundleFile, error) {
	var files []wire.BundleFile
	size := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(e.Name(), ".") && path != dir
		switch {
		case err != nil:
			return err
		case hidden && e.IsDir():
			return fs.SkipDir
		case hidden || e.IsDir():
			return nil
		case !e.Type().IsRegular():
			return fmt.Errorf("%s is no plain file (put a copy of the file there)", path)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		content, err := readAtMost(path, wire.MaxBundleBytes)
		if err != nil {
			return err
		}
		if size += len(content); size > wire.MaxBundleBytes || len(files) >= wire.MaxBundleFiles {
			return fmt.Errorf("there is more in it than a bundle takes: %d files and %d MiB", wire.MaxBundleFiles, wire.MaxBundleBytes>>20)
		}
		files = append(files, wire.BundleFile{Name: filepath.ToSlash(name), Content: content})
		return nil
	})
	return files, err
}

// loads says what a station of no particular configuration finds wrong.
func loads(ctx context.Context, dir string) error {
	if !there(filepath.Join(dir, wire.BundleRules)) && !there(filepath.Join(dir, wire.BundleTemplates)) {
		return fmt.Errorf("there is neither %s nor %s in it", wire.BundleRules, wire.BundleTemplates)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	cfg := byBundle(configs.DefaultStation(), abs, nil)
	_, rulesErr := loadRules(cfg.Rules)
	_, templatesErr := loadTemplates(cfg)
	if err := errors.Join(rulesErr, templatesErr, checkNamed(abs, cfg.Rules)); err != nil {
		return err
	}
	return trial{dir: abs, rules: cfg.Rules, res: resolution(cfg), language: labelling.ZPL, fonts: systemFonts(cfg)}.templates(ctx)
}

// hubBundlesRollBackCmd is `waybill hub bundles roll-back`.
type hubBundlesRollBackCmd struct {
	Version int64  `arg:"" help:"Whose files count again; waybill hub bundles list has them."`
	Config  string `required:"" placeholder:"FILE" help:"The hub's configuration."`
	By      string `help:"Who says so, for the list."`
	Note    string `help:"Why, for the list."`
	Above   int64  `placeholder:"N" help:"Make a version above N, also where these files count already."`
	JSON    bool   `help:"Write JSON."`
}

// Help is shown under waybill hub bundles roll-back --help.
func (*hubBundlesRollBackCmd) Help() string {
	return `The files get a new version: for a station versions only grow. It is above N with
--above, as with put: for a hub whose store was restored from an old copy, and whose
stations have higher versions than it knows of.

Examples:
  waybill hub bundles roll-back --config hub.yaml --by Kim 3
  waybill hub bundles roll-back --config hub.yaml --by Kim --above 7 3`
}

// Run rolls back.
func (c *hubBundlesRollBackCmd) Run(con *console) (err error) {
	s, err := openBundles(con, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	b, err := s.RollBack(con.ctx, tracking.BundleReturn{To: c.Version, By: c.By, Note: c.Note, Above: c.Above})
	if err != nil {
		return err
	}
	return tellBundle(con, b, c.JSON)
}
