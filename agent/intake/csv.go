package intake

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"waybill/shipment"
)

// A table is a CSV file on its way to orders.
type table struct {
	o      Options
	layout layout
	header []string
	orders []*rows
	byID   map[string]*rows
	noID   bool // there is no column for the order's ID: each row is an order
}

// rows are the rows of one order.
type rows struct {
	e          Entry
	first      map[string]string // order field → what the first row that spoke of it said
	extra      map[string]json.RawMessage
	extraOrder []string
	content    []string // for an ID of its own
}

// parseCSV reads a seller centre's export: a header row, and one row for each
// line of an order. A file that cannot be read to its end is refused whole: an
// order might lack its last rows.
func parseCSV(data []byte, o Options) []Entry {
	entries, err := readCSV(data, o)
	if errors.Is(err, csv.ErrBareQuote) { // ="123": spreadsheets keep long numbers whole so
		entries, err = readCSV(formulaText.ReplaceAll(data, []byte(`$1"$2"`)), o)
	}
	if err != nil {
		return []Entry{csvEntry(err)}
	}
	return entries
}

func readCSV(data []byte, o Options) ([]Entry, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	t := table{o: o, header: header, byID: map[string]*rows{}}
	if t.layout, err = newLayout(header, o.Columns); err != nil {
		return []Entry{refusal(1, "header", "%v", err)}, nil
	}
	t.noID = !slices.Contains(t.layout, "order_id")
	for n := 1; ; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if n == 1 && t.describes(cells) {
			continue
		}
		t.row(cells, line)
		if len(t.orders) > o.MaxOrders {
			break
		}
	}
	entries := make([]Entry, 0, len(t.orders))
	for _, rs := range t.orders {
		rs.e.Order.Extra = objectOf(rs.extraOrder, rs.extra)
		if rs.e.Order.ID == "" && !rs.e.unreadable {
			rs.e.Order.ID = shipment.MakeOrderID([]byte(strings.Join(rs.content, "\x1f")))
			rs.note("order_id", rs.e.Line, "made", "the row has no order ID; %s was made from its content", rs.e.Order.ID)
		}
		rs.e.check()
		entries = append(entries, rs.e)
	}
	return entries, nil
}

// separator guesses the separator from the header row: spreadsheets write
// semicolons where the comma is a decimal sign.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func csvEntry(err error) Entry {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return refusal(pe.Line, "syntax", "line %d, column %d: %v; nothing of the file was taken", pe.Line, pe.Column, pe.Err)
	}
	return refusal(1, "syntax", "%v", err)
}

// describes reports whether the row explains the columns to people, as some
// exports' second row does.
func (t *table) describes(cells []string) bool {
	id, quantity := t.cell(cells, "order_id"), t.cell(cells, "quantity")
	return strings.Contains(id, " ") && !digits.MatchString(quantity)
}

var (
	digits      = regexp.MustCompile(`^[0-9]+$`)
	rounded     = regexp.MustCompile(`^[0-9][.,]?[0-9]*[eE]\+?[0-9]+$`)
	formulaText = regexp.MustCompile(`(?m)(^|[,;\t])="([^"\r\n]*)"`)
)

// cell returns what the row says of a field.
func (t *table) cell(cells []string, field string) string {
	i := slices.Index(t.layout, field)
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

func (t *table) row(cells []string, line int) {
	if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		return
	}
	id := t.cell(cells, "order_id")
	rs, known := t.byID[id]
	if !known || id == "" {
		rs = &rows{e: Entry{Line: line, lines: map[string]int{}}, first: map[string]string{}, extra: map[string]json.RawMessage{}}
		rs.e.Order.ID = shipment.OrderID(id)
		t.orders = append(t.orders, rs)
		t.byID[id] = rs
	}
	if len(cells) != len(t.header) {
		rs.problem("", line, "wrong_type", "line %d has %d cells, the header row has %d", line, len(cells), len(t.header))
		return
	}
	if rounded.MatchString(id) {
		rs.problem("order_id", line, "wrong_type", "a spreadsheet rounded the order ID to %s; export the file again and do not open it before", id)
	}
	if id == "" && !t.noID {
		rs.problem("order_id", line, "missing", "the row has no order ID; nobody can say which order it belongs to")
	}
	rs.content = append(rs.content, cells...)
	for i, field := range t.layout {
		switch value := strings.TrimSpace(cells[i]); {
		case field == "":
			rs.keep(t.header[i], value, line)
		case value != "" && !slices.Contains(itemColumns, field):
			rs.say(field, value, line)
		}
	}
	t.item(rs, cells, line)
}

// item adds the row's item.
func (t *table) item(rs *rows, cells []string, line int) {
	at := fmt.Sprintf("items[%d]", len(rs.e.Order.Items))
	rs.e.lines[at] = line
	get := func(field string) string { return t.cell(cells, field) }
	it := shipment.Item{SKU: get("sku"), Title: get("title"), Quantity: 1, HSCode: get("hs_code"), OriginCountry: get("origin_country"), Barcode: get("barcode")}
	if q := get("quantity"); q != "" {
		n, rest, err := scaled(q, 0)
		if err != nil || rest {
			rs.problem(at+".quantity", line, "wrong_type", "must be a whole number, not %.40q", q)
		}
		it.Quantity = int(n)
	}
	if p := get("unit_price"); p != "" {
		m, err := minorUnits(p, t.currency(rs, get("currency"), at, line))
		if err != nil {
			rs.problem(at+".unit_price", line, "wrong_type", "the price %v (it is %.40q)", err, p)
		}
		it.UnitPrice = m
	}
	var err error
	if kg, g := get("weight_kg"), get("weight_g"); kg != "" {
		it.Weight, err = gramsFromKilos(kg)
	} else if g != "" {
		var n int64
		n, _, err = scaled(g, 0)
		it.Weight = shipment.Grams(n)
	}
	if err != nil {
		rs.problem(at+".weight_g", line, "wrong_type", "the weight %v", err)
	}
	rs.e.Order.Items = append(rs.e.Order.Items, it)
}

func (t *table) currency(rs *rows, named, at string, line int) string {
	switch {
	case named != "":
		return strings.ToUpper(named)
	case t.o.Currency != "":
		return t.o.Currency
	}
	if !slices.ContainsFunc(rs.e.Notes, func(p shipment.Problem) bool { return p.Code == "assumed" }) {
		rs.note(at+".unit_price", line, "assumed", "the file names no currency; prices were taken as USD")
	}
	return "USD"
}

// say takes what a row says of the order. The rows of one order must agree.
func (rs *rows) say(field, value string, line int) {
	path := pathOf(field)
	if had, ok := rs.first[field]; ok {
		if had != value {
			rs.problem(path, line, "conflict", "line %d says %.60q, an earlier row of the same order %.60q", line, value, had)
		}
		return
	}
	rs.first[field] = value
	rs.e.lines[path] = line
	o := &rs.e.Order
	switch field {
	case "order_id":
	case "placed_at":
		o.PlacedAt = rs.time(path, value, line)
	case "ship_by":
		o.ShipBy = rs.time(path, value, line)
	case "status":
		rs.status(value, line)
	case "service":
		if id, ok := serviceWish(value); ok {
			o.Service = id
		}
		rs.keep("delivery_option", value, line)
	case "phone":
		if strings.Contains(value, "*") {
			rs.note(path, line, "masked", "the marketplace masked the phone number; the label goes without it")
			return
		}
		o.ShipTo.Phone = value
	default:
		*map[string]*string{
			"name": &o.ShipTo.Name, "company": &o.ShipTo.Company, "line1": &o.ShipTo.Line1, "line2": &o.ShipTo.Line2,
			"line3": &o.ShipTo.Line3, "city": &o.ShipTo.City, "district": &o.ShipTo.District, "region": &o.ShipTo.Region,
			"postal_code": &o.ShipTo.PostalCode, "country": &o.ShipTo.Country, "email": &o.Buyer.Email,
			"locale": &o.Buyer.Locale, "channel": &o.Channel, "carrier": (*string)(&o.Carrier),
			"tracking_number": (*string)(&o.TrackingNumber),
		}[field] = value
		if strings.Contains(value, "**") && strings.HasPrefix(path, "ship_to.") {
			rs.problem(path, line, "masked", "the marketplace masked the address; export the order again with the right to see it")
		}
	}
}

func (rs *rows) status(value string, line int) {
	p, shipped, known := paymentOf(value)
	switch {
	case !known:
		rs.problem("payment", line, "unknown_status", "the status %.40q says nothing about whether the order may ship", value)
	case shipped:
		rs.problem("payment", line, "already_shipped", "the marketplace says %s: the parcel has left already", value)
	}
	rs.e.Order.Payment = p
}

// time reads a time; one without a zone is taken as UTC. A time that cannot be
// read holds no parcel up.
func (rs *rows) time(path, value string, line int) time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.Parse(form, value); err == nil && at.Year() > 0 {
			return at.UTC()
		}
	}
	rs.note(path, line, "wrong_type", "%.40q is no time that we know; it was left out", value)
	rs.keep(path, value, line)
	return time.Time{}
}

// keep stores a cell that has no name here. Where rows differ, each is kept.
func (rs *rows) keep(name, value string, line int) {
	if value == "" {
		return
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return // a string always can
	}
	if had, ok := rs.extra[name]; ok {
		if bytes.Equal(had, raw) {
			return
		}
		name = fmt.Sprintf("%s (line %d)", name, line)
		if _, ok := rs.extra[name]; ok {
			return
		}
	}
	rs.extraOrder = append(rs.extraOrder, name)
	rs.extra[name] = raw
}

func (rs *rows) problem(field string, line int, code, format string, args ...any) {
	rs.e.refuse(line, field, code, format, args...)
}

func (rs *rows) note(field string, line int, code, format string, args ...any) {
	rs.e.remark(line, field, code, format, args...)
}
