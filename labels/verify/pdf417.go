package verify

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"waybill/labels"
)

// A reader of PDF417, written from ISO/IEC 15438:2015. Of the encoder it shares
// the table of symbol characters, and nothing else.
const (
	pdfField      = 929
	pdfCharacter  = 17 // modules
	pdfMaxWords   = 928
	pdfMaxColumns = 30
)

var errNoPDF417 = errors.New("no PDF417 is found at its place")

// findPDF417 reads the upright PDF417 symbols of a view.
func findPDF417(v *view) []Found {
	var found []Found
	for _, rows := range locatePDF417(v) {
		s := &pdfSheet{rows: rows}
		text, utf8, err := s.read()
		if err != nil {
			continue
		}
		aim := "]L2"
		if utf8 {
			aim = "]L1"
		}
		area := rect{x: rows[0].from, y: rows[0].first, h: rows[len(rows)-1].last + 1 - rows[0].first}
		for _, r := range rows {
			area.w = max(area.w, r.to-area.x)
		}
		found = append(found, v.found(labels.PDF417, aim, text, area, float64(area.w)/float64(pdfCharacter*(s.columns+4)+1)))
	}
	return found
}

// provesPDF417 holds a symbol against what its zone reads.
func provesPDF417(s labels.Symbol, zone labels.Dots) error {
	places := locatePDF417(viewOf(zone, 0))
	if len(places) == 0 {
		return &labels.MismatchError{Want: s, Why: errNoPDF417.Error()}
	}
	text, _, err := (&pdfSheet{rows: places[0]}).read()
	switch {
	case err != nil:
		return &labels.MismatchError{Want: s, Why: err.Error()}
	case text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %q", text)}
	}
	return nil
}

// locatePDF417 returns the rows of symbols: start patterns one above the other.
func locatePDF417(v *view) [][]pdfRow {
	var open [][]pdfRow
	for _, s := range v.strips {
		for i := 0; i+16 < len(s.edges); i += 2 {
			if !pdfStarts(s.edges[i:]) {
				continue
			}
			row := readPDFRow(s, i)
			module := int(s.edges[i+8]-s.edges[i]) / pdfCharacter
			at := slices.IndexFunc(open, func(rows []pdfRow) bool {
				last := rows[len(rows)-1]
				return abs(last.from-row.from) <= module && row.first-last.last <= 3*module+1
			})
			if at < 0 {
				open = append(open, []pdfRow{row})
			} else {
				open[at] = append(open[at], row)
			}
		}
	}
	return slices.DeleteFunc(open, func(rows []pdfRow) bool {
		return rows[len(rows)-1].last-rows[0].first+1 < 3 // a symbol has three rows at least
	})
}

// A pdfSheet is a symbol while it is read.
type pdfSheet struct {
	rows    []pdfRow
	count   int // of its rows
	columns int
	level   int
}

// read returns the text of a symbol, and whether it says that it is UTF-8.
func (s *pdfSheet) read() (text string, utf8 bool, err error) {
	if err := s.measure(); err != nil {
		return "", false, err
	}
	words, err := s.words()
	if err != nil {
		return "", false, err
	}
	check := 2 << s.level
	if err := pdfCorrect(words, check); err != nil {
		return "", false, err
	}
	if words[0] != len(words)-check {
		return "", false, fmt.Errorf("PDF417 says it has %d codewords and has %d", words[0], len(words)-check)
	}
	text, err = pdfContent(words[1:words[0]])
	return text, slices.Contains(words[1:words[0]], 927), err
}

// character returns the symbol character in a place of a row.
func (r pdfRow) character(place int) (cluster, value int, ok bool) {
	if place >= len(r.characters) || r.characters[place] < 0 {
		return 0, 0, false
	}
	return r.characters[place] / pdfField, r.characters[place] % pdfField, true
}

// measure finds rows, columns and level, on which the left indicators agree
// (5.11.3.1).
func (s *pdfSheet) measure() error {
	var votes [3][30]int
	for _, r := range s.rows {
		if cluster, value, ok := r.character(0); ok {
			votes[cluster][value%30] += r.last - r.first + 1
		}
	}
	var said [3]int
	for i := range votes {
		most := slices.Max(votes[i][:])
		if most == 0 {
			return errors.New("PDF417 whose row indicators cannot be read")
		}
		said[i] = slices.Index(votes[i][:], most)
	}
	s.count, s.columns, s.level = said[0]*3+said[1]%3+1, said[2]+1, said[1]/3
	words := s.count * s.columns
	if s.count < 3 || s.count > 90 || s.level > 8 || words > pdfMaxWords || words <= 2<<s.level {
		return fmt.Errorf("PDF417 of %d rows, %d columns and level %d cannot be", s.count, s.columns, s.level)
	}
	if !slices.ContainsFunc(s.rows, func(r pdfRow) bool { return r.stops && len(r.characters) == s.columns+2 }) {
		return errors.New("PDF417 without a stop pattern")
	}
	return nil
}

// words returns the codewords as most rows of dots show them. One that none
// shows is 0, which the check words mend.
func (s *pdfSheet) words() ([]int, error) {
	type vote struct{ value, rows int }
	votes := make([][]vote, s.count*s.columns)
	for _, r := range s.rows {
		row, ok := s.row(r)
		if !ok {
			continue
		}
		for column := range s.columns {
			cluster, value, ok := r.character(column + 1)
			if !ok || cluster != row%3 {
				continue
			}
			v := &votes[row*s.columns+column]
			i := slices.IndexFunc(*v, func(o vote) bool { return o.value == value })
			if i < 0 {
				*v, i = append(*v, vote{value: value}), len(*v)
			}
			(*v)[i].rows += r.last - r.first + 1
		}
	}
	words := make([]int, len(votes))
	unread := 0
	for i, v := range votes {
		if len(v) == 0 {
			unread++
			continue
		}
		words[i] = slices.MaxFunc(v, func(a, b vote) int { return cmp.Or(a.rows-b.rows, b.value-a.value) }).value
	}
	if unread > 1<<s.level {
		return nil, fmt.Errorf("PDF417 of which %d codewords of %d cannot be read", unread, len(words))
	}
	return words, nil
}

// row returns which row of the symbol a row of dots belongs to: what its
// indicators say, of which one may be unreadable but not contradict.
func (s *pdfSheet) row(r pdfRow) (int, bool) {
	row := -1
	for _, place := range [...]int{0, s.columns + 1} {
		cluster, value, ok := r.character(place)
		if !ok {
			continue
		}
		said := value/30*3 + cluster
		if said >= s.count || row >= 0 && row != said {
			return 0, false
		}
		row = said
	}
	return row, row >= 0
}
