package fonts

import (
	"bytes"
	"fmt"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/font/opentype/tables"
)

// A file is a font file and what is known of the faces in it. A collection has
// up to ten of twenty megabytes each, of which a station needs one or two, so a
// face is parsed when a text needs it, and until then only its characters are
// known.
type file struct {
	source Source
	hans   []Han // whose forms its faces have
	opened bool
	faces  []*member
	err    error
}

// A member is one face of a file.
type member struct {
	characters font.Cmap
	han        Han   // whose forms it has, where its family is one of several
	face       *Face // nil until it is needed
	broken     bool
}

// find returns the file's face that has r and can draw it, or nil. A file that
// cannot be read has no faces: it is as if it were not installed.
func (fl *file) find(r rune) *Face {
	for i := range fl.open() {
		if f := fl.face(i, r); f != nil {
			return f
		}
	}
	return nil
}

// in returns the file's face that has r in a region's form and can draw it, or
// nil. A file that is not named for the region is not opened.
func (fl *file) in(h Han, r rune) *Face {
	for _, has := range fl.hans {
		if has != h {
			continue
		}
		for i, m := range fl.open() {
			if len(fl.hans) > 1 && m.han != h {
				continue
			}
			if f := fl.face(i, r); f != nil {
				return f
			}
		}
	}
	return nil
}

// open returns the file's faces, which it looks at when they are first needed.
func (fl *file) open() []*member {
	if !fl.opened {
		fl.opened = true
		fl.faces, fl.err = fl.members()
	}
	return fl.faces
}

func (fl *file) members() ([]*member, error) {
	loaders, err := fl.source.loaders()
	if err != nil {
		return nil, err
	}
	all := make([]*member, len(loaders))
	for i, ld := range loaders {
		described, _ := font.Describe(ld, nil)
		all[i] = &member{han: hanOf(described.Family)}
		if all[i].characters, err = characters(ld); err != nil {
			return nil, fmt.Errorf("font %s: %w", fl.source.Name, err)
		}
	}
	return all, nil
}

// characters returns which characters a face has.
func characters(ld *opentype.Loader) (font.Cmap, error) {
	raw, err := ld.RawTable(opentype.MustNewTag("cmap"))
	if err != nil {
		return nil, err
	}
	table, _, err := tables.ParseCmap(raw)
	if err != nil {
		return nil, err
	}
	page := tables.FontPage(0) // old Arabic fonts have a numbering of their own
	if raw, err := ld.RawTable(opentype.MustNewTag("OS/2")); err == nil {
		if os2, _, err := tables.ParseOs2(raw); err == nil {
			page = os2.FontPage()
		}
	}
	cmap, _, err := font.ProcessCmap(table, page)
	return cmap, err
}

// face returns the file's i-th face if it has r and can draw it, or nil.
func (fl *file) face(i int, r rune) *Face {
	m := fl.faces[i]
	if gid, ok := m.characters.Lookup(r); !ok || gid == 0 || m.broken {
		return nil
	}
	if m.face == nil {
		var err error
		if m.face, err = fl.source.parse(i); err != nil {
			m.broken, fl.err = true, err
			return nil
		}
	}
	if !m.face.draws(r) {
		return nil
	}
	return m.face
}

func (src Source) loaders() ([]*opentype.Loader, error) {
	data, err := src.Open()
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", src.Name, err)
	}
	loaders, err := opentype.NewLoaders(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", src.Name, err)
	}
	return loaders, nil
}

// parse parses the source's i-th face.
func (src Source) parse(i int) (*Face, error) {
	loaders, err := src.loaders()
	if err != nil {
		return nil, err
	}
	if i >= len(loaders) {
		return nil, fmt.Errorf("font %s: face %d of %d; the file has changed", src.Name, i+1, len(loaders))
	}
	f, err := font.NewFont(loaders[i])
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", src.Name, err)
	}
	return &Face{Name: src.Name, Font: f}, nil
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
