package main

import (
	"slices"

	"waybill/configs"
	printerdriver "waybill/printer/driver"
)

// rawRoles returns the roles of the station whose printers take ZPL.
func rawRoles(cfg configs.Station) []string {
	drivers := printerdriver.All()
	var roles []string
	for _, p := range cfg.Printers {
		if d, ok := drivers[p.Driver]; ok && d.Speaks("zpl") && (p.Language == "" || p.Language == "zpl") {
			roles = append(roles, p.Roles...)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// rawFiles returns the role for label files of the hot folder; empty: they are
// refused.
func rawFiles(cfg configs.Station) string {
	if !slices.Contains(cfg.Intake.Scopes, configs.PrintRaw) {
		return ""
	}
	return cfg.Intake.RawRole
}
