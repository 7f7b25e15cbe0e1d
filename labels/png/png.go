// Package png encodes a label as a picture of its dots: one bit to a dot, with
// the resolution noted, so that the picture prints at its true size.
//
// It does not scale: a barcode that is drawn over loses what makes it scan.
package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	stdpng "image/png"

	"waybill/labels"
	"waybill/labels/raster"
)

// An Encoder writes labels as PNG. The zero Encoder is ready to use.
type Encoder struct{}

var _ labels.Encoder = Encoder{}

// Encode returns the label as a PNG file.
func (Encoder) Encode(l labels.Label) ([]byte, error) {
	d, err := raster.Draw(l)
	if err != nil {
		return nil, err
	}
	return Picture(d, l.Resolution)
}

// level is as far as compression pays: at 6 the file is a sixth smaller and
// takes three times as long.
const level = 3

// Picture returns dots as a PNG file.
func Picture(d labels.Dots, res labels.Resolution) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	header := make([]byte, 13)
	binary.BigEndian.PutUint32(header, uint32(d.W))
	binary.BigEndian.PutUint32(header[4:], uint32(d.H))
	header[8] = 1 // bits to a dot; the rest is grey, plain, not interlaced
	chunk(&out, "IHDR", header)
	physical := make([]byte, 9)
	perMetre := uint32((int64(res)*10000 + 1270) / 2540)
	binary.BigEndian.PutUint32(physical, perMetre)
	binary.BigEndian.PutUint32(physical[4:], perMetre)
	physical[8] = 1 // dots to a metre
	chunk(&out, "pHYs", physical)
	var data bytes.Buffer
	z, err := zlib.NewWriterLevel(&data, level)
	if err != nil {
		return nil, fmt.Errorf("png: %w", err)
	}
	row := make([]byte, 1+d.Stride) // a filter byte, then the dots; 1 is white
	for y := range d.H {
		for i, b := range d.Bits[y*d.Stride : (y+1)*d.Stride] {
			row[1+i] = ^b
		}
		if _, err := z.Write(row); err != nil {
			return nil, fmt.Errorf("png: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("png: %w", err)
	}
	chunk(&out, "IDAT", data.Bytes())
	chunk(&out, "IEND", nil)
	return out.Bytes(), nil
}

func chunk(out *bytes.Buffer, kind string, data []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(data)))
	out.Write(n[:])
	start := out.Len()
	out.WriteString(kind)
	out.Write(data)
	binary.BigEndian.PutUint32(n[:], crc32.ChecksumIEEE(out.Bytes()[start:]))
	out.Write(n[:])
}

// Bounds on a picture that is read.
const (
	maxPixels = 15000 * 15000
	maxMemory = 256 << 20 // bytes of its pixels as they are unpacked: 16 bits to a colour take eight times what greys do
)

// Decode reads a PNG file as dots: what is darker than middle grey is black,
// what is transparent is white.
func Decode(data []byte) (labels.Dots, error) {
	config, err := stdpng.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return labels.Dots{}, fmt.Errorf("png: %w", err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		return labels.Dots{}, fmt.Errorf("png: %d by %d dots is more than a label has", config.Width, config.Height)
	}
	if config.Width > maxMemory/pixelBytes(config.ColorModel)/config.Height {
		return labels.Dots{}, fmt.Errorf("png: %d by %d dots in colour take more memory than a label may (save it in black and white)", config.Width, config.Height)
	}
	img, err := stdpng.Decode(bytes.NewReader(data))
	if err != nil {
		return labels.Dots{}, fmt.Errorf("png: %w", err)
	}
	return dots(img), nil
}

// pixelBytes returns how many bytes a pixel takes when it is unpacked.
func pixelBytes(m color.Model) int {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

func dots(img image.Image) labels.Dots {
	if grey, ok := img.(*image.Gray); ok {
		return ofGrey(grey)
	}
	b := img.Bounds()
	d := labels.NewDots(b.Dx(), b.Dy())
	for y := range d.H {
		for x := range d.W {
			r, g, bl, a := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			if a >= 0x8000 && (299*r+587*g+114*bl)/1000 < 0x8000 {
				d.Set(x, y)
			}
		}
	}
	return d
}

// ofGrey is dots for what most label pictures are, many times as fast.
func ofGrey(img *image.Gray) labels.Dots {
	b := img.Bounds()
	d := labels.NewDots(b.Dx(), b.Dy())
	for y := range d.H {
		row := d.Bits[y*d.Stride : (y+1)*d.Stride]
		for x, grey := range img.Pix[y*img.Stride:][:d.W] {
			if grey < 0x80 {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return d
}
