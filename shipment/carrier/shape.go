package carrier

import (
	"errors"
	"fmt"
	"regexp/syntax"
)

// A shape is one way to spell out a pattern: one class of characters for each
// place. A pattern of literals, classes and counted repeats is a few shapes, and
// to hold a number against a shape is to walk it once; no number is ever held
// against a regular expression.
type shape struct {
	places []class
	number part // what is the tracking number
	digits part // what the check digit covers, itself included
}

// A class is a set of ASCII characters.
type class [2]uint64

func (c class) has(b byte) bool { return b < 128 && c[b>>6]&(1<<(b&63)) != 0 }

func (c *class) add(lo, hi rune) {
	for r := lo; r <= hi && r < 128; r++ {
		c[r>>6] |= 1 << (r & 63)
	}
}

// A part is some of a number, from its first place to behind its last.
type part struct{ from, to int }

func (s part) shifted(by int) part { return part{s.from + by, s.to + by} }

func (s part) in(number string) string { return number[s.from:s.to] }

// maxShapes bounds how many shapes one pattern may have.
const maxShapes = 128

// shapesOf returns the shapes of a pattern. The pattern's groups named number
// and digits become the shape's; without them both are all of it.
func shapesOf(pattern string) ([]shape, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	drafts, err := expand(re)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", pattern, err)
	}
	shapes := make([]shape, len(drafts))
	for i, d := range drafts {
		n := len(d.places)
		if n == 0 || n > maxNumber {
			return nil, fmt.Errorf("pattern %s: allows %d characters, want 1 to %d", pattern, n, maxNumber)
		}
		shapes[i] = shape{places: d.places, number: part{0, n}, digits: part{0, n}}
		if s, ok := d.groups["number"]; ok {
			shapes[i].number, shapes[i].digits = s, s
		}
		if s, ok := d.groups["digits"]; ok {
			shapes[i].digits = s
		}
	}
	return shapes, nil
}

// A draft is a shape in the making.
type draft struct {
	places []class
	groups map[string]part
}

func (d draft) then(next draft) draft {
	out := draft{places: append(append([]class(nil), d.places...), next.places...), groups: map[string]part{}}
	for name, s := range d.groups {
		out.groups[name] = s
	}
	for name, s := range next.groups {
		out.groups[name] = s.shifted(len(d.places))
	}
	return out
}

var errTooManyShapes = errors.New("too many alternatives; make it several formats")

func expand(re *syntax.Regexp) ([]draft, error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []draft{{}}, nil
	case syntax.OpLiteral:
		var d draft
		for _, r := range re.Rune {
			var c class
			c.add(r, r)
			d.places = append(d.places, c)
		}
		return []draft{d}, nil
	case syntax.OpCharClass:
		var c class
		for i := 0; i+1 < len(re.Rune); i += 2 {
			c.add(re.Rune[i], re.Rune[i+1])
		}
		return []draft{{places: []class{c}}}, nil
	case syntax.OpCapture:
		inner, err := expand(re.Sub[0])
		for i, d := range inner {
			inner[i] = d.then(draft{groups: map[string]part{re.Name: {-len(d.places), 0}}})
		}
		return inner, err
	case syntax.OpConcat:
		return expandAll(re.Sub)
	case syntax.OpAlternate:
		var out []draft
		for _, sub := range re.Sub {
			inner, err := expand(sub)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
		}
		return out, nil
	case syntax.OpQuest:
		inner, err := expand(re.Sub[0])
		return append(inner, draft{}), err
	case syntax.OpRepeat:
		return expandRepeat(re)
	default:
		return nil, fmt.Errorf("%s is not allowed; use characters, classes, (?:a|b), ? and counted repeats such as {2,4}", re)
	}
}

func expandRepeat(re *syntax.Regexp) ([]draft, error) {
	if re.Max < 0 || re.Max > maxNumber {
		return nil, fmt.Errorf("%s has no end; write how many at most", re)
	}
	var out []draft
	for n := re.Min; n <= re.Max; n++ {
		parts := make([]*syntax.Regexp, n)
		for i := range parts {
			parts[i] = re.Sub[0]
		}
		inner, err := expandAll(parts)
		if err != nil {
			return nil, err
		}
		if out = append(out, inner...); len(out) > maxShapes {
			return nil, errTooManyShapes
		}
	}
	return out, nil
}

// expandAll returns the shapes of the parts, one after another.
func expandAll(parts []*syntax.Regexp) ([]draft, error) {
	out := []draft{{}}
	for _, one := range parts {
		inner, err := expand(one)
		if err != nil {
			return nil, err
		}
		if len(out)*len(inner) > maxShapes {
			return nil, errTooManyShapes
		}
		next := make([]draft, 0, len(out)*len(inner))
		for _, head := range out {
			for _, tail := range inner {
				next = append(next, head.then(tail))
			}
		}
		out = next
	}
	return out, nil
}

// fits reports whether s, of the shape's length, has the shape.
func (sh *shape) fits(s string) bool {
	if len(s) != len(sh.places) {
		return false
	}
	for i := range sh.places {
		if !sh.places[i].has(s[i]) {
			return false
		}
	}
	return true
}
