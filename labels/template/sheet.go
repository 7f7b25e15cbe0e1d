package template

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"waybill/internal/strictyaml"
	"waybill/labels"
)

// A Sheet is paper that holds several labels: how large it is, and where its
// cells are.
type Sheet struct {
	Name          string
	About         string
	Width, Height labels.Length
	Across, Down  int
	First         labels.Point  // top left corner of the first cell
	CellW, CellH  labels.Length // of a cell
	Pitch         labels.Point  // from one cell to the next
	Marks         bool          // short lines at the cells' corners, to cut along
}

// Cells returns how many labels a sheet holds.
func (s *Sheet) Cells() int { return s.Across * s.Down }

// ParseSheet reads the description of a sheet; name is its file name, for
// messages. The error names every mistake.
func ParseSheet(name string, data []byte) (*Sheet, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("sheet %s: %d bytes, more than %d", name, len(data), maxBytes)
	}
	root, err := strictyaml.Root(name, data)
	if err != nil {
		return nil, fmt.Errorf("sheet %w", err)
	}
	if root == nil {
		return nil, fmt.Errorf("sheet %s: the file is empty", name)
	}
	p := &parser{file: name}
	s := p.sheet(root)
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return s, nil
}

func (p *parser) sheet(n *yaml.Node) *Sheet {
	s := &Sheet{}
	given := p.fields(n, map[string]func(*yaml.Node){
		"name":     p.text(&s.Name),
		"about":    p.text(&s.About),
		"size_mm":  p.pair(&s.Width, &s.Height),
		"across":   p.count(&s.Across, 40),
		"down":     p.count(&s.Down, 40),
		"first_mm": p.point(&s.First),
		"cell_mm":  p.pair(&s.CellW, &s.CellH),
		"pitch_mm": p.point(&s.Pitch),
		"marks":    p.yes(&s.Marks),
	})
	missing := false
	for _, key := range []string{"name", "size_mm", "across", "down", "first_mm", "cell_mm"} {
		if given[key] == nil {
			p.fail(n, "%s: required", key)
			missing = true
		}
	}
	if given["pitch_mm"] == nil {
		s.Pitch = labels.Point{X: s.CellW, Y: s.CellH}
	}
	if missing || len(p.errs) > 0 {
		return s
	}
	if s.Width > maxSide || s.Height > maxSide {
		p.fail(given["size_mm"], "size_mm: both sides must be at most %d mm", maxSide/labels.Millimetre)
	}
	if s.CellW < 10*labels.Millimetre || s.CellH < 10*labels.Millimetre {
		p.fail(given["cell_mm"], "cell_mm: both sides must be at least 10 mm")
	}
	if s.Pitch.X < s.CellW || s.Pitch.Y < s.CellH {
		p.fail(n, "pitch_mm: the cells overlap; a pitch is at least a cell")
	}
	if s.right() > s.Width || s.bottom() > s.Height {
		p.fail(n, "the cells reach past the sheet's edge: to %g by %g mm",
			float64(s.right())/float64(labels.Millimetre), float64(s.bottom())/float64(labels.Millimetre))
	}
	return s
}

func (s *Sheet) right() labels.Length {
	return s.First.X + s.Pitch.X*labels.Length(s.Across-1) + s.CellW
}

func (s *Sheet) bottom() labels.Length {
	return s.First.Y + s.Pitch.Y*labels.Length(s.Down-1) + s.CellH
}
