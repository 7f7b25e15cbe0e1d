package picture_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/picture"
)

type fataler interface{ Fatal(...any) }

func encode(t fataler, img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(t fataler, data []byte) *picture.Picture {
	p, err := picture.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plain returns a picture of one grey.
func plain(w, h int, g uint8) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = g
	}
	return img
}

// gradient goes from black at the left to white at the right.
func gradient(w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i % w * 255 / (w - 1))
	}
	return img
}

func black(d labels.Dots) int {
	n := 0
	for y := range d.H {
		for x := range d.W {
			if d.Black(x, y) {
				n++
			}
		}
	}
	return n
}

// TestGreyIsAsDarkAsItLooks: the share of black dots is that of the light which
// the grey does not send out.
func TestGreyIsAsDarkAsItLooks(t *testing.T) {
	for g, want := range map[uint8]float64{0: 1, 64: 0.949, 128: 0.784, 188: 0.497, 230: 0.209, 255: 0} {
		p := decode(t, encode(t, plain(50, 50, g)))
		for _, dither := range []picture.Dither{picture.Floyd, picture.Ordered} {
			d := p.Draw(picture.Style{W: 200, H: 200, Dither: dither})
			if got := float64(black(d)) / 40000; got < want-0.015 || got > want+0.015 {
				t.Errorf("grey %d, %s: %.3f black, want %.3f", g, dither, got, want)
			}
		}
	}
}

func TestBox(t *testing.T) {
	p := decode(t, encode(t, plain(300, 100, 0)))
	for name, tc := range map[string]struct {
		st   picture.Style
		w, h int
	}{
		"as wide as the box": {picture.Style{W: 90, H: 90}, 90, 30},
		"as high as the box": {picture.Style{W: 900, H: 90}, 270, 90},
		"stretched":          {picture.Style{W: 90, H: 90, Stretch: true}, 90, 90},
		"enlarged":           {picture.Style{W: 1000, H: 1000}, 1000, 333},
		"thin":               {picture.Style{W: 1, H: 1}, 1, 1},
	} {
		d := p.Draw(tc.st)
		if d.W != tc.w || d.H != tc.h || black(d) != d.W*d.H {
			t.Errorf("%s: %d by %d with %d black, want %d by %d, all black", name, d.W, d.H, black(d), tc.w, tc.h)
		}
		tc.st.Invert = true
		if d := p.Draw(tc.st); black(d) != 0 {
			t.Errorf("%s, inverted: %d black dots", name, black(d))
		}
	}
}

// TestDrawingsKeepTheirDots: a black and white picture in its own size is not
// dithered, and enlarged it is its pixels enlarged.
func TestDrawingsKeepTheirDots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := labels.NewDots(rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h"))
		img := plain(want.W, want.H, 255)
		for y := range want.H {
			for x := range want.W {
				if rapid.Bool().Draw(t, "black") {
					img.SetGray(x, y, color.Gray{})
					want.Set(x, y)
				}
			}
		}
		n := rapid.IntRange(1, 3).Draw(t, "times")
		got := decode(t, encode(t, img)).Draw(picture.Style{W: n * want.W, H: n * want.H})
		if diff := cmp.Diff(want.Enlarge(n, n), got); diff != "" {
			t.Fatalf("dots (-want +got):\n%s", diff)
		}
	})
}

func TestSoftEdgesStayStraight(t *testing.T) {
	img := plain(40, 40, 255)
	for y := range 40 {
		for x := range 20 {
			img.SetGray(x, y, color.Gray{})
		}
		img.SetGray(20, y, color.Gray{Y: 100})
	}
	d := decode(t, encode(t, img)).Draw(picture.Style{W: 40, H: 40})
	if x, _, w, _ := d.Ink(); x != 0 || w != 21 || black(d) != 21*40 {
		t.Errorf("ink %d wide with %d dots, want 21 and all black", w, black(d))
	}
}

func TestTransparentIsWhite(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 10, 10))
	img.SetNRGBA(3, 3, color.NRGBA{A: 255})
	if n := black(decode(t, encode(t, img)).Draw(picture.Style{W: 10, H: 10})); n != 1 {
		t.Errorf("%d black dots, want 1", n)
	}
}

// TestSameDotsEverywhere holds the dots of a drawing by their checksum.
func TestSameDotsEverywhere(t *testing.T) {
	p := decode(t, encode(t, gradient(321, 77)))
	for dither, want := range map[picture.Dither]uint32{picture.Floyd: 0x6c66acdc, picture.Ordered: 0x4f410a79, picture.Threshold: 0x90a94ce9} {
		d := p.Draw(picture.Style{W: 203, H: 60, Dither: dither, Stretch: true})
		if got := crc32.ChecksumIEEE(d.Bits); got != want {
			t.Errorf("%s: checksum %#08x, want %#08x", dither, got, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	var g, j bytes.Buffer
	if err := gif.Encode(&g, plain(3, 3, 0), nil); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&j, gradient(30, 30), nil); err != nil {
		t.Fatal(err)
	}
	bomb := encode(t, plain(3, 3, 0))
	copy(bomb[16:], "\x00\x01\x00\x00\x00\x01\x00\x00") // width and height of 65536, and a checksum to match
	sum := crc32.ChecksumIEEE(bomb[12:29])
	copy(bomb[29:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	for name, tc := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":   {nil, "neither PNG nor JPEG"},
		"GIF":       {g.Bytes(), "neither PNG nor JPEG"},
		"cut off":   {encode(t, plain(30, 30, 7))[:60], "unexpected EOF"},
		"bomb":      {bomb, "65536 by 65536 pixels: more than 20 million"},
		"heavy":     {make([]byte, picture.MaxBytes+1), "save it smaller"},
		"jpeg stub": {j.Bytes()[:len(j.Bytes())/2], "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := picture.Decode(tc.data)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

func TestJPEG(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, gradient(128, 32), nil); err != nil {
		t.Fatal(err)
	}
	d := decode(t, b.Bytes()).Draw(picture.Style{W: 128, H: 32})
	left, right := black(d.Crop(0, 0, 32, 32)), black(d.Crop(96, 0, 32, 32))
	if left < 900 || right > 400 {
		t.Errorf("%d black dots at the left, %d at the right", left, right)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, gradient(20, 3)), 7, 9)
	f.Add(encode(f, image.NewPaletted(image.Rect(0, 0, 5, 5), color.Palette{color.Black, color.White})), 1, 1)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, gradient(9, 9), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes(), 3, 300)
	f.Fuzz(func(t *testing.T, data []byte, w, h int) {
		p, err := picture.Decode(data)
		if err != nil {
			return
		}
		st := picture.Style{W: w & 255, H: h & 255, Stretch: w&256 != 0, Invert: h&256 != 0}
		for _, st.Dither = range []picture.Dither{picture.Auto, picture.Floyd, picture.Ordered, picture.Threshold} {
			if d := p.Draw(st); d.W < 1 || d.H < 1 || d.W > max(st.W, 1) || d.H > max(st.H, 1) {
				t.Errorf("%s", fmt.Sprint(st, d.W, d.H))
			}
		}
	})
}

func BenchmarkFloyd(b *testing.B) {
	p := decode(b, encode(b, gradient(1200, 800)))
	n := 0
	for b.Loop() {
		n = (n + 1) % 8 // never the drawing that is kept
		p.Draw(picture.Style{W: 600 + n, H: 400})
	}
}
