package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"waybill/configs"
)

// maxSkew is how wrong a station's clock may be before people wonder.
const maxSkew = 30 * time.Second

// checkHub asks the hub how it is, what time it is and whether it knows this
// station. A hub that is away is no fault: the station works on.
func checkHub(ctx context.Context, cfg configs.Station) []finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	away := func(err error) []finding {
		return []finding{{"hub", "warning", err.Error(), "Labels and scans go on without it; check hub.url and the network."}}
	}
	asked := time.Now()
	answer, err := ask(ctx, http.MethodGet, cfg.Hub.URL, "/healthz", "")
	if err != nil {
		return away(err)
	}
	if answer.code != http.StatusOK {
		return away(fmt.Errorf("%s answers %s", cfg.Hub.URL, answer.status))
	}
	findings := []finding{{"hub", "ok", cfg.Hub.URL + " answers", ""}}
	if theirs, err := http.ParseTime(answer.date); err == nil {
		skew := asked.Sub(theirs)
		f := finding{"clock", "ok", "agrees with the hub's", ""}
		if skew.Abs() > maxSkew {
			f.State, f.Detail = "warning", fmt.Sprintf("differs from the hub's by %s", skew.Round(time.Second))
			f.Remedy = "Switch time synchronisation on (timedatectl set-ntp true)."
		}
		findings = append(findings, f)
	}
	return append(findings, checkAdmission(ctx, cfg)...)
}

// checkAdmission sends the hub no events at all: whether it takes them depends
// on the token alone, and nothing is kept of it.
func checkAdmission(ctx context.Context, cfg configs.Station) []finding {
	token := ""
	if cfg.Hub.TokenFile != "" {
		var err error
		if token, err = configs.ReadToken(cfg.Hub.TokenFile); err != nil {
			return nil // told among the files
		}
	}
	answer, err := ask(ctx, http.MethodPost, cfg.Hub.URL, "/v1/events", token)
	f := finding{"hub admission", "ok", "the hub takes events with this station's token", ""}
	if token == "" {
		f.Detail = "the hub takes events without a token"
	}
	switch {
	case err != nil:
		f.State, f.Detail, f.Remedy = "warning", err.Error(), "Events wait here until it works; check hub.url and the network."
	case answer.code == http.StatusUnauthorized, answer.code == http.StatusForbidden:
		f.State, f.Detail = "fault", fmt.Sprintf("the hub refuses this station: %s: %s", answer.status, answer.text)
		f.Remedy = fmt.Sprintf("Put this station's token into the file that hub.token_file names, and list %s with it under stations in the hub's configuration.", cfg.ID)
	case answer.code != http.StatusOK:
		f.State, f.Detail, f.Remedy = "warning", fmt.Sprintf("the hub answers %s: %s", answer.status, answer.text), "Events wait here until it takes them; tell whoever runs the hub."
	}
	return []finding{f}
}
