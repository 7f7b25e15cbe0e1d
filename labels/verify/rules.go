package verify

import (
	"fmt"
	"regexp"
	"slices"
	"sync"

	"waybill/labels"
)

// A Rule is what a carrier or a standard asks of the size of a symbol. A limit
// of 0 is none. Quiet zones are those of the symbology, for all.
type Rule struct {
	Name        string // unique
	Set         string // whose rule it is: what --rule names
	Symbologies []labels.Symbology
	Content     string // pattern of the texts it is for; empty: it is only held where its set is asked for
	ModuleMin   labels.Length
	ModuleMax   labels.Length
	HeightMin   labels.Length
	HeightMax   labels.Length
	Source      string
}

const (
	gs1Sizes = "GS1 General Specifications, symbol specification tables, as GS1 Sweden's size guide gives them"
	noLimits = "no published limits are known: it is held against its symbology, and the carrier certifies labels itself"
)

var linear128 = []labels.Symbology{labels.Code128, labels.GS1128}

// Rules returns every rule there is; the first that fits a symbol is held
// against it.
func Rules() []Rule {
	const um = labels.Micrometre
	return []Rule{
		{
			Name: "usps_impb", Set: "usps", Symbologies: linear128, Content: `^(420\d{5}(\d{4})?\x1d?)?9[1-5]\d{18,24}$`,
			ModuleMin: 330 * um, ModuleMax: 533 * um, HeightMin: 19050 * um,
			Source: "USPS Intelligent Mail package barcode: module 0.013 to 0.021 inch, bars at least 0.75 inch high",
		},
		{
			Name: "usps_imb", Set: "usps", Symbologies: []labels.Symbology{labels.IMb}, Content: `.`,
			ModuleMin: 529 * um, ModuleMax: 635 * um, HeightMin: 3175 * um, HeightMax: 4191 * um,
			Source: "USPS-B-3200: 20 to 24 bars an inch, full bars 0.125 to 0.165 inch high",
		},
		{
			Name: "ups_tracking", Set: "ups", Symbologies: linear128, Content: `^1Z[0-9A-Z]{16}$`,
			HeightMin: 12700 * um,
			Source:    "secondary: bars at least 0.5 inch high; the carrier's own labels have 1 inch and a module of 0.375 mm",
		},
		{
			Name: "ups_postal", Set: "ups", Symbologies: linear128, Content: `^(420\d{5}(\d{4})?|421\d{3}[0-9A-Z]{1,9})$`,
			HeightMin: 12700 * um,
			Source:    "secondary: bars at least 0.5 inch high, as on the carrier's own labels",
		},
		{
			Name: "ups_maxicode", Set: "ups", Symbologies: []labels.Symbology{labels.MaxiCode}, Content: `.`,
			ModuleMin: 827 * um, ModuleMax: 931 * um,
			Source: "ISO/IEC 16023: a MaxiCode has one size, 0.88 mm a module; 24.8 to 27.9 mm wide",
		},
		{Name: "fedex_tracking", Set: "fedex", Symbologies: linear128, Content: `^(\d{34}|96\d{20})$`, Source: noLimits},
		{Name: "fedex_pdf417", Set: "fedex", Symbologies: []labels.Symbology{labels.PDF417}, Source: noLimits},
		{Name: "dhl", Set: "dhl", Symbologies: linear128, Content: `^(JJ?D\d{10,30}|JVGL\d+|403[0-9A-Z+]{5,30})$`, Source: noLimits},
		{
			Name: "dhl_paket", Set: "dhl", Symbologies: []labels.Symbology{labels.GS1128}, Content: `^00340434\d{12}$`,
			ModuleMin: 375 * um, HeightMin: 25000 * um,
			Source: "read off the carrier's own labels, which are lower than GS1 asks: module 0.375 to 0.5 mm, bars 26 mm high",
		},
		{
			Name: "dpd", Set: "dpd", Symbologies: linear128, Content: `^%[0-9A-Z]{7}\d{20}$`,
			ModuleMin: 375 * um, HeightMin: 25000 * um,
			Source: "DPD parcel label specification, as zint cites it: module 0.375 mm, bars 25 mm high",
		},
		{
			Name: "upu_s10", Set: "upu", Symbologies: []labels.Symbology{labels.Code128, labels.Code39}, Content: `^[A-Z]{2}\d{9}[A-Z]{2}$`,
			ModuleMin: 330 * um, ModuleMax: 510 * um, HeightMin: 12500 * um,
			Source: "UPU S10, as zint cites it: module 0.33 to 0.51 mm, bars at least 12.5 mm high",
		},
		{
			Name: "gs1_sscc", Set: "gs1", Symbologies: []labels.Symbology{labels.GS1128}, Content: `^00\d{18}`,
			ModuleMin: 495 * um, ModuleMax: 1016 * um, HeightMin: 31750 * um, Source: gs1Sizes,
		},
		{
			Name: "gs1_itf14", Set: "gs1", Symbologies: []labels.Symbology{labels.ITF14}, Content: `.`,
			ModuleMin: 495 * um, ModuleMax: 1016 * um, HeightMin: 31750 * um, Source: gs1Sizes,
		},
		{
			Name: "gs1_128", Set: "gs1", Symbologies: []labels.Symbology{labels.GS1128},
			ModuleMin: 495 * um, ModuleMax: 1016 * um, HeightMin: 31750 * um, Source: gs1Sizes,
		},
		{
			Name: "gs1_ean8", Set: "gs1", Symbologies: []labels.Symbology{labels.EAN8}, Content: `.`,
			ModuleMin: 264 * um, ModuleMax: 660 * um, HeightMin: 14580 * um, Source: gs1Sizes,
		},
		{
			Name: "gs1_retail", Set: "gs1", Symbologies: []labels.Symbology{labels.EAN13, labels.UPCA, labels.UPCE}, Content: `.`,
			ModuleMin: 264 * um, ModuleMax: 660 * um, HeightMin: 18280 * um, Source: gs1Sizes,
		},
	}
}

// RuleSets returns the names of the sets of rules.
func RuleSets() []string {
	var sets []string
	for _, r := range Rules() {
		if !slices.Contains(sets, r.Set) {
			sets = append(sets, r.Set)
		}
	}
	return sets
}

type compiledRule struct {
	Rule
	content *regexp.Regexp
}

var compiledRules = sync.OnceValue(func() []compiledRule {
	var all []compiledRule
	for _, r := range Rules() {
		all = append(all, compiledRule{r, regexp.MustCompile(r.Content)})
	}
	return all
})

// RuleFor returns the rule that a symbol is held against: of a set, or, where
// set is empty, whichever its content calls for.
func RuleFor(s labels.Symbology, text, set string) (Rule, bool) {
	for _, r := range compiledRules() {
		if set != "" && r.Set != set || set == "" && r.Content == "" {
			continue
		}
		if slices.Contains(r.Symbologies, s) && r.content.MatchString(text) {
			return r.Rule, true
		}
	}
	return Rule{}, false
}

// obey holds the measures against the rule that fits, and lowers the grade
// where no reader is promised.
func (r *Report) obey(f Found, set string) {
	if rule, ok := RuleFor(f.Symbology, f.Text, set); ok {
		r.Rule = rule.Name
		r.hold(ModuleTooFine, "module", r.ModuleMM, rule.ModuleMin, true, rule)
		r.hold(ModuleTooWide, "module", r.ModuleMM, rule.ModuleMax, false, rule)
		r.hold(TooLow, "height", r.HeightMM, rule.HeightMin, true, rule)
		r.hold(TooHigh, "height", r.HeightMM, rule.HeightMax, false, rule)
	}
	for _, p := range r.Problems {
		if p.Code == QuietZone || p.Code == ModuleTooFine || p.Code == ModuleTooWide {
			r.Grade = "F"
		}
	}
}

// hold adds a problem where a measure is beyond a limit, by more than the
// rounding of the measure.
func (r *Report) hold(code, what string, mm float64, limit labels.Length, least bool, rule Rule) {
	const rounding = 0.006
	want := float64(limit) / float64(labels.Millimetre)
	switch {
	case limit == 0:
	case least && mm < want-rounding:
		r.Problems = append(r.Problems, Problem{code, fmt.Sprintf("its %s is %.2f mm, and %s asks for at least %.2f mm (%s)", what, mm, rule.Name, want, rule.Source)})
	case !least && mm > want+rounding:
		r.Problems = append(r.Problems, Problem{code, fmt.Sprintf("its %s is %.2f mm, and %s allows at most %.2f mm (%s)", what, mm, rule.Name, want, rule.Source)})
	}
}
