package template_test

import (
	"strings"
	"testing"

	"waybill/labels/template"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
)

const (
	many  = "name: t\nsize_mm: [100, 50]\npages: many\nelements:\n"
	table = "- {name: a, kind: table, at: [1,1], width: 50, height: 20, rows: items, row_height: 5"
)

func TestTableMistakesAreNamed(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"misspelt field":       {head + table + ", columns: [{name: b, kind: text, at: [0,0], width: 9, size: 8, value: row.skuu}]}", `t.yaml:4: element "a: b": value: there is no "skuu" here (have sku, title, quantity,`},
		"misspelt part":        {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: ship_to.postalcode}", `did you mean "postal_code"?`},
		"row outside a table":  {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: row.sku}", `unknown name "row"`},
		"no list":              {head + strings.Replace(table, "items", "order_id", 1) + ", columns: []}", "want a list of entries"},
		"list of anything":     {head + strings.Replace(table, "items", "'[1, \"a\"]'", 1) + ", columns: []}", "want a list of entries of one kind"},
		"columns before rows":  {head + "- {name: a, kind: table, at: [1,1], width: 50, height: 20, columns: [], rows: items, row_height: 5}", "rows: give it before"},
		"cell past its row":    {head + table + ", columns: [{name: b, kind: text, at: [45,0], width: 9, size: 8, value: row.sku}]}", `element "a: b": reaches past its row of 50 by 5 mm`},
		"header too high":      {head + table + ", header_height: 2, header: [{name: b, kind: text, at: [0,0], width: 9, height: 3, size: 8, text: x}], columns: [{name: c, kind: line, at: [0,0], width: 9, thickness: 1}]}", "reaches past its header of 50 by 2 mm"},
		"header alone":         {head + table + ", header_height: 2, columns: [{name: c, kind: line, at: [0,0], width: 9, thickness: 1}]}", "header and header_height: give both"},
		"no room for a row":    {head + strings.Replace(table, "row_height: 5", "row_height: 25", 1) + ", columns: [{name: c, kind: line, at: [0,0], width: 9, thickness: 1}]}", "a height of 20 mm holds no row"},
		"table in a table":     {head + table + ", columns: [{name: c, kind: table, at: [0,0], width: 9, height: 5, rows: items, row_height: 5, columns: [{name: d, kind: line, at: [0,0], width: 9, thickness: 1}]}]}", "a table in a table"},
		"repeat without pitch": {head + "- {name: a, kind: repeat, at: [1,1], width: 50, height: 20, rows: items, elements: [{name: c, kind: line, at: [0,0], width: 9, thickness: 1}]}", "pitch: required"},
		"on, one page":         {head + "- {name: a, kind: line, on: last, at: [0,0], width: 9, thickness: 1}", "on: the template has one page"},
		"on in a cell":         {many + table + ", columns: [{name: c, kind: line, on: last, at: [0,0], width: 9, thickness: 1}]}", "on: belongs to the table"},
		"page, one page":       {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: page}", `unknown name "page"`},
		"many without table":   {many + "- {name: a, kind: line, at: [0,0], width: 9, thickness: 1}", "no table goes on"},
		"two that go on":       {many + table + ", columns: [{name: c, kind: line, at: [0,0], width: 9, thickness: 1}]}\n" + strings.Replace(table, "name: a", "name: b", 1) + ", columns: [{name: c, kind: line, at: [0,0], width: 9, thickness: 1}]}", "a and b go on over the pages"},
		"half a next":          {many + table + ", next: {at: [1, 2]}, columns: [{name: c, kind: line, at: [0,0], width: 9, thickness: 1}]}", "next: want at and height"},
		"subject":              {"name: t\nfor: manifset\nsize_mm: [100, 50]\nelements: []", "want one of parcel, manifest, tote, commands"},
		"name of another":      {"name: t\nfor: tote\nsize_mm: [100, 50]\nelements:\n- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: order_id}", `unknown name "order_id"`},
		"misspelt of another":  {"name: t\nfor: manifest\nsize_mm: [100, 50]\nelements:\n- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: statoin}", `did you mean "station"?`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := template.Parse("t.yaml", []byte(tc.in))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
}

// TestRowsAreTyped holds that lists made by an expression keep their kind.
func TestRowsAreTyped(t *testing.T) {
	for rows, cell := range map[string]string{
		"items":                          "row.sku",
		"'filter(items, .quantity > 1)'": "row.sku",
		"'take(items, 2)'":               "row.hs_code",
		"'sortBy(items, .sku)'":          "row.title",
		"parcels":                        "row.weight_g",
		"to":                             "upper(row)",
		"'1..3'":                         "row + n",
		"'split(\"a b\", \" \")'":        "row",
		"'map(items, .sku)'":             "row",
	} {
		in := head + strings.Replace(table, "items", rows, 1) + ", columns: [{name: b, kind: text, at: [0,0], width: 9, size: 8, value: '" + cell + "'}]}"
		if _, err := template.Parse("t.yaml", []byte(in)); err != nil {
			t.Errorf("rows %s: %v", rows, err)
		}
	}
}

// FuzzParseSheet holds that a sheet is read or refused, and that its cells lie
// on it.
func FuzzParseSheet(f *testing.F) {
	f.Add([]byte("name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 2\nfirst_mm: [0, 0]\ncell_mm: [105, 148.5]\npitch_mm: [105, 148.5]\nmarks: true\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := template.ParseSheet("s.yaml", src)
		if (s == nil) == (err == nil) {
			t.Fatalf("sheet %v, error %v", s, err)
		}
		if err == nil && (s.Cells() < 1 || s.First.X+s.CellW > s.Width || s.First.Y+s.CellH > s.Height) {
			t.Errorf("a sheet whose cells do not lie on it: %+v", s)
		}
	})
}

// TestDeskCommands holds that the sheet of control barcodes says what the desk
// understands, and that each has words of its own.
func TestDeskCommands(t *testing.T) {
	all := append(template.DeskCommands(), template.BadgeCommand("A-7", "Ana", "Packer"), template.BoxCommand(3, "Mailer L", "300 × 200 × 80 mm"))
	heard, words := map[shipment.DeskCommand]bool{}, map[string]bool{}
	for _, c := range all {
		s := scan.Parse(carrier.Default(), []byte(c.Code))
		if code := (shipment.ControlCode{Command: s.Command, Argument: s.Argument}); s.Kind != scan.Command || code.String() != c.Code {
			t.Errorf("%s: a scanner says %s %s %s", c.Code, s.Kind, s.Command, s.Argument)
		}
		heard[s.Command] = true
		if c.Title == "" || c.Note == "" || words[c.Title] {
			t.Errorf("%s: has no words of its own: %q", c.Code, c.Title)
		}
		words[c.Title] = true
	}
	for _, c := range shipment.DeskCommands() {
		if !heard[c] {
			t.Errorf("the sheet lacks %s", c)
		}
	}
}
