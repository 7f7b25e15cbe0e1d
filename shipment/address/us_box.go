package address

import "strings"

// usBox writes boxes, rural routes, contract routes, military units and
// general delivery in their standard form (Publication 28, sections 24 to 28).
func usBox(words []string) (string, bool) {
	joined := strings.Join(words, " ")
	for _, p := range usBoxForms {
		for _, form := range p.forms {
			rest, ok := strings.CutPrefix(joined+" ", form+" ")
			if !ok {
				continue
			}
			if out, ok := p.write(strings.Fields(rest)); ok {
				return out, true
			}
		}
	}
	return "", false
}

type usBoxForm struct {
	forms []string
	write func(rest []string) (string, bool)
}

var usBoxForms = []usBoxForm{
	{[]string{"GENERAL DELIVERY", "GEN DELIVERY", "GEN DEL"}, func(rest []string) (string, bool) {
		return "GENERAL DELIVERY", len(rest) == 0
	}},
	{[]string{
		"PO BOX", "P O BOX", "POBOX", "POST OFFICE BOX", "POSTAL BOX", "POB", "P O B", "P0 BOX", "P BOX", "PO DRAWER", "P O DRAWER",
		"CALLER", "FIRM CALLER", "DRAWER", "LOCKBOX", "LOCK BOX", "BIN", "BOX",
	}, func(rest []string) (string, bool) {
		rest = dropNo(rest)
		if len(rest) == 0 || len(rest) > 2 || !isUnitID(rest[0]) || len(rest) == 2 && !isUnitID(rest[1]) {
			return "", false
		}
		return "PO BOX " + strings.Join(rest, ""), true
	}},
	{[]string{"RR", "RURAL ROUTE", "RURAL RT", "RURAL RTE", "RFD", "RD", "RT", "ROUTE", "RFD ROUTE"}, routeBox("RR")},
	{[]string{"HC", "HCR", "HIGHWAY CONTRACT", "HIGHWAY CONTRACT ROUTE", "STAR ROUTE", "STAR RT"}, routeBox("HC")},
	{[]string{"PSC"}, routeBox("PSC")},
	{[]string{"CMR"}, routeBox("CMR")},
	{[]string{"UNIT"}, routeBox("UNIT")},
}

// routeBox writes "RR 2 BOX 15". Without a box it is no such route: 12 in
// "Unit 12" is a flat.
func routeBox(std string) func([]string) (string, bool) {
	return func(rest []string) (string, bool) {
		rest = dropNo(rest)
		if len(rest) < 3 || !isUnitID(rest[0]) || rest[1] != "BOX" {
			return "", false
		}
		route := rest[0]
		if std == "RR" || std == "HC" {
			route = strings.TrimLeft(route, "0")
		}
		id := dropNo(rest[2:])
		if len(id) == 0 || !hasDigit(id[0]) {
			return "", false
		}
		return std + " " + route + " BOX " + strings.Join(id, ""), true
	}
}

func dropNo(words []string) []string {
	for len(words) > 0 && (words[0] == "#" || words[0] == "NO" || words[0] == "NUMBER" || words[0] == "NUM") {
		words = words[1:]
	}
	return words
}
