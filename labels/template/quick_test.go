package template_test

import (
	"testing"

	"pgregory.net/rapid"

	"waybill/labels/template"
	"waybill/shipment"
)

// TestUsualExpressionsAreQuick holds which expressions need no machine.
func TestUsualExpressionsAreQuick(t *testing.T) {
	for in, want := range map[string]bool{
		"order_id": true, "to": true, "parcel_of": true, "upper(carrier_name)": true, "kg(weight_g)": true, "lb(weight_g)": true,
		`string(parcel_k) + " of " + string(parcel_of)`:                       true,
		`map(items, string(.quantity) + " × " + .sku)`:                        true,
		`len(items) > 0 && not reprint && not sample`:                         true,
		`ship_from.country == ship_to.country ? fields.zone : fields.nothing`: true,
		`trimPrefix(upper(service_name), upper(carrier_name) + " ")`:          true,
		`upper(replace(channel, "_", " "))`:                                   true,
		`upper(join(to, "\n"))`:                                               true,
		`tracking_number[2:]`:                                                 false,
		`fields.category in ["", "sale"]`:                                     false,
		`first(items).sku`:                                                    false,
		`sum(map(items, .quantity))`:                                          false,
	} {
		without, with, quick, err := template.Ways(in, data(t))
		if err != nil || quick != want || quick && without != with {
			t.Errorf("%s: quick %t (%v), want %t; says %q, the machine %q", in, quick, err, want, without, with)
		}
	}
}

// anyExpression draws expressions of one type.
type anyExpression struct{ t *rapid.T }

func (a anyExpression) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(a.t, label)
}

func (a anyExpression) text(depth int, item bool) string {
	leaves := []string{"order_id", "channel", "tracking_number", "ship_to.name", "ship_from.country", "fields.zone", "fields.none", `"é_x "`, `""`, "gs"}
	if item {
		leaves = append(leaves, ".sku", ".title", ".hs_code")
	}
	if depth == 0 {
		return a.pick("leaf", leaves...)
	}
	sub := func() string { return a.text(depth-1, item) }
	switch rapid.IntRange(0, 10).Draw(a.t, "text") {
	case 0:
		return "upper(" + sub() + ")"
	case 1:
		return "lower(" + sub() + ")"
	case 2:
		return "trim(" + sub() + ")"
	case 3:
		return "trimPrefix(" + sub() + ", " + sub() + ")"
	case 4:
		return "replace(" + sub() + ", " + a.pick("from", `"_"`, `"1"`, `""`) + ", " + sub() + ")"
	case 5:
		return "string(" + a.number(depth-1, item) + ")"
	case 6:
		return "(" + a.condition(depth-1, item) + " ? " + sub() + " : " + sub() + ")"
	case 7:
		return "kg(" + a.number(depth-1, item) + ")"
	case 8:
		return "join(" + a.pick("list", "to", "from") + ", " + sub() + ")"
	case 9:
		return "trimSuffix(" + sub() + ", " + sub() + ")"
	}
	return "(" + sub() + " + " + sub() + ")"
}

func (a anyExpression) number(depth int, item bool) string {
	leaves := []string{"weight_g", "parcel_k", "parcel_of", "0", "17", "len(items)", "len(to)"}
	if item {
		leaves = append(leaves, ".quantity", ".weight_g")
	}
	if depth > 0 && rapid.Bool().Draw(a.t, "length") {
		return "len(" + a.text(depth-1, item) + ")"
	}
	return a.pick("number", leaves...)
}

func (a anyExpression) condition(depth int, item bool) string {
	if depth == 0 {
		return a.pick("flag", "reprint", "sample", "true", "false")
	}
	sub := func() string { return a.condition(depth-1, item) }
	comparison := a.pick("comparison", "==", "!=", "<", ">", "<=", ">=")
	switch rapid.IntRange(0, 4).Draw(a.t, "condition") {
	case 0:
		return "not (" + sub() + ")"
	case 1:
		return "(" + sub() + a.pick("and", " && ", " || ", " and ", " or ", " == ", " != ") + sub() + ")"
	case 2:
		return "(" + a.text(depth-1, item) + " " + comparison + " " + a.text(depth-1, item) + ")"
	}
	return "(" + a.number(depth-1, item) + " " + comparison + " " + a.number(depth-1, item) + ")"
}

// TestQuickSaysWhatTheMachineSays compares both ways on random expressions
// over random data.
func TestQuickSaysWhatTheMachineSays(t *testing.T) {
	quicks := 0
	rapid.Check(t, func(t *rapid.T) {
		a := anyExpression{t}
		var in string
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			in = a.condition(3, false)
		case 1:
			in = "map(items, " + a.text(2, true) + ")"
		case 2:
			in = a.number(2, false)
		default:
			in = a.text(3, false)
		}
		word := rapid.SampledFrom([]string{"", "A-1", "é_x", " 1_1 ", "éb", "1"})
		o := shipment.Order{
			ID: shipment.OrderID(word.Draw(t, "id")), Channel: word.Draw(t, "channel"),
			ShipTo: shipment.Address{Name: word.Draw(t, "name")}, ShipFrom: shipment.Address{Country: "US"},
			Parcels: []shipment.Parcel{{Weight: shipment.Grams(rapid.IntRange(-5, 30000).Draw(t, "weight"))}},
		}
		if rapid.Bool().Draw(t, "fields") {
			o.Label.Fields = map[string]string{"zone": word.Draw(t, "zone")}
		}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			o.Items = append(o.Items, shipment.Item{SKU: word.Draw(t, "sku"), Title: word.Draw(t, "title"), Quantity: rapid.IntRange(0, 12).Draw(t, "quantity")})
		}
		d, err := template.NewData(o, 1, template.Settled{
			TrackingNumber: "1Z", To: []string{word.Draw(t, "to"), "b"}, Reprint: rapid.Bool().Draw(t, "reprint"), Sample: rapid.Bool().Draw(t, "sample"),
		})
		if err != nil {
			t.Fatal(err)
		}
		without, with, quick, err := template.Ways(in, d)
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		if quick && without != with {
			t.Fatalf("%s: says %q, the machine %q", in, without, with)
		}
		if quick {
			quicks++
		}
	})
	if quicks == 0 {
		t.Error("no expression was quick")
	}
}
