package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"waybill/configs"
	"waybill/sync/downlink"
)

// checkHubRules looks by whose rules and templates the station works, and returns the
// configuration with them.
func checkHubRules(cfg configs.Station, now time.Time) (configs.Station, []finding) {
	const key, rules = "hub key", "rules of the hub"
	shelf := shelfOf(cfg)
	pinned, err := shelf.Key()
	if err != nil {
		return cfg, []finding{{key, "fault", err.Error(), "Enrol the station again: waybill station enrol."}}
	}
	var findings []finding
	if pinned == nil {
		findings = append(findings, finding{key, "ok", "none yet; the station keeps the first that its hub tells", ""})
	} else {
		findings = append(findings, finding{key, "ok", fmt.Sprintf("%.16s… is kept, and nothing else is believed", hex.EncodeToString(pinned)), ""})
	}
	if !cfg.Hub.Bundles {
		return cfg, findings
	}
	in, inErr := shelf.InUse()
	if inErr == nil && in.Version == 0 {
		return cfg, append(findings, finding{rules, "ok", "none yet; the station works by its own", ""})
	}
	f := finding{rules, "ok", fmt.Sprintf("version %d, made %s (%s)", in.Version, time.Time(in.Made).Local().Format("2 January 2006 15:04"), howLongAgo(now.Sub(time.Time(in.Made)))), ""}
	with, err := withBundle(cfg)
	switch {
	case err != nil:
		f.State, f.Detail = "fault", err.Error()
		f.Remedy = "The station does not start. Mend its configuration: with its own rules and templates it can start, and get the hub's again."
	case with.Hub.Amiss != nil:
		f.State, f.Detail, f.Remedy = "fault", with.Hub.Amiss.Error(), amissTodo(with.Hub.Amiss)
		if words := in.MendedWords(); words != "" && errors.Is(with.Hub.Amiss, downlink.ErrDamaged) {
			f.Detail += "; " + words
		}
	case pinned != nil && in.Key != hex.EncodeToString(pinned):
		f.State, f.Remedy = "warning", "They are those of the hub at which the station was enrolled before. Put a bundle at its hub, or remove "+shelf.Current()+"."
	}
	return with, append(findings, f)
}

// checkSigner holds the key that the hub has now against the one that is kept. A hub
// that tells none, or does not know the station, is told elsewhere.
func checkSigner(ctx context.Context, cfg configs.Station) []finding {
	pinned, err := shelfOf(cfg).Key()
	if err != nil || pinned == nil {
		return nil // told with the files
	}
	client, err := hubClient(cfg.Hub)
	if err != nil {
		return nil
	}
	self, err := client.Self(ctx)
	if err != nil || self.SigningKey == "" || self.SigningKey == hex.EncodeToString(pinned) {
		return nil
	}
	return []finding{{
		"hub key", "fault", fmt.Sprintf("the hub signs with %.16s…, and %.16s… is kept: nothing that it says of orders is taken", self.SigningKey, hex.EncodeToString(pinned)),
		"If the hub's store was made anew, enrol the station again (waybill station enrol); if not, find out who answers in its place.",
	}}
}

// howLongAgo says how long ago something was, by two clocks that need not agree.
func howLongAgo(d time.Duration) string {
	switch {
	case d < 0:
		return "by the hub's clock, which is ahead"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}
