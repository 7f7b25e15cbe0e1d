package verify

import (
	"errors"
	"fmt"
	"slices"

	"waybill/labels"
	"waybill/labels/barcode"
)

// A reader of PDF417 for drawn dots, written from ISO/IEC 15438:2015. Of the
// encoder it shares the table of symbol characters, and nothing else.
const (
	pdfField      = 929
	pdfCharacters = 17 // modules
	pdfMaxWords   = 928
)

// pdfStartRuns and pdfStopRuns are the widths of the patterns that begin and
// end a row, beginning with a bar (5.3.3, table 6).
var (
	pdfStartRuns = [...]int{8, 1, 1, 1, 1, 1, 1, 3}
	pdfStopRuns  = [...]int{7, 1, 1, 3, 1, 1, 1, 2, 1}
)

var errNoPDF417 = errors.New("no PDF417 is found at its place")

// A pdfPlace is where rows begin: a column of dots, and the rows of dots on
// which the start pattern stands in it.
type pdfPlace struct {
	x, module   int
	first, last int
}

// findPDF417 reads the upright PDF417 symbols of a picture.
func findPDF417(d labels.Dots) []Found {
	places := locatePDF417(d)
	if len(places) == 0 {
		return nil
	}
	characters := pdfTable()
	var found []Found
	for _, p := range places {
		text, columns, err := readPDF417(d, p, characters)
		if err != nil {
			continue
		}
		wide := (pdfCharacters*(columns+4) + 1) * p.module
		found = append(found, Found{Symbology: labels.PDF417, Text: text, X: p.x + wide/2, Y: (p.first + p.last) / 2})
	}
	return found
}

// provesPDF417 holds a symbol against what its zone reads.
func provesPDF417(s labels.Symbol, zone labels.Dots) error {
	places := locatePDF417(zone)
	if len(places) == 0 {
		return &labels.MismatchError{Want: s, Why: errNoPDF417.Error()}
	}
	text, _, err := readPDF417(zone, places[0], pdfTable())
	switch {
	case err != nil:
		return &labels.MismatchError{Want: s, Why: err.Error()}
	case text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %q", text)}
	}
	return nil
}

// pdfTable returns cluster and value of every symbol character, by its modules.
func pdfTable() map[uint32][2]int {
	t := make(map[uint32][2]int, 3*pdfField)
	for cluster := range 3 {
		for value := range pdfField {
			t[barcode.PDF417Character(cluster, value)] = [2]int{cluster, value}
		}
	}
	return t
}

// locatePDF417 returns where start patterns stand one above the other.
func locatePDF417(d labels.Dots) []pdfPlace {
	var open, places []pdfPlace
	for y := range d.H {
		for _, at := range pdfStarts(d, y) {
			i := slices.IndexFunc(open, func(p pdfPlace) bool {
				return p.x == at.x && p.module == at.module && y-p.last <= 3*p.module
			})
			if i < 0 {
				open = append(open, at)
				continue
			}
			open[i].last = y
		}
	}
	for _, p := range open {
		if p.last-p.first+1 >= 3*p.module { // a symbol has three rows at least
			places = append(places, p)
		}
	}
	return places
}

// pdfStarts returns the start patterns on a row of dots.
func pdfStarts(d labels.Dots, y int) []pdfPlace {
	const n = len(pdfStartRuns)
	var found []pdfPlace
	var widths [n]int // of the last runs
	runs, from := 0, 0
	for x := 1; x <= d.W; x++ {
		if x < d.W && d.Black(x, y) == d.Black(x-1, y) {
			continue
		}
		copy(widths[:], widths[1:])
		widths[n-1], from = x-from, x
		if runs++; runs < n || d.Black(x-1, y) {
			continue // the pattern's last run is white
		}
		module := widths[1]
		if slices.EqualFunc(widths[:], pdfStartRuns[:], func(w, want int) bool { return w == want*module }) {
			found = append(found, pdfPlace{x: x - pdfCharacters*module, module: module, first: y, last: y})
		}
	}
	return found
}

// A pdfSheet is a symbol while it is read.
type pdfSheet struct {
	d          labels.Dots
	at         pdfPlace
	characters map[uint32][2]int
	rows       int
	columns    int
	level      int
}

// character returns the symbol character in a place of a row of dots; place 0
// is the left row indicator.
func (s *pdfSheet) character(y, place int) (cluster, value int, ok bool) {
	var bits uint32
	x := s.at.x + pdfCharacters*(place+1)*s.at.module + s.at.module/2
	for range pdfCharacters {
		bits <<= 1
		if s.d.Black(x, y) {
			bits |= 1
		}
		x += s.at.module
	}
	c, ok := s.characters[bits]
	return c[0], c[1], ok
}

// readPDF417 returns the text of the symbol that begins at a place, and how
// many columns it has.
func readPDF417(d labels.Dots, at pdfPlace, characters map[uint32][2]int) (text string, columns int, err error) {
	s := &pdfSheet{d: d, at: at, characters: characters}
	if err := s.measure(); err != nil {
		return "", 0, err
	}
	words, err := s.words()
	if err != nil {
		return "", 0, err
	}
	check := 2 << s.level
	if err := pdfCorrect(words, check); err != nil {
		return "", 0, err
	}
	if words[0] != len(words)-check {
		return "", 0, fmt.Errorf("PDF417 says it has %d codewords and has %d", words[0], len(words)-check)
	}
	text, err = pdfContent(words[1:words[0]])
	return text, s.columns, err
}

// measure finds rows, columns and level, on which the left indicators agree
// (5.11.3.1).
func (s *pdfSheet) measure() error {
	var votes [3][30]int
	for y := s.at.first; y <= s.at.last; y++ {
		if cluster, value, ok := s.character(y, 0); ok {
			votes[cluster][value%30]++
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
	s.rows, s.columns, s.level = said[0]*3+said[1]%3+1, said[2]+1, said[1]/3
	words := s.rows * s.columns
	if s.rows < 3 || s.rows > 90 || s.level > 8 || words > pdfMaxWords || words <= 2<<s.level {
		return fmt.Errorf("PDF417 of %d rows, %d columns and level %d cannot be", s.rows, s.columns, s.level)
	}
	for y := s.at.first; y <= s.at.last; y++ {
		if s.stops(y) {
			return nil
		}
	}
	return errors.New("PDF417 without a stop pattern")
}

// stops reports whether the stop pattern stands where a row of dots should end.
func (s *pdfSheet) stops(y int) bool {
	x := s.at.x + pdfCharacters*(s.columns+3)*s.at.module
	for i, run := range pdfStopRuns {
		for range run * s.at.module {
			if s.d.Black(x, y) != (i%2 == 0) {
				return false
			}
			x++
		}
	}
	return !s.d.Black(x, y)
}

// words returns the codewords as most rows of dots show them. One that none
// shows is 0, which the check words mend.
func (s *pdfSheet) words() ([]int, error) {
	votes := make([]map[int]int, s.rows*s.columns)
	for y := s.at.first; y <= s.at.last; y++ {
		row, ok := s.row(y)
		if !ok {
			continue
		}
		for column := range s.columns {
			cluster, value, ok := s.character(y, column+1)
			if !ok || cluster != row%3 {
				continue
			}
			if votes[row*s.columns+column] == nil {
				votes[row*s.columns+column] = map[int]int{}
			}
			votes[row*s.columns+column][value]++
		}
	}
	words := make([]int, len(votes))
	unread := 0
	for i, v := range votes {
		most := 0
		for value, n := range v {
			if n > most || n == most && value < words[i] {
				words[i], most = value, n
			}
		}
		if most == 0 {
			unread++
		}
	}
	if unread > 1<<s.level {
		return nil, fmt.Errorf("PDF417 of which %d codewords of %d cannot be read", unread, len(words))
	}
	return words, nil
}

// row returns which row of the symbol a row of dots belongs to: what its
// indicators say, of which one may be unreadable but not contradict.
func (s *pdfSheet) row(y int) (int, bool) {
	row := -1
	for _, place := range [...]int{0, s.columns + 1} {
		cluster, value, ok := s.character(y, place)
		if !ok {
			continue
		}
		said := value/30*3 + cluster
		if said >= s.rows || row >= 0 && row != said {
			return 0, false
		}
		row = said
	}
	return row, row >= 0
}
