package intake

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"waybill/shipment"
)

// An object is a JSON object of a shop's shape, of which fields are taken one by
// one; what nobody took is kept as extra.
type object struct {
	r    *reader
	n    *node
	path string
	used map[string]bool
}

func (r *reader) object(n *node, path string) object {
	return object{r: r, n: n, path: path, used: map[string]bool{}}
}

// take returns the member called key, and marks it as taken. field is the
// order's field that it becomes, if any: problems of that field then name the
// member's line.
func (o object) take(key, field string) *node {
	o.used[key] = true
	v := o.n.get(key)
	if v != nil && field != "" {
		o.r.e.lines[field] = o.r.line(v.at)
	}
	return v
}

// text returns a member that is text or a number, as it stands.
func (o object) text(key, field string) string {
	v := o.take(key, field)
	switch {
	case v == nil:
		return ""
	case v.kind == '"':
		return strings.TrimSpace(v.str)
	case v.kind == '0':
		return string(o.r.t.raw(v))
	}
	o.r.wrongType(v, join(o.path, key), "text")
	return ""
}

// whole returns a member that is a whole number, or absent where there is none.
func (o object) whole(key, field string, absent int64) int64 {
	v := o.take(key, field)
	if v == nil {
		return absent
	}
	s := o.text(key, field)
	n, rest, err := scaled(s, 0)
	if err != nil || rest {
		o.r.problem(join(o.path, key), v.at, "wrong_type", "must be a whole number, not %.40s", o.r.t.raw(v))
		return absent
	}
	return n
}

// price returns a member that is a decimal price, in minor units.
func (o object) price(key, field, currency string) shipment.Money {
	s := o.text(key, field)
	if s == "" {
		return shipment.Money{}
	}
	m, err := minorUnits(s, currency)
	if err != nil {
		o.r.problem(join(o.path, key), o.n.get(key).at, "wrong_type", "the price %v", err)
	}
	return m
}

// inner returns a member that is an object.
func (o object) inner(key, field string) (object, bool) {
	v := o.take(key, field)
	if v == nil {
		return object{}, false
	}
	if v.kind != '{' {
		o.r.wrongType(v, join(o.path, key), "an object")
		return object{}, false
	}
	return o.r.object(v, join(o.path, key)), true
}

// list returns the objects of a member that is a list.
func (o object) list(key, field string) []object {
	v := o.take(key, field)
	if v == nil {
		return nil
	}
	if v.kind != '[' {
		o.r.wrongType(v, join(o.path, key), "a list")
		return nil
	}
	var out []object
	for i, n := range v.vals {
		path := fmt.Sprintf("%s[%d]", join(o.path, key), i)
		if n.kind != '{' {
			o.r.wrongType(n, path, "an object")
			continue
		}
		out = append(out, o.r.object(n, path))
	}
	return out
}

// rest keeps the members that nobody took.
func (o object) rest() {
	for i, k := range o.n.keys {
		if !o.used[k] {
			o.r.keep(join(o.path, k), o.n.vals[i])
		}
	}
}

// service takes the delivery option. One that names none of our services is
// kept as it came, and the station's rules choose.
func (o object) service(key string) {
	if id, ok := serviceWish(o.text(key, "service")); ok {
		o.r.e.Order.Service = id
	}
	if v := o.n.get(key); v != nil {
		o.r.keep(join(o.path, key), v)
	}
}

// status takes a marketplace's status that says whether the order may ship.
func (o object) status(key string) {
	s := o.text(key, "payment")
	if s == "" {
		return
	}
	at := o.n.get(key).at
	p, shipped, known := paymentOf(s)
	switch {
	case !known:
		o.r.problem(join(o.path, key), at, "unknown_status", "the status %.40q says nothing about whether the order may ship", s)
	case shipped:
		o.r.problem(join(o.path, key), at, "already_shipped", "the marketplace says %s: the parcel has left already", s)
	}
	o.r.e.Order.Payment = p
}

// unmasked drops a phone number that the marketplace has made unreadable: a
// carrier must not be given a wrong one.
func (o object) unmasked(key, field, phone string) string {
	if !strings.Contains(phone, "*") {
		return strings.NewReplacer("(", "", ")", "").Replace(phone)
	}
	o.r.note(field, o.n.get(key).at, "masked", "the marketplace masked the phone number; the label goes without it")
	o.r.keep(join(o.path, key), o.n.get(key))
	return ""
}

// refuseMasked refuses an address with asterisks in it: no label of it arrives.
func (o object) refuseMasked(keys ...string) {
	for _, k := range keys {
		if v := o.n.get(k); v != nil && strings.Contains(v.str, "**") {
			o.r.problem(join(o.path, k), v.at, "masked", "the marketplace masked the address; export the order again with the right to see it")
		}
	}
}

// unix returns a member that is a time in Unix seconds; 0 is none.
func (o object) unix(key, field string) time.Time {
	v := o.take(key, field)
	if v == nil {
		return time.Time{}
	}
	sec, err := strconv.ParseInt(o.text(key, field), 10, 64)
	if err != nil || sec < 0 || sec > maxUnix {
		o.r.problem(join(o.path, key), v.at, "wrong_type", "must be a time in seconds since 1970, not %.40s", o.r.t.raw(v))
		return time.Time{}
	}
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(sec, 0).UTC()
}

// maxUnix is in the year 2286; more digits are milliseconds.
const maxUnix = 9_999_999_999
