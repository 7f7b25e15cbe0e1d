package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"waybill/configs"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// maxSkew is how wrong a station's clock may be before people wonder.
const maxSkew = 30 * time.Second

// checkHubs asks each hub to which events go.
func checkHubs(ctx context.Context, cfg configs.Station) []finding {
	var findings []finding
	stores := map[string]configs.HubLink{}
	links := cfg.HubLinks()
	for _, link := range links {
		found := checkHub(ctx, cfg, link)
		findings = append(findings, found...)
		if len(links) == 1 || len(found) == 0 || found[0].State != "ok" {
			continue
		}
		p, err := knownAtHub(ctx, cfg, link)
		if err != nil {
			continue // told of the hub
		}
		if other, known := stores[p.Store]; known {
			findings = append(findings, finding{
				aboutHub(link, "hub"), "warning", "it is the same as " + other.Key("url") + " under another address: it gets every event twice, and counts it once",
				"Take one of them out of the configuration.",
			})
		}
		stores[p.Store] = link
	}
	return findings
}

// aboutHub returns what a finding is about: of a further hub, which one it is.
func aboutHub(link configs.HubLink, what string) string {
	if link.Section == "" {
		return what
	}
	return what + " (" + link.Section + ")"
}

// checkHub asks a hub how it is, what time it is and whether it knows this
// station. A hub that is away is no fault: the station works on.
func checkHub(ctx context.Context, cfg configs.Station, link configs.HubLink) []finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	hub := aboutHub(link, "hub")
	away := func(err error) []finding {
		return []finding{{hub, "warning", err.Error(), "Labels and scans go on without it; check " + link.Key("url") + " and the network."}}
	}
	if _, err := hubLink(link); err != nil {
		if link.CAFile != "" {
			return []finding{{hub, "fault", err.Error(), "Correct the hub's section of the configuration; the station does not start."}}
		}
		return nil // told among the files
	}
	answer, err := askHub(ctx, link, http.MethodGet, "/healthz")
	if err != nil {
		return away(err)
	}
	if answer.code != http.StatusOK {
		return away(fmt.Errorf("%s answers %s", link.URL, answer.status))
	}
	findings := []finding{{hub, "ok", link.URL + " answers", ""}}
	if !answer.ends.IsZero() {
		f := checkCertificate(answer.ends, time.Now())
		f.What = aboutHub(link, f.What)
		findings = append(findings, f)
	}
	findings = append(findings, checkClock(ctx, cfg, link)...)
	if link.Section == "" {
		findings = append(findings, checkSigner(ctx, cfg)...)
	}
	return append(findings, checkAdmission(ctx, cfg, link)...)
}

// checkCertificate tells when the hub's certificate ends.
func checkCertificate(ends, now time.Time) finding {
	f := finding{"hub certificate", "ok", "good until " + ends.Local().Format("2 January 2006"), ""}
	if left := ends.Sub(now); left < renewBefore/2 { // a hub that renews its own has done so by then
		f.State, f.Detail = "warning", fmt.Sprintf("ends in %d days, on %s", int(left.Hours()/24), ends.Local().Format("2 January 2006"))
		f.Remedy = "Whoever runs the hub renews it; nothing reaches the hub afterwards, and nothing is lost here."
	}
	return f
}

// checkClock holds the machine's clock against the hub's. A hub of an older version
// tells its own in whole seconds, in the header of whatever it answers.
func checkClock(ctx context.Context, cfg configs.Station, link configs.HubLink) []finding {
	client, err := hubClient(link)
	if err != nil {
		return nil // told above
	}
	_, _ = client.Position(ctx, shipment.StationID(cfg.ID)) // its answer, whatever it is, has the time
	ahead, within := client.Skew()
	if within == 0 {
		return nil
	}
	f := finding{aboutHub(link, "clock"), "ok", fmt.Sprintf("agrees with the hub's, to within %v", (ahead.Abs() + within).Round(time.Millisecond)), ""}
	if ahead.Abs()-within > maxSkew {
		f.State, f.Detail = "warning", clockWords(ahead.Round(time.Second), within.Round(time.Millisecond))
		f.Remedy = "Switch time synchronisation on (timedatectl set-ntp true)."
	}
	return []finding{f}
}

// checkParked tells of events that a hub has refused for good, and of former hubs that
// lack some. Events that such a one refused are told with it.
func checkParked(ctx context.Context, cfg configs.Station) []finding {
	r, err := journal.OpenReadOnly(ctx, filepath.Join(cfg.Data, "journal.db"))
	if err != nil {
		return nil // told with the tracking numbers
	}
	defer r.Close()
	all, err := r.Upstreams(ctx)
	if err != nil {
		return nil
	}
	var findings []finding
	for _, u := range all {
		if u.Former {
			findings = append(findings, finding{"former hub", "warning", formerWords(u), formerRemedy(u)})
			continue
		}
		parked, err := r.Parked(ctx, u.Name)
		if err != nil || len(parked) == 0 {
			continue
		}
		detail := fmt.Sprintf("%d, the last because: %s", len(parked), parked[len(parked)-1].Reason)
		if len(cfg.FurtherHubs) > 0 {
			detail = u.Name + " refused " + detail
		}
		findings = append(findings, finding{
			"events refused", "warning", detail,
			"waybill journal list --parked says why of each; mend that, and waybill journal retry --all sends them again.",
		})
	}
	return findings
}

// checkAdmission sends the hub no events at all: whether it takes them depends
// on the token alone, and nothing is kept of it.
func checkAdmission(ctx context.Context, cfg configs.Station, link configs.HubLink) []finding {
	answer, err := askHub(ctx, link, http.MethodPost, "/v1/events")
	f := finding{aboutHub(link, "hub admission"), "ok", "the hub takes events with this station's token", ""}
	if token, err := hubKeeper(link).Token(); token == "" && err == nil {
		f.Detail = "the hub takes events without a token"
	}
	enrol := "ask whoever runs the hub for a code (waybill hub enrol), and use it here (waybill station enrol)."
	if link.Section != "" {
		enrol = "ask whoever runs the hub for a code (waybill hub enrol), and use it here (waybill station enrol --hub " + link.URL + ")."
	}
	switch {
	case err != nil:
		f.State, f.Detail, f.Remedy = "warning", err.Error(), "Events wait here until it works; check "+link.Key("url")+" and the network."
	case answer.code == http.StatusUnauthorized, answer.code == http.StatusForbidden:
		f.State, f.Detail = "fault", fmt.Sprintf("the hub refuses this station: %s: %s", answer.status, answer.text)
		switch {
		case answer.refusal == wire.RefusedRevoked:
			f.Remedy = "The station packs on and loses nothing. To have it back, " + enrol
		case answer.refusal == wire.RefusedReplaced:
			f.Remedy = "If this is the machine that was replaced, switch it off. If it is not, " + enrol
		case link.TokenFile == "":
			f.Remedy = "The station packs on and loses nothing; " + enrol
		default:
			f.Remedy = fmt.Sprintf("Put this station's token into the file that %s names, and list %s with it under stations in the hub's configuration; or %s", link.Key("token_file"), cfg.ID, enrol)
		}
	case answer.code != http.StatusOK:
		f.State, f.Detail, f.Remedy = "warning", fmt.Sprintf("the hub answers %s: %s", answer.status, answer.text), "Events wait here until it takes them; tell whoever runs the hub."
	}
	return []finding{f}
}
