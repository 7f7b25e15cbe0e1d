package png_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	stdpng "image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/png"
)

func TestPicturesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := labels.NewDots(rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 10).Draw(t, "h"))
		for range rapid.IntRange(0, 60).Draw(t, "dots") {
			d.Set(rapid.IntRange(0, d.W-1).Draw(t, "x"), rapid.IntRange(0, d.H-1).Draw(t, "y"))
		}
		file, err := png.Picture(d, labels.DPI203)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, got); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
	})
}

func TestResolutionIsNoted(t *testing.T) {
	file, err := png.Picture(labels.NewDots(8, 8), labels.DPI203)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, []byte("pHYs\x00\x00\x1f\x40\x00\x00\x1f\x40\x01")) { // 8000 dots to a metre
		t.Error("the picture does not say 8 dots to the millimetre")
	}
	if _, err := stdpng.Decode(bytes.NewReader(file)); err != nil {
		t.Error(err)
	}
}

func TestUndrawable(t *testing.T) {
	if _, err := (png.Encoder{}).Encode(labels.Label{Name: "empty"}); err == nil {
		t.Error("a label without size was drawn")
	}
}

// TestAnyPictureIsReadAlike holds that the short way reads as the long one does.
func TestAnyPictureIsReadAlike(t *testing.T) {
	grey := image.NewGray(image.Rect(3, 5, 24, 12))
	full := image.NewNRGBA(grey.Rect)
	for i := range grey.Pix {
		grey.Pix[i] = byte(i * 37)
		full.Set(3+i%21, 5+i/21, color.Gray{Y: grey.Pix[i]})
	}
	read := func(img image.Image) labels.Dots {
		var file bytes.Buffer
		if err := stdpng.Encode(&file, img); err != nil {
			t.Fatal(err)
		}
		d, err := png.Decode(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if diff := cmp.Diff(read(full), read(grey)); diff != "" {
		t.Errorf("grey is read in another way (-colour +grey):\n%s", diff)
	}
}

// TestBombsAreRefused holds that a small file cannot take the machine's memory:
// it is refused for what it would be unpacked to, by its head alone.
func TestBombsAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		w, h        uint32
		depth, kind byte
		want        string
	}{
		"too many dots":          {15001, 15000, 1, 0, "more than a label has"},
		"so wide that it wraps":  {1 << 31, 1 << 31, 8, 0, "png"},
		"colours of 16 bits":     {15000, 14000, 16, 6, "more memory"},
		"colours":                {15000, 14000, 8, 2, "more memory"},
		"a large page in colour": {7016, 4961, 8, 6, "unexpected EOF"}, // is begun
		"greys":                  {15000, 15000, 8, 0, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			head := binary.BigEndian.AppendUint32([]byte("IHDR"), tc.w)
			head = append(binary.BigEndian.AppendUint32(head, tc.h), tc.depth, tc.kind, 0, 0, 0)
			file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
			file = binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(head))
			if _, err := png.Decode(file); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	file, err := png.Picture(labels.NewDots(8, 8), labels.DPI203)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 24 && (file[18] > 0 || file[22] > 0) {
			return // sides beyond 65535 only take memory
		}
		d, err := png.Decode(file)
		if err == nil && (d.W < 1 || d.H < 1) {
			t.Errorf("%d by %d dots", d.W, d.H)
		}
	})
}
