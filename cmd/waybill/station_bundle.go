package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/filewatch"
	"waybill/internal/task"
	"waybill/shipment"
	"waybill/sync/downlink"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// shelfOf returns where the station keeps what its hub gave it.
func shelfOf(cfg configs.Station) *downlink.Shelf { return downlink.NewShelf(cfg.Hub.Enrolled) }

// withBundle returns the configuration with the hub's rules and templates where the
// station works by them. Where it cannot work by the bundle in use, it works by the one
// before, or by its own rules, and says so by Hub.Amiss: a station that does not start gets
// no other bundle.
func withBundle(cfg configs.Station) (configs.Station, error) {
	if !cfg.Hub.Bundles {
		return cfg, nil
	}
	shelf := shelfOf(cfg)
	in, err := shelf.InUse()
	if err != nil {
		return byFound(cfg, shelf, err)
	}
	if in.Version == 0 {
		return cfg, nil
	}
	with, err := byPlaced(cfg, shelf, in)
	if err == nil {
		return with, nil
	}
	err = &unusableError{in.Version, err}
	if in.Before == nil {
		return byOwn(cfg, in, err)
	}
	before, beforeErr := byPlaced(cfg, shelf, *in.Before)
	if beforeErr != nil {
		return byOwn(cfg, in, errors.Join(err, beforeErr))
	}
	before.Hub.Amiss = fmt.Errorf("the station works by version %d of the hub's rules and templates: %w", in.Before.Version, err)
	return withoutRules(before, in), nil
}

// An unusableError is why the station does not work by the bundle in place.
type unusableError struct {
	version int64
	err     error
}

// Error names the version.
func (e *unusableError) Error() string {
	return fmt.Sprintf("it cannot by version %d, since %v", e.version, e.err)
}

// Unwrap returns the cause.
func (e *unusableError) Unwrap() error { return e.err }

// byOwn returns the configuration with the station's own rules and templates in the
// place of the hub's, which are amiss.
func byOwn(cfg configs.Station, in downlink.Placed, amiss error) (configs.Station, error) {
	own := cfg
	own.Hub.Amiss = fmt.Errorf("the station works by its own rules and templates in the place of the hub's: %w", amiss)
	own = withoutRules(own, in)
	if err := loadable(own); err != nil {
		return cfg, fmt.Errorf("%w; and by its own rules and templates the station cannot start either: %w", amiss, err)
	}
	return own, nil
}

// byFound returns the configuration with the newest bundle that is whole, where nobody can
// read which one is in use.
func byFound(cfg configs.Station, shelf *downlink.Shelf, amiss error) (configs.Station, error) {
	found := shelf.Newest()
	if found.Version == 0 {
		return byOwn(cfg, found, amiss)
	}
	with, err := byPlaced(cfg, shelf, found)
	if err != nil {
		return byOwn(cfg, found, errors.Join(amiss, err))
	}
	with.Hub.Amiss = fmt.Errorf("the station works by version %d of the hub's rules and templates, the newest that is whole on its disk: %w", found.Version, amiss)
	return with, nil
}

// withoutRules marks a configuration whose rules are those that ship with Waybill since
// the hub's, in the bundle in, are amiss. Those are examples: carriers, prices and services
// of nobody. The station starts, scans, hands over, and prints what had its number; a new
// order waits.
func withoutRules(cfg configs.Station, in downlink.Placed) configs.Station {
	if cfg.Rules != "" || len(in.Files) > 0 && !slices.Contains(in.Files, wire.BundleRules) {
		return cfg // it has some, or the hub gives none
	}
	cfg.Hub.NoRules = true
	cfg.Hub.Amiss = fmt.Errorf("new orders wait, since the station's configuration names no rules; %w", cfg.Hub.Amiss)
	return cfg
}

// waitsForRules says why no new order gets a carrier; empty: it does.
func waitsForRules(cfg configs.Station) string {
	if !cfg.Hub.NoRules {
		return ""
	}
	return "the hub's rules are not usable at this station, and its configuration names none (rules); the order goes on by itself when they are"
}

// byPlaced returns the configuration with a bundle that is on the shelf, whole and
// such that a station can start with it.
func byPlaced(cfg configs.Station, shelf *downlink.Shelf, p downlink.Placed) (configs.Station, error) {
	with := byBundle(cfg, shelf.Dir(p), p.Files)
	with.Hub.BundleVersion = p.Version
	err := shelf.Whole(p)
	if err == nil {
		err = loadable(with)
	}
	return with, err
}

// tellBundle tells by which rules and templates the station works, in its journal where
// that is another thing than was said last, and everywhere where they are not the hub's
// newest that were put in place: amiss says why.
func (st *station) tellBundle(ctx context.Context, amiss error) {
	refused, why := int64(0), ""
	if amiss != nil {
		why = amiss.Error()
		if bad, ok := errors.AsType[*unusableError](amiss); ok {
			refused = bad.version
		}
		st.log.ErrorContext(ctx, "the hub's newest rules and templates do not work here", "err", amiss)
		d := mistake("rules of the hub", amiss)
		d.Words, d.Todo = "Not usable", amissTodo(amiss)
		st.news.put(d)
	}
	if err := st.desk.WorksBy(ctx, st.cfg.Hub.BundleVersion, refused, why); err != nil && ctx.Err() == nil {
		st.log.ErrorContext(ctx, "by which rules and templates the station works could not be recorded; the next start says it", "err", err)
	}
}

// amissTodo says what is done about a bundle that the station does not work by.
func amissTodo(amiss error) string {
	if bad, ok := errors.AsType[*unusableError](amiss); ok && !errors.Is(bad, downlink.ErrDamaged) {
		return "Put another bundle at the hub: waybill hub bundles put, or roll-back."
	}
	return "The station fetches them again by itself if they are the hub's newest; if not, put them there again: waybill hub bundles put. If it comes back, see the virus scanner, the rights of that directory, and the disk."
}

// stays says why a running station does not change to a configuration: it would go back
// to older rules by that, though those that it has work.
func stays(running, changed configs.Station) error {
	if changed.Hub.Bundle == running.Hub.Bundle {
		return nil
	}
	return changed.Hub.Amiss
}

// undone reports whether nothing but the bundle in place has changed, and the station would
// work as it does: something has damaged it again as soon as it was there. To start anew
// for that would end in the same place, time and again.
func undone(running, changed configured) bool {
	if changed.Hub.Amiss == nil || changed.Hub.Bundle != running.Hub.Bundle {
		return false
	}
	rest := func(l configured) filewatch.Seen {
		seen := maps.Clone(l.seen)
		delete(seen, shelfOf(running.Station).Current())
		return seen
	}
	return maps.Equal(rest(running), rest(changed))
}

// byBundle returns the configuration with rules and templates of a bundle. What the
// bundle has not is the station's own. names are those of its files; nil: all that are
// there.
func byBundle(cfg configs.Station, dir string, names []string) configs.Station {
	if cfg.Hub.Bundle == "" {
		cfg.Hub.Own = configs.OwnRules{Rules: cfg.Rules, Templates: cfg.Templates}
	}
	cfg.Hub.Bundle, cfg.Hub.BundleFiles = dir, names
	cfg.Rules, cfg.Templates = cfg.Hub.Own.Rules, cfg.Hub.Own.Templates
	if has(dir, names, wire.BundleRules) {
		cfg.Rules = filepath.Join(dir, wire.BundleRules)
	}
	if has(dir, names, wire.BundleTemplates) {
		cfg.Templates = filepath.Join(dir, wire.BundleTemplates)
	}
	return cfg
}

// has reports whether a bundle has a file of a name, or a directory.
func has(dir string, names []string, name string) bool {
	if names == nil {
		return there(filepath.Join(dir, name))
	}
	return slices.ContainsFunc(names, func(n string) bool { return n == name || strings.HasPrefix(n, name+"/") })
}

// ofBundle reports whether a file or directory is part of the bundle that the station
// works by. It was read at the start, when it was as the hub gave it, and is not read
// again: somebody may have edited it.
func ofBundle(cfg configs.Station, path string) bool {
	in, err := filepath.Rel(cfg.Hub.Bundle, path)
	return cfg.Hub.Bundle != "" && err == nil && filepath.IsLocal(in)
}

// bundleTemplates returns the label templates of a bundle without what lies beside them.
func bundleTemplates(cfg configs.Station) fs.FS {
	if cfg.Hub.BundleFiles == nil {
		return templateDir(cfg.Templates)
	}
	names := map[string]bool{}
	for _, name := range cfg.Hub.BundleFiles {
		if in, ok := strings.CutPrefix(name, wire.BundleTemplates+"/"); ok {
			names[in] = true
		}
	}
	return onlyFiles{templateDir(cfg.Templates), names}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// checkBundle says what is wrong with a bundle for a station: it would not start with
// it, its rules name files that are not in it, or a label cannot be made of one of its
// templates.
func checkBundle(ctx context.Context, cfg configs.Station, dir string) error {
	with := byBundle(cfg, dir, nil)
	if err := errors.Join(checkNamed(dir, with.Rules), usable(with)); err != nil {
		return err
	}
	language, err := labelLanguage(with)
	if err != nil {
		return err
	}
	return trial{dir: dir, rules: with.Rules, res: resolution(with), language: language, fonts: systemFonts(with)}.templates(ctx)
}

// checkNamed refuses rules of a bundle that lead out of it.
func checkNamed(dir, rules string) error {
	if !there(filepath.Join(dir, wire.BundleRules)) {
		return nil
	}
	_, named, _ := rulesAndFiles(rules)
	for _, name := range named {
		if in, relErr := filepath.Rel(dir, name); relErr != nil || !filepath.IsLocal(in) {
			return fmt.Errorf("%s names %s, which is not in the bundle", wire.BundleRules, name)
		}
	}
	return nil // what is wrong with the rules themselves is told by whoever loads them
}

// downlink returns the task that brings what the hub has for the station.
func (st *station) downlink(hub *uplink.Client) task.Task {
	o := downlink.Options{Hub: hub, Desk: st.desk, Shelf: shelfOf(st.cfg), Station: shipment.StationID(st.cfg.ID), Works: st.cfg.Hub.Bundle, Mend: st.cfg.Hub.Amiss != nil, OnTrouble: st.downlinkTrouble, Log: st.log}
	if st.cfg.Hub.Bundles {
		o.Check = func(ctx context.Context, dir string) error { return checkBundle(ctx, st.cfg, dir) }
	}
	return task.Func("what the hub has for the station", downlink.New(o).Run)
}

// downlinkTrouble tells that what the hub says of orders, or its rules, cannot be
// taken: an order that it stops might leave.
func (st *station) downlinkTrouble(err error) {
	dev := desk.Device{Kind: "file", Name: "what the hub says", State: "ready"}
	if err != nil {
		dev.State, dev.Words, dev.Todo = "blocked", "Not taken", "Go on packing. Tell whoever runs the hub."
		if errors.Is(err, downlink.ErrDamaged) {
			dev.Words, dev.Todo = "Damaged", amissTodo(err)
		}
		dev.Detail, _, _ = strings.Cut(err.Error(), "\n")
	}
	st.news.put(dev)
}
