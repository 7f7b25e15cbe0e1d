// Package picture turns picture files into the black and white dots of a
// label: it reads PNG and JPEG, scales by the light of whole areas, and dithers.
//
// The package opens no files and places nothing. It reckons in whole numbers,
// so that a picture gives the same dots on every machine.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"sync"

	"waybill/labels"
)

// Limits of a picture file.
const (
	MaxBytes  = 4 << 20
	MaxPixels = 20_000_000

	maxMemory = 4 * MaxPixels // bytes that decoding may take
)

// A Picture is a decoded picture in greys. It is safe for concurrent use.
type Picture struct {
	w, h    int
	greys   []uint8
	bilevel bool

	mu    sync.Mutex
	drawn map[Style]labels.Dots
}

// Size returns the picture's width and height in pixels.
func (p *Picture) Size() (w, h int) { return p.w, p.h }

// Measure returns the width and height in pixels of a PNG or JPEG file without
// unpacking it; it refuses what Decode refuses for its size.
func Measure(data []byte) (w, h int, err error) {
	_, config, err := open(data)
	return config.Width, config.Height, err
}

// Decode reads a PNG or JPEG file. What is too large is refused before it is
// unpacked. Transparent parts are white; a rotation noted in a JPEG is not
// obeyed.
func Decode(data []byte) (*Picture, error) {
	f, _, err := open(data)
	if err != nil {
		return nil, err
	}
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return fromImage(img), nil
}

// open reads a file's head and says whether it may be unpacked.
func open(data []byte) (f format, config image.Config, err error) {
	if len(data) > MaxBytes {
		return f, config, fmt.Errorf("picture of %d bytes: more than %d; save it smaller", len(data), MaxBytes)
	}
	f, ok := formatOf(data)
	if !ok {
		return f, config, errors.New("picture: neither PNG nor JPEG; convert it to one")
	}
	config, err = f.config(bytes.NewReader(data))
	if err != nil {
		return f, config, fmt.Errorf("picture: %w", err)
	}
	if config.Width <= 0 || config.Height <= 0 {
		return f, config, fmt.Errorf("picture of %d by %d pixels: there is nothing to draw", config.Width, config.Height)
	}
	if config.Width > MaxPixels/config.Height || config.Width*config.Height > maxMemory/depth(config) {
		return f, config, fmt.Errorf("picture of %d by %d pixels: more than %d million; save it smaller",
			config.Width, config.Height, min(MaxPixels, maxMemory/depth(config))/1_000_000)
	}
	return f, config, nil
}

// A format is a kind of picture file. Those that other packages register with
// package image are none of ours.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func formatOf(data []byte) (format, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return format{png.DecodeConfig, png.Decode}, true
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		return format{jpeg.DecodeConfig, jpeg.Decode}, true
	}
	return format{}, false
}

// depth returns the bytes that a decoded pixel takes at the most.
func depth(c image.Config) int {
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	default:
		return 4
	}
}

func fromImage(img image.Image) *Picture {
	size := img.Bounds()
	p := &Picture{w: size.Dx(), h: size.Dy(), drawn: map[Style]labels.Dots{}}
	p.greys = greysOf(img, p.w, p.h)
	plain := 0
	for _, g := range p.greys {
		if g < nearBlack || g > nearWhite {
			plain++
		}
	}
	p.bilevel = plain*20 >= len(p.greys)*19
	return p
}

// greysOf returns the picture's pixels on white.
func greysOf(img image.Image, w, h int) []uint8 {
	if g, ok := img.(*image.Gray); ok && g.Stride == w {
		return g.Pix
	}
	greys := make([]uint8, 0, w*h)
	row := image.NewRGBA(image.Rect(0, 0, w, 1))
	for y := range h {
		draw.Draw(row, row.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(row, row.Rect, img, img.Bounds().Min.Add(image.Pt(0, y)), draw.Over)
		for x := range w {
			c := row.Pix[4*x : 4*x+3 : 4*x+3]
			greys = append(greys, grey(c[0], c[1], c[2]))
		}
	}
	return greys
}

// What is taken for black and white in a picture that is meant to be black and
// white: its edges may be soft.
const (
	nearBlack = 48
	nearWhite = 207
)
