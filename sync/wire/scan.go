package wire

import (
	"errors"
	"fmt"
)

// maxNesting is how deep a value may be nested within the object or array that
// has it: together as deep as encoding/json goes.
const maxNesting = 9999

// errCut is JSON that ends too early.
var errCut = errors.New("it ends in the middle")

// A scanner walks over JSON without making anything of it. Nothing it does
// nests: bytes that open a million brackets cost no stack.
type scanner struct {
	b []byte
	i int
}

// Members calls member with the name and the bytes of each member of a JSON object,
// in their order. It stops at the first error.
func Members(raw []byte, member func(name string, value []byte) error) error {
	s := scanner{b: raw}
	err := s.object(func(name string) error {
		value, err := s.value()
		if err != nil {
			return err
		}
		return member(name, value)
	})
	if err != nil {
		return err
	}
	return s.end()
}

// SplitArray returns the bytes of each element of a JSON array, at most limit of
// them: one more is an error, however many follow.
func SplitArray(raw []byte, limit int) ([][]byte, error) {
	s := scanner{b: raw}
	var out [][]byte
	if err := s.open('['); err != nil {
		return nil, err
	}
	if s.space() == ']' {
		s.i++
		return nil, s.end()
	}
	for {
		if len(out) == limit {
			return nil, ErrTooMany
		}
		value, err := s.value()
		if err != nil {
			return nil, err
		}
		out = append(out, value)
		more, err := s.more(']')
		if err != nil {
			return nil, err
		}
		if more {
			continue
		}
		if err := s.end(); err != nil {
			return nil, err
		}
		return out, nil
	}
}

// ErrTooMany is an array of more elements than are taken.
var ErrTooMany = errors.New("too many elements")

// object calls member for each member of an object, behind its colon; member
// takes the value.
func (s *scanner) object(member func(name string) error) error {
	if err := s.open('{'); err != nil {
		return err
	}
	if s.space() == '}' {
		s.i++
		return nil
	}
	for {
		if c := s.space(); c != '"' {
			return s.unexpected("a member's name")
		}
		quoted, err := s.text()
		if err != nil {
			return err
		}
		name, err := unquote(quoted)
		if err != nil {
			return err
		}
		if err := s.colon(); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
		more, err := s.more('}')
		if err != nil || !more {
			return err
		}
	}
}

func (s *scanner) open(bracket byte) error {
	if s.space() != bracket {
		return s.unexpected(fmt.Sprintf("%q", bracket))
	}
	s.i++
	return nil
}

// more steps over a comma, or over what closes, after which there is no more.
func (s *scanner) more(closing byte) (bool, error) {
	switch s.space() {
	case ',':
		s.i++
		return true, nil
	case closing:
		s.i++
		return false, nil
	}
	return false, s.unexpected(fmt.Sprintf("a comma or %q", closing))
}

func (s *scanner) colon() error {
	if s.space() != ':' {
		return s.unexpected("a colon")
	}
	s.i++
	return nil
}

// end says whether nothing but space is left.
func (s *scanner) end() error {
	if s.space() != 0 || s.i < len(s.b) {
		return s.unexpected("the end")
	}
	return nil
}

// space steps over white space and returns the byte after it, or 0 at the end.
func (s *scanner) space() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) unexpected(want string) error {
	if s.i >= len(s.b) {
		return errCut
	}
	return fmt.Errorf("%q at byte %d: want %s", s.b[s.i], s.i+1, want)
}

// value steps over one value and returns its bytes.
func (s *scanner) value() ([]byte, error) {
	s.space()
	from := s.i
	var nest []byte // what closes each bracket that is open
	for {
		opened, err := s.atom(&nest)
		if err != nil {
			return nil, err
		}
		for !opened && len(nest) > 0 {
			closing := nest[len(nest)-1]
			more, err := s.more(closing)
			if err != nil {
				return nil, err
			}
			if more {
				if closing == '}' {
					if err := s.member(); err != nil {
						return nil, err
					}
				}
				break
			}
			nest = nest[:len(nest)-1]
		}
		if len(nest) == 0 {
			return s.b[from:s.i:s.i], nil
		}
	}
}

// atom steps over a value that has none in it, or into one that has.
func (s *scanner) atom(nest *[]byte) (opened bool, err error) {
	switch c := s.space(); c {
	case '{', '[':
		closing := c + 2 // in ASCII, of both
		s.i++
		if s.space() == closing {
			s.i++
			return false, nil
		}
		if *nest = append(*nest, closing); len(*nest) > maxNesting {
			return false, fmt.Errorf("it is nested deeper than %d", maxNesting)
		}
		if c == '{' {
			return true, s.member()
		}
		return true, nil
	case '"':
		_, err := s.text()
		return false, err
	case 't':
		return false, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return false, s.word("null")
	default:
		return false, s.number()
	}
}

// member steps over a member's name and colon.
func (s *scanner) member() error {
	if s.space() != '"' {
		return s.unexpected("a member's name")
	}
	if _, err := s.text(); err != nil {
		return err
	}
	return s.colon()
}

func (s *scanner) word(w string) error {
	for k := range len(w) {
		if s.i >= len(s.b) || s.b[s.i] != w[k] {
			return s.unexpected(w)
		}
		s.i++
	}
	return nil
}

// text steps over a string and returns it with its quotes.
func (s *scanner) text() ([]byte, error) {
	from := s.i
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[from:s.i], nil
		case c < ' ':
			return nil, s.unexpected("no control character in a string")
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		}
	}
	return nil, errCut
}

// escape steps to the last byte of an escape.
func (s *scanner) escape() error {
	s.i++
	if s.i >= len(s.b) {
		return errCut
	}
	switch s.b[s.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		for range 4 {
			s.i++
			if s.i >= len(s.b) {
				return errCut
			}
			if c := s.b[s.i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return s.unexpected("four hex digits")
			}
		}
		return nil
	}
	return s.unexpected("an escape")
}

// number steps over a number.
func (s *scanner) number() error {
	if s.at('-') {
		s.i++
	}
	switch {
	case s.at('0'):
		s.i++
	case !s.digits():
		return s.unexpected("a value")
	}
	if s.at('.') {
		s.i++
		if !s.digits() {
			return s.unexpected("a digit")
		}
	}
	if s.at('e') || s.at('E') {
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		if !s.digits() {
			return s.unexpected("a digit")
		}
	}
	return nil
}

func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

// digits steps over digits and reports whether there was one.
func (s *scanner) digits() bool {
	from := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > from
}
