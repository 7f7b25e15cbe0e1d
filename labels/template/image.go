package template

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"waybill/labels/picture"
)

// maxPixels bounds the pictures of a template together.
const maxPixels = 2 * picture.MaxPixels

// pictures reads the pictures of a template, each file once.
type pictures struct {
	dir    fs.FS // where the template lies; nil: nowhere
	files  map[string]*picture.Picture
	pixels int
}

// imageKeys adds the keys of an image and returns those it must have.
func (p *parser) imageKeys(e *Element, known map[string]func(*yaml.Node)) []string {
	known["file"], known["data"] = p.picture(e, p.pictures.open), p.picture(e, p.pictures.inline)
	known["fit"] = func(n *yaml.Node) {
		var s string
		p.oneOf(&s, "contain", "stretch")(n)
		e.Stretch = s == "stretch"
	}
	known["dither"] = func(n *yaml.Node) {
		var s string
		p.oneOf(&s, string(picture.Floyd), string(picture.Ordered), string(picture.Threshold))(n)
		e.Dither = picture.Dither(s)
	}
	known["invert"], known["rotate"] = p.yes(&e.Invert), p.quarters(&e.Turned)
	known["align"] = p.oneOf(&e.Align, "left", "centre", "right")
	known["valign"] = p.oneOf(&e.VAlign, "top", "middle", "bottom")
	return []string{"width", "height"}
}

func (p *parser) checkImage(n *yaml.Node, given map[string]*yaml.Node) {
	if (given["file"] == nil) == (given["data"] == nil) {
		p.fail(n, "want either file (a PNG or JPEG beside the template) or data (one in base64)")
	}
}

// picture reads a picture in one of the two ways to name it.
func (p *parser) picture(e *Element, read func(string) (*picture.Picture, error)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			p.fail(n, "want text, have %s", kindName(n))
			return
		}
		var err error
		if e.Picture, err = read(n.Value); err != nil {
			p.fail(n, "%w", err)
		}
	}
}

// open reads a picture beside the template. Its name cannot lead out of that
// directory.
func (ps *pictures) open(name string) (*picture.Picture, error) {
	if found, ok := ps.files[name]; ok {
		return found, nil
	}
	if !fs.ValidPath(name) || strings.ContainsAny(name, `\:`) || name == "." {
		return nil, fmt.Errorf("%q is not the name of a file in the template's directory, as in logo.png", name)
	}
	if ps.dir == nil {
		return nil, fmt.Errorf("%q: this template has no directory to take pictures from; give the picture as data", name)
	}
	data, err := readBounded(ps.dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q: there is no such file beside the template", name)
	}
	if err != nil {
		return nil, err
	}
	found, err := ps.decode(data)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	ps.files[name] = found
	return found, nil
}

func readBounded(dir fs.FS, name string) (data []byte, err error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, picture.MaxBytes+1))
}

// inline reads a picture given in base64, which may be broken into lines.
func (ps *pictures) inline(text string) (*picture.Picture, error) {
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, fmt.Errorf("not base64: %w", err)
	}
	return ps.decode(data)
}

func (ps *pictures) decode(data []byte) (*picture.Picture, error) {
	w, h, err := picture.Measure(data)
	if err != nil {
		return nil, err
	}
	if ps.pixels += w * h; ps.pixels > maxPixels {
		return nil, fmt.Errorf("the template's pictures have more than %d million pixels together; save them smaller", maxPixels/1_000_000)
	}
	return picture.Decode(data)
}
