package main

import (
	"strings"

	"waybill/configs"
)

// checkScales tries each scale of the configuration.
func checkScales(con *console, cfg configs.Station) []finding {
	findings := make([]finding, 0, len(cfg.Scales))
	for _, sc := range cfg.Scales {
		t := tryScale(con, sc)
		f := finding{"scale " + sc.Name, "ok", t.State, ""}
		if t.Reading != nil && t.Reading.Weight != "" {
			f.Detail = strings.TrimSpace(f.Detail + ", shows " + t.Reading.Weight)
		}
		if !t.Ready {
			f.State, f.Remedy = "fault", t.Todo+" A station that runs holds the link: stop it first."
			if t.Why != "" {
				f.Detail += ": " + t.Why
			}
		}
		findings = append(findings, f)
	}
	return findings
}
