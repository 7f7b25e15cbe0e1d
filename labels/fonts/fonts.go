// Package fonts is the set of typefaces labels are written in: two embedded
// faces for Latin, Greek, Cyrillic and Vietnamese, and whatever further font
// files its user hands in for the rest of the world.
//
// The package opens no files itself (fonts/system finds them) and never stands
// in for a character it lacks: that is an error which names the character.
package fonts

import (
	_ "embed" // the faces below
	"sync"

	"github.com/go-text/typesetting/font"
)

//go:embed ttf/RobotoCondensed-Regular.ttf
var regularTTF []byte

//go:embed ttf/RobotoCondensed-Bold.ttf
var boldTTF []byte

// A Source is a font file that is opened when a text first needs it: once to
// see what it has, and again for each face of it that a text needs.
type Source struct {
	Name string // for messages
	Bold bool
	Open func() ([]byte, error)
}

// A Set maps characters to faces. It is safe for concurrent use, and parses a
// face when it is first needed.
type Set struct {
	mu      sync.Mutex
	files   []*file
	choices map[choice]*Face
	kept    sync.Map
}

// Keep returns what make made the first time for s: what a package has worked
// out about the set's typefaces, which goes with the set. There is one of each
// type.
func Keep[T any](s *Set, make func(*Set) *T) *T {
	v, ok := s.kept.Load(keptKey[T]{})
	if !ok {
		v, _ = s.kept.LoadOrStore(keptKey[T]{}, make(s))
	}
	if t, ok := v.(*T); ok {
		return t
	}
	return make(s)
}

type keptKey[T any] struct{}

// A Face is one parsed typeface.
type Face struct {
	Name string
	Font *font.Font
}

type choice struct {
	r    rune
	bold bool
	han  Han
}

// New returns the set of the embedded faces, followed by further sources in
// the order they are to be tried.
func New(further ...Source) *Set {
	s := &Set{choices: map[choice]*Face{}}
	embedded := []Source{
		{Name: "Roboto Condensed", Open: func() ([]byte, error) { return regularTTF, nil }},
		{Name: "Roboto Condensed Bold", Bold: true, Open: func() ([]byte, error) { return boldTTF, nil }},
	}
	for _, src := range append(embedded, further...) {
		s.files = append(s.files, &file{source: src, hans: hansOf(src.Name)})
	}
	return s
}

// Base returns the embedded face. Lines are spaced by it, whatever else is
// written on them, so that a foreign name does not move the rest.
func (s *Set) Base(bold bool) (*Face, error) { return s.Face('x', bold) }

// Face returns the face that has r: of the weight asked where there is one,
// else of the other weight. Where no face has r the error is a *MissingError.
func (s *Set) Face(r rune, bold bool) (*Face, error) { return s.FaceIn(AnyHan, r, bold) }

// FaceIn is Face for the readers of a region: where r is drawn otherwise there
// than elsewhere, a face with that region's forms goes before one of the weight
// asked, and both before any other.
func (s *Set) FaceIn(h Han, r rune, bold bool) (*Face, error) {
	if !Regional(r) {
		h = AnyHan
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := choice{r, bold, h}
	if f, ok := s.choices[key]; ok {
		if f == nil {
			return nil, &MissingError{Rune: r}
		}
		return f, nil
	}
	for _, near := range h.near() {
		if f := s.search(bold, func(fl *file) *Face { return fl.in(near, r) }); f != nil {
			s.choices[key] = f
			return f, nil
		}
	}
	if f := s.search(bold, func(fl *file) *Face { return fl.find(r) }); f != nil {
		s.choices[key] = f
		return f, nil
	}
	if len(s.choices) < maxChoices {
		s.choices[key] = nil
	}
	return nil, &MissingError{Rune: r}
}

// search returns what find finds first, in the files of the weight asked and
// then in the others.
func (s *Set) search(bold bool, find func(*file) *Face) *Face {
	for _, weight := range []bool{bold, !bold} {
		for _, fl := range s.files {
			if fl.source.Bold != weight {
				continue
			}
			if f := find(fl); f != nil {
				return f
			}
		}
	}
	return nil
}

// maxChoices bounds what is remembered of characters nobody has.
const maxChoices = 1 << 16
