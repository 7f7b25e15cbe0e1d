// Package fonts is the set of typefaces labels are written in: two embedded
// faces for Latin, Greek, Cyrillic and Vietnamese, and whatever further font
// files its user hands in for the rest of the world.
//
// The package opens no files itself (fonts/system finds them) and never stands
// in for a character it lacks: that is an error which names the character.
package fonts

import (
	"bytes"
	_ "embed" // the faces below
	"fmt"
	"sync"

	"github.com/go-text/typesetting/font"
)

//go:embed ttf/RobotoCondensed-Regular.ttf
var regularTTF []byte

//go:embed ttf/RobotoCondensed-Bold.ttf
var boldTTF []byte

// A Source is a font file that is opened when a text first needs it.
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
	han  Han // whose forms it has, where its family is one of several
}

type choice struct {
	r    rune
	bold bool
	han  Han
}

type file struct {
	source Source
	hans   []Han // whose forms its faces have
	opened bool
	faces  []*Face
	err    error
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

// find returns the file's face that has r and can draw it, or nil. A file that
// cannot be read has no faces: it is as if it were not installed.
func (fl *file) find(r rune) *Face {
	for _, f := range fl.open() {
		if f.draws(r) {
			return f
		}
	}
	return nil
}

// open returns the file's faces, which it parses when they are first needed.
func (fl *file) open() []*Face {
	if !fl.opened {
		fl.opened = true
		fl.faces, fl.err = parse(fl.source)
	}
	return fl.faces
}

func parse(src Source) ([]*Face, error) {
	data, err := src.Open()
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", src.Name, err)
	}
	parsed, err := font.ParseTTC(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", src.Name, err)
	}
	faces := make([]*Face, len(parsed))
	for i, p := range parsed {
		faces[i] = &Face{Name: src.Name, Font: p.Font, han: hanOf(p.Font.Describe().Family)}
	}
	return faces, nil
}

// draws reports whether the face has an outline for r. Colour pictures, as
// most emoji fonts have, cannot be printed.
func (f *Face) draws(r rune) bool {
	gid, ok := f.Font.NominalGlyph(r)
	if !ok || gid == 0 {
		return false
	}
	outline, ok := font.NewFace(f.Font).GlyphDataOutline(gid)
	return ok && (len(outline.Segments) > 0 || blank(r))
}
