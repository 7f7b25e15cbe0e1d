package gs1

import (
	"fmt"
	"strconv"
	"strings"
)

// compileRule returns what a line of the table says.
func compileRule(fields []string, kinds map[string]check) (rule, error) {
	var r rule
	if len(fields) > 3 {
		r.title = fields[3]
	}
	for _, word := range strings.Fields(fields[1]) {
		p, err := compilePart(word, kinds)
		if err != nil {
			return r, err
		}
		if n := len(r.parts); n > 0 && (r.parts[n-1].min != r.parts[n-1].max || r.parts[n-1].optional && !p.optional) {
			return r, fmt.Errorf("%s: what stands before it has no certain end", word)
		}
		r.parts = append(r.parts, p)
		if !p.optional {
			r.min += p.min
		}
		r.max += p.max
	}
	r.checked = len(r.parts) == 1 && strings.Contains(fields[1], ":check")
	if len(r.parts) == 0 {
		return r, fmt.Errorf("there is no value")
	}
	for _, word := range strings.Fields(fields[2]) {
		name, arg, _ := strings.Cut(word, "=")
		switch name {
		case "fixed":
			r.fixed = true
		case "attr":
			r.attribute = true
		case "key":
			r.key = true
			for _, seq := range strings.Split(arg, "/") {
				r.sequences = append(r.sequences, strings.FieldsFunc(seq, func(c rune) bool { return c == ',' }))
			}
		case "with":
			var oneOf []companions
			for _, alternative := range strings.Split(arg, ",") {
				var c companions
				for _, p := range strings.Split(alternative, "+") {
					c = append(c, compilePattern(p))
				}
				oneOf = append(oneOf, c)
			}
			r.needs = append(r.needs, oneOf)
		case "not":
			for _, p := range strings.Split(arg, ",") {
				r.excludes = append(r.excludes, compilePattern(p))
			}
		default:
			return r, fmt.Errorf("there is no rule %q", name)
		}
	}
	if r.fixed && r.min != r.max {
		return r, fmt.Errorf("it cannot end by its length, which varies")
	}
	return r, nil
}

func compilePattern(s string) pattern {
	return pattern{digits: strings.TrimRight(s, "n"), length: len(s)}
}

// compilePart returns the part that a word such as n13:check,company describes.
func compilePart(word string, kinds map[string]check) (part, error) {
	var p part
	word, p.optional = strings.CutSuffix(word, "?")
	form, names, _ := strings.Cut(word, ":")
	set, ok := charsets()[form[0]]
	if !ok {
		return p, fmt.Errorf("%s: there is no character set %q", word, form[0])
	}
	p.set = set
	length, ranged := strings.CutPrefix(form[1:], "..")
	most, err := strconv.Atoi(length)
	if err != nil || most < 1 {
		return p, fmt.Errorf("%s: want a length", word)
	}
	p.min, p.max = most, most
	if ranged {
		p.min = 1
	}
	for _, name := range strings.FieldsFunc(names, func(c rune) bool { return c == ',' }) {
		c, ok := kinds[name]
		if !ok {
			return p, fmt.Errorf("%s: there is no check %q", word, name)
		}
		p.checks = append(p.checks, c)
	}
	if form[0] == 'z' {
		p.checks = append(p.checks, checkPadding)
	}
	return p, nil
}

// A charset is a set of characters, and how it is called.
type charset struct {
	has  [256]bool
	name string
}

const (
	digits10 = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	smalls   = "abcdefghijklmnopqrstuvwxyz"
	// set82 is the GS1 AI encodable character set 82, in the order that gives the
	// characters their values (GS1 General Specifications, figure 7.11-1).
	set82 = `!"%&'()*+,-./` + digits10 + ":;<=>?" + capitals + "_" + smalls
)

// charsets returns the character sets by the letter that the table has for them.
func charsets() map[byte]*charset {
	of := func(name, chars string) *charset {
		c := charset{name: name}
		for i := range len(chars) {
			c.has[chars[i]] = true
		}
		return &c
	}
	return map[byte]*charset{
		'n': of("a digit", digits10),
		'x': of("a character that GS1 allows", set82),
		'y': of("a capital letter, a digit, # - or /", "#-/"+digits10+capitals),
		'z': of("a character of file-safe base 64", "-_="+digits10+capitals+smalls),
	}
}
