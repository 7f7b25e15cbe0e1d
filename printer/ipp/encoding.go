package ipp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Bounds on a message. What a printer says of itself is some hundred attributes
// and tens of kilobytes; more is a mistake or an attack.
const (
	maxValues = 50_000
	maxDepth  = 8 // of collections in one another
)

// errShort is a message that ends too early.
var errShort = errors.New("the message ends too early")

// Append returns dst with the message after it, ready for the document.
func (m Message) Append(dst []byte) ([]byte, error) {
	dst = append(dst, m.Major, m.Minor)
	dst = binary.BigEndian.AppendUint16(dst, m.Code)
	dst = binary.BigEndian.AppendUint32(dst, m.RequestID)
	for _, g := range m.Groups {
		if g.Tag == endOfAttributes || g.Tag == 0 || g.Tag > lastDelimiter {
			return nil, fmt.Errorf("ipp: %#x is no tag of a group", byte(g.Tag))
		}
		dst = append(dst, byte(g.Tag))
		for _, a := range g.Attributes {
			var err error
			if dst, err = a.append(dst, a.Name, 0); err != nil {
				return nil, fmt.Errorf("ipp: attribute %q: %w", a.Name, err)
			}
		}
	}
	return append(dst, byte(endOfAttributes)), nil
}

// append appends the attribute under a name; the further values, and members of
// collections, have an empty one.
func (a Attribute) append(dst []byte, name string, depth int) ([]byte, error) {
	if a.Name == "" || len(a.Values) == 0 {
		return nil, errors.New("it lacks a name or a value")
	}
	for i, v := range a.Values {
		if i > 0 {
			name = ""
		}
		var err error
		if dst, err = v.append(dst, name, depth); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func (v Value) append(dst []byte, name string, depth int) ([]byte, error) {
	if v.Tag <= lastDelimiter || v.Tag == endCollection || v.Tag == memberName {
		return nil, fmt.Errorf("%#x is no tag of a value", byte(v.Tag))
	}
	dst, err := field(dst, v.Tag, name, v.Bytes)
	if err != nil || v.Tag != Collection {
		return dst, err
	}
	if depth++; depth > maxDepth {
		return nil, fmt.Errorf("collections more than %d deep", maxDepth)
	}
	for _, member := range v.Members {
		if dst, err = field(dst, memberName, "", []byte(member.Name)); err != nil {
			return nil, err
		}
		if dst, err = member.append(dst, "", depth); err != nil {
			return nil, fmt.Errorf("member %q: %w", member.Name, err)
		}
	}
	return field(dst, endCollection, "", nil)
}

// field appends a tag, a name and a value, each with its length.
func field(dst []byte, tag Tag, name string, value []byte) ([]byte, error) {
	if len(name) > math.MaxInt16 || len(value) > math.MaxInt16 {
		return nil, fmt.Errorf("a name or value of more than %d bytes", math.MaxInt16)
	}
	dst = append(dst, byte(tag))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(name)))
	dst = append(dst, name...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(value)))
	return append(dst, value...), nil
}

// Decode reads the message at the beginning of data, and returns what follows
// it. The message shares no memory with data.
func Decode(data []byte) (m Message, document []byte, err error) {
	if len(data) < 8 {
		return Message{}, nil, fmt.Errorf("ipp: header: %w", errShort)
	}
	m = Message{
		Major: data[0], Minor: data[1],
		Code: binary.BigEndian.Uint16(data[2:]), RequestID: binary.BigEndian.Uint32(data[4:]),
	}
	d := decoder{rest: data[8:]}
	if m.Groups, err = d.groups(); err != nil {
		return Message{}, nil, fmt.Errorf("ipp: byte %d: %w", len(data)-len(d.rest), err)
	}
	return m, d.rest, nil
}

// decoder reads the attributes of a message.
type decoder struct {
	rest   []byte
	values int
}

// one is a tag with its name and value.
type one struct {
	tag   Tag
	name  string
	value []byte
}

func (d *decoder) groups() ([]Group, error) {
	var groups []Group
	for {
		if len(d.rest) == 0 {
			return nil, errShort
		}
		if tag := Tag(d.rest[0]); tag <= lastDelimiter {
			d.rest = d.rest[1:]
			if tag == endOfAttributes {
				return groups, nil
			}
			if tag == 0 {
				return nil, errors.New("0x00 is no tag")
			}
			groups = append(groups, Group{Tag: tag})
			continue
		}
		if len(groups) == 0 {
			return nil, errors.New("an attribute outside of any group")
		}
		g := &groups[len(groups)-1]
		o, err := d.one()
		if err != nil {
			return nil, err
		}
		if o.name != "" {
			g.Attributes = append(g.Attributes, Attribute{Name: o.name})
		}
		if len(g.Attributes) == 0 {
			return nil, errors.New("a value without an attribute")
		}
		v, err := d.value(o, 0)
		if err != nil {
			return nil, err
		}
		a := &g.Attributes[len(g.Attributes)-1]
		a.Values = append(a.Values, v)
	}
}

// one reads the next tag, name and value.
func (d *decoder) one() (one, error) {
	if d.values++; d.values > maxValues {
		return one{}, fmt.Errorf("more than %d values", maxValues)
	}
	o := one{tag: Tag(d.rest[0])}
	name, rest, ok := counted(d.rest[1:])
	if !ok {
		return one{}, errShort
	}
	o.value, rest, ok = counted(rest)
	if !ok {
		return one{}, errShort
	}
	o.name, d.rest = string(name), rest
	return o, nil
}

// value turns o into a value; of a collection, it reads the members too.
func (d *decoder) value(o one, depth int) (Value, error) {
	v := Value{Tag: o.tag, Bytes: append([]byte(nil), o.value...)}
	if o.tag == endCollection || o.tag == memberName {
		return Value{}, fmt.Errorf("%#x outside of a collection", byte(o.tag))
	}
	if o.tag != Collection {
		return v, nil
	}
	if depth++; depth > maxDepth {
		return Value{}, fmt.Errorf("collections more than %d deep", maxDepth)
	}
	for {
		if len(d.rest) == 0 || Tag(d.rest[0]) <= lastDelimiter {
			return Value{}, errors.New("a collection without an end")
		}
		o, err := d.one()
		if err != nil {
			return Value{}, err
		}
		n := len(v.Members)
		switch {
		case n > 0 && len(v.Members[n-1].Values) == 0 && (o.tag == endCollection || o.tag == memberName):
			return Value{}, fmt.Errorf("member %q without a value", v.Members[n-1].Name)
		case o.tag == endCollection:
			return v, nil
		case o.tag == memberName && len(o.value) == 0:
			return Value{}, errors.New("a member without a name")
		case o.tag == memberName:
			v.Members = append(v.Members, Attribute{Name: string(o.value)})
			continue
		case n == 0:
			return Value{}, errors.New("a value of no member")
		}
		member, err := d.value(o, depth)
		if err != nil {
			return Value{}, err
		}
		v.Members[n-1].Values = append(v.Members[n-1].Values, member)
	}
}

// counted splits off bytes that have their length in two bytes before them; it
// is a signed number.
func counted(b []byte) (head, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(int16(binary.BigEndian.Uint16(b)))
	if n < 0 || len(b) < 2+n {
		return nil, nil, false
	}
	return b[2 : 2+n], b[2+n:], true
}
