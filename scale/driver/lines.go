package driver

import (
	"bytes"
	"fmt"
	"strings"

	"waybill/scale"
)

// Many dimensioners can be told to send one line of text a measurement. What it
// looks like is for the configuration to say.
var linesDriver = scale.Driver{
	Name:   "dimension-line",
	Doc:    "dimensioners that send a line a measurement, as 305,220,100",
	Line:   "baud=9600&bits=8&parity=none&flow=none",
	Events: true,
	Open: speaks(func(o scale.Options) (language, error) {
		f, err := parseFormat(o)
		if err != nil {
			return language{}, err
		}
		return language{name: "dimension-line", events: true, cut: cutText, read: f.read}, nil
	}),
}

// usualFormat is what a line looks like where the configuration does not say.
const usualFormat = "L,W,H"

// A lineFormat is what a line looks like: fields and what stands before each of
// them.
type lineFormat struct {
	fields []byte // L, W, H, K
	before []string
	after  string
	length scale.LengthUnit
	weight scale.Unit
}

// parseFormat reads a format such as L,W,H or L x W x H = K.
func parseFormat(o scale.Options) (lineFormat, error) {
	f := lineFormat{length: o.LengthUnit, weight: o.Unit}
	format := o.Format
	if format == "" {
		format = usualFormat
	}
	start := 0
	for i := range len(format) {
		c := format[i]
		if !strings.ContainsRune("LWHK", rune(c)) {
			continue
		}
		switch {
		case bytes.IndexByte(f.fields, c) >= 0:
			return f, fmt.Errorf("format %q: %c stands in it twice", format, c)
		case i == start && i > 0:
			return f, fmt.Errorf("format %q: nothing stands before %c that would part it from the number before it", format, c)
		}
		f.fields, f.before, start = append(f.fields, c), append(f.before, format[start:i]), i+1
	}
	f.after = format[start:]
	if strings.ContainsAny(strings.Join(f.before, "")+f.after, "0123456789.-\r\n") {
		return f, fmt.Errorf("format %q: digits, points, hyphens and line ends cannot part numbers", format)
	}
	for _, c := range []byte("LWH") {
		if bytes.IndexByte(f.fields, c) < 0 {
			return f, fmt.Errorf("format %q: want L, W and H in it, and K for a weight", format)
		}
	}
	if f.length == "" {
		return f, fmt.Errorf("this language sends no unit: say in which it measures, as length_unit: mm")
	}
	if bytes.IndexByte(f.fields, 'K') >= 0 && f.weight == "" {
		return f, fmt.Errorf("this language sends no unit: say in which it weighs, as unit: kg")
	}
	return f, nil
}

// cutText finds a line that ends with CR, LF or both.
func cutText(b []byte) (from, to int) {
	for from < len(b) && (b[from] == '\r' || b[from] == '\n') {
		from++
	}
	end := bytes.IndexAny(b[from:], "\r\n")
	if end < 0 {
		return 0, 0
	}
	return from, from + end + 1
}

// read reads one line.
func (f lineFormat) read(answer []byte) scale.Reading {
	line := strings.TrimRight(string(answer), "\r\n")
	if len(line) == len(answer) {
		return garbled("half a line: %.40q", answer)
	}
	rest := line
	values := map[byte]string{}
	for i, field := range f.fields {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, f.before[i]); !ok {
			return garbled("no line of the format in the configuration: %.40q", line)
		}
		end := len(rest)
		next := f.after
		if i+1 < len(f.before) {
			next = f.before[i+1]
		}
		if next != "" {
			if end = strings.Index(rest, next); end < 0 {
				return garbled("no line of the format in the configuration: %.40q", line)
			}
		}
		values[field], rest = strings.Trim(rest[:end], " "), rest[end:]
		if values[field] == "" {
			return garbled("no line of the format in the configuration: %.40q", line)
		}
	}
	if rest != f.after {
		return garbled("no line of the format in the configuration: %.40q", line)
	}
	return measured(values['L'], values['W'], values['H'], string(f.length), values['K'], string(f.weight))
}
