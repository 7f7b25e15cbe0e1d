package carrier_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

var block = regexp.MustCompile("(?s)```([a-z]+ [a-z]+)\n(.*?)```")

// TestDocumentedExamples holds that what docs/rules.md says of its examples is
// so.
func TestDocumentedExamples(t *testing.T) {
	const page = "../../docs/rules.md"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	los, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, los)
	var services string
	var rules *carrier.Rules
	var o shipment.Order
	examples, decisions := 0, 0
	whole := block.ReplaceAllStringFunc(string(data), func(b string) string {
		m := block.FindStringSubmatch(b)
		switch kind, body := m[1], m[2]; kind {
		case "yaml services":
			services = body
		case "yaml rules":
			examples++
			if rules, err = carrier.ParseRules([]byte(merged(services, body))); err != nil {
				t.Fatalf("example %d: %v\n%s", examples, err, merged(services, body))
			}
		case "json order":
			o = shipment.Order{}
			if err := json.Unmarshal([]byte(body), &o); err != nil {
				t.Fatalf("example %d: %v", examples, err)
			}
			checked := address.Check(o.ShipTo)
			if checked.Verdict == address.Invalid {
				t.Fatalf("example %d, order %s: %+v", examples, o.ID, checked.Issues)
			}
			o.ShipTo = checked.Address
		case "text decision":
			decisions++
			got := told(rules.Assign(o, now))
			if diff := cmp.Diff(strings.Split(body, "\n"), strings.Split(got, "\n")); diff != "" && !*update {
				t.Errorf("example %d, order %s (-page +got)\n%s", examples, o.ID, diff)
			}
			return "```text decision\n" + got + "```"
		}
		return b
	})
	if examples != 10 || decisions < examples {
		t.Errorf("%d examples with %d decisions; the page says there are ten", examples, decisions)
	}
	if *update {
		if err := os.WriteFile(page, []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// merged returns the shared services with the sections of one example.
func merged(services, example string) string {
	before, after, found := strings.Cut(example, "services:\n")
	if !found {
		return services + example
	}
	return services + after + before // its services first, so that they continue the shared ones
}

// told returns a decision in the words of the page.
func told(d carrier.Decision) string {
	var b strings.Builder
	if d.Hold != nil {
		fmt.Fprintf(&b, "held by %s: %s\n", d.Hold.Rule, d.Hold.Reason)
	} else {
		fmt.Fprintf(&b, "%s by rule %s for %d %s, %s to %s\n", d.Service, d.Rule, d.CostMinor, d.Currency, d.Promise.Earliest, d.Promise.Latest)
	}
	if len(d.Rules) > 0 {
		fmt.Fprintf(&b, "rules: %s\n", strings.Join(d.Rules, ", "))
	}
	if len(d.Cost) > 1 {
		var parts []string
		for _, c := range d.Cost {
			parts = append(parts, fmt.Sprintf("%s %d", c.What, c.Amount))
		}
		fmt.Fprintf(&b, "cost: %s\n", strings.Join(parts, " + "))
	}
	if d.Extras != nil {
		fmt.Fprintf(&b, "extras: signature %q, insurance %d, incoterm %q\n", d.Extras.Signature, d.Extras.Insurance, d.Extras.Incoterm)
	}
	for _, p := range d.Passed {
		fmt.Fprintf(&b, "passed %s: %s\n", p.Rule, p.Reason)
	}
	for _, r := range d.Rejected {
		fmt.Fprintf(&b, "not %s: %s\n", r.Service, r.Reason)
	}
	return b.String()
}
