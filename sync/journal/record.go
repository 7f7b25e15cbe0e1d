package journal

import "encoding/binary"

// A column is one value of a row: a number, or bytes where it is text or a blob.
type column struct {
	number int64
	bytes  []byte
	text   bool
	null   bool
}

// record splits a row into its columns (SQLite's file format, section 2.1). It
// returns nil where the row is none.
func record(row []byte) []column {
	size, n := varint(row)
	if n == 0 || size < int64(n) || size > int64(len(row)) {
		return nil
	}
	types, body := row[n:size], row[size:]
	var cols []column
	for len(types) > 0 {
		t, n := varint(types)
		if n == 0 {
			return nil
		}
		types = types[n:]
		c, used := value(t, body)
		if used < 0 {
			return nil
		}
		cols, body = append(cols, c), body[used:]
	}
	return cols
}

// value reads one column of a type, and how many bytes it takes; -1 where it is none.
func value(t int64, body []byte) (c column, used int) {
	switch {
	case t == 0:
		return column{null: true}, 0
	case t == 8 || t == 9: // the numbers 0 and 1 themselves
		return column{number: t - 8}, 0
	case t < 0 || t == 7 || t == 10 || t == 11: // a journal has no floating-point numbers
		return c, -1
	case t < 7:
		size := [...]int{0, 1, 2, 3, 4, 6, 8}[t]
		if len(body) < size {
			return c, -1
		}
		var b [8]byte
		if body[0]&0x80 != 0 {
			b = [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
		}
		copy(b[8-size:], body[:size])
		return column{number: int64(binary.BigEndian.Uint64(b[:]))}, size
	}
	size := (t - 12) / 2
	if size > int64(len(body)) {
		return c, -1
	}
	return column{bytes: body[:size:size], text: t%2 == 1}, int(size)
}

// varint reads a number of one to nine bytes; n is 0 where there is none.
func varint(b []byte) (v int64, n int) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return v<<8 | int64(b[i]), 9
		}
		v = v<<7 | int64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
