package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"waybill/shipment"
	"waybill/shipment/address"
)

// addressCmd is `waybill address`.
type addressCmd struct {
	Check addressCheckCmd `cmd:"" help:"Check and normalise addresses, one JSON object a line."`
}

// Help is shown under waybill address --help.
func (addressCmd) Help() string { return "Example:\n  waybill address check addresses.jsonl" }

type addressCheckCmd struct {
	File    []string `arg:"" optional:"" help:"Files of addresses as JSON lines; - or none: standard input."`
	Carrier string   `help:"Also write each address as this carrier's systems take it: letters, lengths, lines." placeholder:"ups"`
	Origin  string   `help:"Country the parcels start in; label lines to it name no country." placeholder:"US"`
}

// Help is shown under waybill address check --help.
func (c *addressCheckCmd) Help() string {
	return `Each line in is an address: id, name, company, line1, line2, line3, city, district, region, postal_code, country, phone.
Each line out has id, verdict (valid, corrected, invalid), address, label_lines, issues and changes. Nothing is
changed that changes does not list. No verdict says that mail can be delivered: streets are not known.

Codes of issues: missing, unknown_country, unknown_region, postal_code_format, postal_code_region_mismatch, too_long,
control_character, unprintable, look_alike, lost_character, not_latin, po_box, parcel_locker, general_delivery, military_city,
house_number_missing, house_number_order. What each means, with examples: docs/addresses.md.

With --carrier a line out also has carrier_address: the address within the carrier's alphabet and line lengths, with issues and
changes of its own. Lines are divided between words, then abbreviated; what does not fit then is an issue, and nothing is cut.

Example:
  echo '{"id":"1","name":"Ava Smith","line1":"10 Dean Rd","city":"East Falmouth","region":"MA","postal_code":"2536","country":"US"}' | waybill address check
  waybill address check --carrier usps addresses.jsonl`
}

type addressReport struct {
	ID         json.RawMessage   `json:"id,omitempty"`
	Verdict    address.Verdict   `json:"verdict"`
	Address    shipment.Address  `json:"address"`
	LabelLines []string          `json:"label_lines"`
	Issues     []address.Issue   `json:"issues"`
	Changes    []shipment.Change `json:"changes"`
	Carrier    *address.Fitted   `json:"carrier_address,omitempty"`
}

// Run checks the addresses.
func (c *addressCheckCmd) Run(con *console) error {
	origin := ""
	if c.Origin != "" {
		code, ok := address.CountryCode(c.Origin)
		if !ok {
			return usage(fmt.Errorf("origin %q: no such country (give its two-letter ISO code)", c.Origin))
		}
		origin = code
	}
	limits, known := address.LimitsOf(shipment.CarrierID(c.Carrier))
	if c.Carrier != "" && !known {
		return usage(fmt.Errorf("carrier %q: nobody has written down what it takes (leave --carrier out, or give one of %s)", c.Carrier, strings.Join(address.LimitedCarriers(), ", ")))
	}
	in, err := openInput(con, c.File)
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	return forEachLine(con, jsonLines(in), func(line []byte) (any, error) {
		var wish struct {
			ID json.RawMessage `json:"id"`
			shipment.Address
		}
		if err := json.Unmarshal(line, &wish); err != nil {
			return nil, jsonError("an address", err)
		}
		res := address.Check(wish.Address)
		out := addressReport{
			ID: wish.ID, Verdict: res.Verdict, Address: res.Address,
			LabelLines: emptyNotNull(address.Lines(res.Address, origin)),
			Issues:     emptyNotNull(res.Issues), Changes: emptyNotNull(res.Changes),
		}
		if c.Carrier != "" {
			fitted := address.ForCarrier(res.Address, limits)
			fitted.Issues, fitted.Changes = emptyNotNull(fitted.Issues), emptyNotNull(fitted.Changes)
			out.Carrier = &fitted
		}
		return out, nil
	})
}

// emptyNotNull makes nothing an empty list, which programs need not tell apart.
func emptyNotNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
