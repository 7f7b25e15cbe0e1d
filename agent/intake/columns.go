package intake

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// columns lists our names for what a CSV row can say, and the headings that
// exports give them, written in lower-case letters and digits only.
var columns = []struct {
	field    string
	path     string // where it lands in the order, for problems
	headings []string
}{
	{"order_id", "order_id", []string{"orderid", "ordernumber", "orderno", "order"}},
	{"channel", "channel", []string{"channel", "saleschannel", "marketplace"}},
	{"placed_at", "placed_at", []string{"placedat", "createdtime", "createdat", "orderdate"}},
	{"ship_by", "ship_by", []string{"shipby", "shipbydate", "latestshipdate"}},
	{"status", "payment", []string{"orderstatus", "status", "paymentstatus", "payment", "financialstatus"}},
	{"name", "ship_to.name", []string{"recipient", "recipientname", "name", "shiptoname", "shippingname"}},
	{"company", "ship_to.company", []string{"company", "shippingcompany"}},
	{"line1", "ship_to.line1", []string{"addressline1", "address1", "line1", "street", "shippingaddress1"}},
	{"line2", "ship_to.line2", []string{"addressline2", "address2", "line2", "shippingaddress2"}},
	{"line3", "ship_to.line3", []string{"addressline3", "address3", "line3"}},
	{"city", "ship_to.city", []string{"city", "town", "shippingcity"}},
	{"district", "ship_to.district", []string{"district"}},
	{"region", "ship_to.region", []string{"state", "province", "region", "stateprovince", "shippingprovince"}},
	{"postal_code", "ship_to.postal_code", []string{"zipcode", "zip", "postalcode", "postcode", "shippingzip"}},
	{"country", "ship_to.country", []string{"country", "countrycode", "shippingcountry"}},
	{"phone", "ship_to.phone", []string{"phone", "phonenumber", "shippingphone"}},
	{"email", "buyer.email", []string{"email", "buyeremail"}},
	{"locale", "buyer.locale", []string{"locale", "language"}},
	{"sku", "sku", []string{"sellersku", "sku", "lineitemsku"}},
	{"title", "title", []string{"productname", "title", "itemname", "lineitemname"}},
	{"quantity", "quantity", []string{"quantity", "qty", "lineitemquantity"}},
	{"unit_price", "unit_price", []string{"unitprice", "price", "lineitemprice"}},
	{"currency", "unit_price", []string{"currency"}},
	{"weight_g", "weight_g", []string{"weightg", "weightgrams", "grams"}},
	{"weight_kg", "weight_g", []string{"weightkg"}},
	{"hs_code", "hs_code", []string{"hscode"}},
	{"origin_country", "origin_country", []string{"origincountry", "countryoforigin"}},
	{"barcode", "barcode", []string{"barcode", "ean", "upc", "gtin"}},
	{"carrier", "carrier", []string{"carrier"}},
	{"service", "service", []string{"service", "deliveryoption", "shippingmethod"}},
	{"tracking_number", "tracking_number", []string{"trackingnumber", "trackingid"}},
}

// itemColumns are those of which every row of an order has its own.
var itemColumns = []string{"sku", "title", "quantity", "unit_price", "currency", "weight_g", "weight_kg", "hs_code", "origin_country", "barcode"}

func heading(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// CheckColumns returns what is wrong with a mapping of our fields to an export's
// columns, as a configuration gives it.
func CheckColumns(mapping map[string]string) error {
	for field := range mapping {
		if pathOf(field) == "" {
			var have []string
			for _, c := range columns {
				have = append(have, c.field)
			}
			return fmt.Errorf("column mapping: unknown field %q (have %s)", field, strings.Join(have, ", "))
		}
	}
	return nil
}

func pathOf(field string) string {
	for _, c := range columns {
		if c.field == field {
			return c.path
		}
	}
	return ""
}

// A layout says which field each column of a file is; "" is none of ours.
type layout []string

// newLayout reads a header row. The mapping comes before the built-in headings.
func newLayout(header []string, mapping map[string]string) (layout, error) {
	l := make(layout, len(header))
	if err := CheckColumns(mapping); err != nil {
		return nil, err
	}
	for field, want := range mapping {
		i := slices.IndexFunc(header, func(h string) bool {
			return strings.TrimSpace(h) == want || heading(h) == heading(want) && heading(want) != ""
		})
		if i < 0 {
			return nil, fmt.Errorf("the column %q, which the configuration says is %s, is not in the header row", want, field)
		}
		l[i] = field
	}
	for _, c := range columns {
		if _, mapped := mapping[c.field]; mapped || slices.Contains(l, c.field) {
			continue
		}
		for _, name := range c.headings {
			i := slices.IndexFunc(header, func(h string) bool { return heading(h) == name })
			if i >= 0 && l[i] == "" {
				l[i] = c.field
				break
			}
		}
	}
	known := 0
	for _, f := range l {
		if f != "" {
			known++
		}
	}
	if known < 3 {
		return nil, fmt.Errorf("the first row is no header row that we know; name your columns under intake.csv in the configuration")
	}
	return l, nil
}
