package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/gs1"
	"waybill/shipment/scan"
)

// scanTables prints what each line is for people.
func scanTables(con *console, in *lineReader, carriers *carrier.Table, parse func([]byte) (any, error)) error {
	failed := false
	for n := 1; ; n++ {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		var result any
		if err == nil {
			result, err = parse(line)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(con.out, "line %d: %v\n\n", n, err)
			continue
		}
		if s, ok := result.(scan.Scan); ok {
			if err := scanTable(con.out, carriers, s); err != nil {
				return fmt.Errorf("output: %w", err)
			}
		}
	}
	if failed {
		return errReported
	}
	return nil
}

// kindWords are the kinds as people call them.
var kindWords = map[scan.Kind]string{
	scan.GS1: "GS1 data, no parcel's number", scan.TrackingNumber: "a tracking number", scan.Order: "one of our own labels",
	scan.Command: "a control barcode", scan.Unknown: "nothing we know",
}

func scanTable(out io.Writer, carriers *carrier.Table, s scan.Scan) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, shipment.Visible(s.Raw))
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s\t%s\n", name, shipment.Visible(value))
		}
	}
	if s.AIM != "" {
		row("symbol", s.Symbology+" ("+s.AIM+")")
	} else {
		row("symbol", "not told; switch the scanner's AIM identifiers on")
	}
	is := kindWords[s.Kind]
	if s.Kind == scan.Unknown && (gs1.IsGS1(s.AIM) || len(s.Partial) > 0) {
		is = "GS1 data that is refused"
	}
	row("is", is)
	if s.Code != nil {
		row("order", string(s.Code.Order))
	}
	row("command", string(s.Command))
	row("number", s.Number)
	for _, e := range append(s.GS1, s.Partial...) {
		row("("+e.AI+") "+gs1.Title(e.AI), e.Value)
	}
	if link, err := gs1.BuildLink(s.Link, s.GS1); err == nil {
		row("as a link", link)
	}
	row("add-on", s.AddOn)
	for _, f := range s.Fields {
		row(strings.ReplaceAll(f.Name, "_", " "), f.Value)
	}
	for _, m := range s.Matches {
		row("may be of", carrierName(carriers, m.Carrier)+", check digit "+m.CheckDigit+", confidence "+string(m.Confidence))
	}
	row("looks like", strings.ReplaceAll(strings.Join(s.LooksLike, ", "), "_", " "))
	if s.Error != nil {
		row("wrong", s.Error.Message+" ["+s.Error.Code+"]")
		row("to do", s.Error.Remedy)
	}
	fmt.Fprintln(w)
	return w.Flush()
}

func carrierName(carriers *carrier.Table, id shipment.CarrierID) string {
	if c, ok := carriers.Carrier(id); ok {
		return c.Name
	}
	return string(id)
}
