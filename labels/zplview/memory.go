package zplview

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"
	"slices"
	"strconv"
	"strings"

	"waybill/labels"
)

// A Memory is what a printer has stored: graphics by ~DG and ~DY, formats by
// ^DF. The zero Memory is empty.
type Memory struct {
	graphics map[string]labels.Dots
	formats  map[string][]command
	dots     int // of the pictures that were read from files, in all
}

// The bounds of a memory. A picture file of a few bytes may hold millions of dots,
// each of which takes 8 bytes while it is read: the most is a label of 4 by 12
// inches at 600 dpi.
const (
	maxObjects     = 1000
	maxPicture     = 18 << 20
	maxAllPictures = 4 * maxPicture
)

// Load takes in what a stream stores: downloads anywhere, and formats with ^DF.
// The error says what could not be; the rest is stored.
func (m *Memory) Load(data []byte, chars Prefixes) error {
	if m.graphics == nil {
		m.graphics, m.formats = map[string]labels.Dots{}, map[string][]command{}
	}
	var errs []error
	var format []command
	for _, c := range scan(data, chars) {
		if len(m.graphics)+len(m.formats) >= maxObjects {
			return errors.Join(append(errs, errors.New("more objects than a printer holds"))...)
		}
		switch c.name {
		case "~DG", "~DY":
			if err := m.download(c); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
			}
		case "^XA":
			format = nil
		case "^XZ":
			if i := slices.IndexFunc(format, func(c command) bool { return c.name == "^DF" }); i >= 0 {
				m.formats[objectName(format[i].list()[0], "ZPL")] = slices.Delete(format, i, i+1)
			}
			format = nil
		default:
			format = append(format, c)
		}
	}
	return errors.Join(errs...)
}

// Recalls reports whether a format draws anything that a memory holds.
func Recalls(data []byte, chars Prefixes) bool {
	return slices.ContainsFunc(scan(data, chars), func(c command) bool {
		return c.name == "^XG" || c.name == "^IM" || c.name == "^XF"
	})
}

// objectName returns a name in full: the drive R where none is given, and the
// usual extension.
func objectName(s, extension string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) < 2 || s[1] != ':' {
		s = "R:" + s
	}
	if !strings.Contains(s, ".") {
		s += "." + extension
	}
	return s
}

// download stores a graphic.
func (m *Memory) download(c command) error {
	parts := bytes.SplitN(c.args, []byte(","), 4)
	if c.name == "~DY" {
		parts = bytes.SplitN(c.args, []byte(","), 6)
	}
	name, kind, extension := parts[0], byte('A'), "GRF"
	if c.name == "~DY" {
		if len(parts) < 6 || len(parts[1]) == 0 || len(parts[2]) == 0 {
			return errors.New("parameters are missing")
		}
		kind = upper(parts[1][0])
		switch x := upper(parts[2][0]); x {
		case 'G':
		case 'P':
			extension = "PNG"
		default:
			return fmt.Errorf("objects of kind %s are not known", printable([]byte{x}))
		}
		parts = [][]byte{name, parts[3], parts[4], parts[5]}
	}
	if len(parts) < 4 {
		return errors.New("parameters are missing")
	}
	d, err := m.graphicOf(parts, kind, extension)
	if err != nil {
		return err
	}
	m.graphics[objectName(string(name), extension)] = d
	return nil
}

// graphicOf reads a graphic from total, bytes to a row and data.
func (m *Memory) graphicOf(parts [][]byte, kind byte, extension string) (labels.Dots, error) {
	total, err := strconv.Atoi(string(bytes.TrimSpace(parts[1])))
	if err != nil || total < 1 || total > maxFormat {
		return labels.Dots{}, errors.New("a size that is none")
	}
	if extension == "PNG" {
		return m.pngOf(parts[3], kind, total)
	}
	stride, err := strconv.Atoi(string(bytes.TrimSpace(parts[2])))
	if err != nil || stride < 1 || stride > total {
		return labels.Dots{}, errors.New("rows that are none")
	}
	data := parts[3]
	if kind == 'B' {
		if len(data) < total {
			return labels.Dots{}, fmt.Errorf("%d bytes, want %d", len(data), total)
		}
	} else {
		data = bytes.TrimSpace(command{args: data}.text())
		if data, err = unpack(data, total, stride); err != nil {
			return labels.Dots{}, err
		}
	}
	rows := total / stride
	return labels.Dots{W: stride * 8, H: rows, Stride: stride, Bits: bytes.Clone(data[:rows*stride])}, nil
}

// pngOf reads a picture file: as it is, in hexadecimal digits or in base64.
func (m *Memory) pngOf(data []byte, kind byte, total int) (labels.Dots, error) {
	switch {
	case kind == 'B':
		data = data[:min(total, len(data))]
	case bytes.HasPrefix(data, []byte(":B64:")):
		body, _, _ := bytes.Cut(data[5:], []byte(":"))
		raw, err := base64.StdEncoding.DecodeString(string(command{args: body}.text()))
		if err != nil {
			return labels.Dots{}, errors.New("broken base64")
		}
		data = raw
	default:
		raw, err := hex.DecodeString(string(bytes.TrimSpace(command{args: data}.text())))
		if err != nil {
			return labels.Dots{}, errors.New("broken hexadecimal")
		}
		data = raw
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || config.Width < 1 || config.Height < 1 || config.Width > maxSide || config.Height > maxSide {
		return labels.Dots{}, errors.New("no picture of a size that a label has")
	}
	size := config.Width * config.Height
	if m.dots += size; size > maxPicture || m.dots > maxAllPictures {
		return labels.Dots{}, errors.New("a picture of more dots than a label has")
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return labels.Dots{}, errors.New("a broken picture")
	}
	b := picture.Bounds()
	d := labels.NewDots(b.Dx(), b.Dy())
	for y := range d.H {
		for x := range d.W {
			r, g, bl, a := picture.At(b.Min.X+x, b.Min.Y+y).RGBA()
			if a >= 0x8000 && 299*r+587*g+114*bl < 1000*0x8000 {
				d.Set(x, y)
			}
		}
	}
	return d, nil
}

// recallGraphic draws ^XG, so many times as wide and high, or ^IM.
func (p *page) recallGraphic(c command) {
	name := objectName(c.list()[0], "GRF")
	var d labels.Dots
	if p.memory != nil {
		d = p.memory.graphics[name]
	}
	if d.Bits == nil {
		p.unknown(c.name + " of " + printable([]byte(name)) + ", which is not stored")
		return
	}
	mx, my := 1, 1
	if c.name == "^XG" {
		mx, my = c.number(1, 1, 1, 10), c.number(2, 1, 1, 10)
	}
	if !p.affords(d.W*mx, d.H*my) {
		return
	}
	if mx > 1 || my > 1 {
		d = d.Enlarge(mx, my)
	}
	p.place(piece{dots: d, w: d.W, h: d.H, base: d.H, turn: 'N'})
}

// maxRecalled bounds formats that recall others.
const maxRecalled = 4

// recall carries out ^XF: a stored format, whose numbered fields get their data
// from the fields that follow.
func (p *page) recall(c command) {
	name := objectName(c.list()[0], "ZPL")
	var stored []command
	if p.memory != nil {
		stored = p.memory.formats[name]
	}
	if stored == nil {
		p.unknown("^XF of " + printable([]byte(name)) + ", which is not stored")
		return
	}
	if p.recalled >= maxRecalled {
		p.unknown("^XF within ^XF too often")
		return
	}
	if p.commands += len(stored); p.commands > maxCommands {
		p.unknown("^XF of more commands than a label has")
		return
	}
	p.recalled++
	for _, c := range stored {
		p.do(c)
	}
	p.recalled--
}

// numbered takes a field with ^FN at its end. It reports whether the field is
// drawn now: within a recalled format it waits for its data.
func (p *page) numbered(f field) bool {
	if p.recalled > 0 {
		if p.pending == nil {
			p.pending = map[int][]field{}
		}
		if len(p.pending) < maxObjects && len(p.pending[f.number]) < maxObjects {
			p.pending[f.number] = append(p.pending[f.number], f)
		}
		return false
	}
	if f.has {
		if p.values == nil {
			p.values = map[int][]byte{}
		}
		data := f.data
		if f.hex != 0 {
			data = unhex(data, f.hex)
		}
		p.values[f.number] = data
	} else {
		if v, ok := p.values[f.number]; ok {
			p.field.data, p.field.has, p.field.hex = v, true, 0
		}
		return true
	}
	waiting := p.pending[f.number]
	delete(p.pending, f.number)
	for _, w := range waiting {
		w.data, w.has, w.hex = f.data, true, f.hex
		p.field = w
		p.drawField()
	}
	return len(waiting) == 0
}

// drawPending draws the fields of recalled formats that got no data but have
// some of their own.
func (p *page) drawPending() {
	var numbers []int
	for n := range p.pending {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		for _, f := range p.pending[n] {
			p.field = f
			p.drawField()
		}
	}
	p.field = field{}
}
