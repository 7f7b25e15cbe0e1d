package intake

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// bind reads n into v by the names that v's type has in JSON. The documents are
// checked against the very type that the journal stores.
func (r *reader) bind(n *node, v reflect.Value, path string) {
	if n.kind == 'n' {
		return
	}
	r.e.lines[path] = r.line(n.at)
	if v.Type() == reflect.TypeFor[time.Time]() {
		r.bindTime(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		r.bindStruct(n, v, path)
	case reflect.Slice:
		if n.kind != '[' {
			r.wrongType(n, path, "a list")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.vals), len(n.vals)))
		for i, item := range n.vals {
			r.bind(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.String:
		r.bindString(n, v, path)
	case reflect.Int, reflect.Int64:
		r.bindInt(n, v, path)
	default:
		r.problem(path, n.at, "wrong_type", "the field cannot be read")
	}
}

func (r *reader) bindStruct(n *node, v reflect.Value, path string) {
	if n.kind != '{' {
		r.wrongType(n, path, "an object")
		return
	}
	for i, key := range n.keys {
		child, at := n.vals[i], join(path, key)
		switch f, known := fieldNamed(v, key); {
		case path == "" && key == "extra" && child.kind == '{':
			for j, k := range child.keys {
				r.keep(k, child.vals[j])
			}
		case !known || at == "extra":
			r.keep(at, child)
		default:
			r.bind(child, f, at)
		}
	}
}

// fieldNamed returns the field of the struct v that JSON calls key.
func fieldNamed(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == key && name != "-" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func (r *reader) bindString(n *node, v reflect.Value, path string) {
	switch {
	case n.kind == '"':
		v.SetString(n.str)
	case n.kind == '0' && path == "order_id" && wholeNumber.Match(r.t.raw(n)):
		v.SetString(string(r.t.raw(n))) // digit by digit: no number is made of it
	case n.kind == '0':
		r.problem(path, n.at, "wrong_type", "must be text in quotes, not a number: leading zeros get lost")
	default:
		r.wrongType(n, path, "text in quotes")
	}
}

var (
	wholeNumber = regexp.MustCompile(`^[0-9]+$`)
	zeroTail    = regexp.MustCompile(`\.0+$`)
)

func (r *reader) bindInt(n *node, v reflect.Value, path string) {
	if n.kind != '0' {
		r.wrongType(n, path, "a whole number")
		return
	}
	i, err := strconv.ParseInt(zeroTail.ReplaceAllString(string(r.t.raw(n)), ""), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && (v.OverflowInt(i) || i > maxNumber || i < -maxNumber):
		r.problem(path, n.at, "out_of_range", "the number is too large")
	case err != nil:
		r.problem(path, n.at, "wrong_type", "must be a whole number, not %.40s", r.t.raw(n))
	default:
		v.SetInt(i)
	}
}

// maxNumber bounds what is multiplied and added up later.
const maxNumber = 1_000_000_000

func (r *reader) bindTime(n *node, v reflect.Value, path string) {
	at, err := time.Parse(time.RFC3339, n.str)
	if n.kind != '"' || err != nil || at.UTC().Year() < 1 || at.UTC().Year() > 9999 {
		if n.kind == '"' && n.str == "" {
			return
		}
		r.problem(path, n.at, "wrong_type", "must be a time such as 2026-11-20T09:12:00Z, not %.40s", r.t.raw(n))
		return
	}
	v.Set(reflect.ValueOf(at.UTC()))
}

func (r *reader) wrongType(n *node, path, want string) {
	r.problem(path, n.at, "wrong_type", "must be %s, not %s", want, kindWord(n))
}

func kindWord(n *node) string {
	switch n.kind {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case '0':
		return "a number"
	case 't':
		return "true or false"
	}
	return "null"
}
