package labelproof

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"

	"waybill/labels"
	"waybill/labels/verify"
)

// A Read is one barcode that a decoder found in a picture.
type Read struct {
	Bytes      string
	Text       string // what letters the bytes are; empty where the decoder does not say
	Identifier string // symbology identifier, such as ]C1; empty where the decoder gives none
	X, Y       int    // of the symbol's middle, in dots; -1 where the decoder does not say
}

// A Decoder reads the barcodes of a picture.
type Decoder struct {
	Name string

	// Read returns the barcodes of a picture: of d, which is also the PNG file
	// at path.
	Read func(ctx context.Context, d labels.Dots, path string) ([]Read, error)

	// CannotRead says which symbologies the decoder has no way of reading, and
	// why. It is by symbology and never by label.
	CannotRead map[labels.Symbology]string

	// ASCIIOnly says of which symbologies the decoder gets nothing else right,
	// and why.
	ASCIIOnly map[labels.Symbology]string

	// Alone says which symbologies the decoder reads only where nothing else is
	// in the picture, and why: it is shown them cut out, with a quiet zone.
	Alone map[labels.Symbology]string
}

// ZXing returns the decoder behind decode.mjs.
func ZXing(n *Node) Decoder {
	return Decoder{
		Name: "zxing-wasm",
		Read: func(_ context.Context, _ labels.Dots, path string) ([]Read, error) {
			var answer struct {
				Symbols []struct {
					Identifier string `json:"identifier"`
					Bytes      string `json:"bytes"`
					Text       string `json:"text"`
					X          int    `json:"x"`
					Y          int    `json:"y"`
				} `json:"symbols"`
			}
			if err := n.Ask(map[string]string{"path": path}, &answer); err != nil {
				return nil, err
			}
			reads := make([]Read, len(answer.Symbols))
			for i, s := range answer.Symbols {
				bytes, err := base64.StdEncoding.DecodeString(s.Bytes)
				if err != nil {
					return nil, fmt.Errorf("zxing-wasm: %w", err)
				}
				reads[i] = Read{string(bytes), s.Text, s.Identifier, s.X, s.Y}
			}
			return reads, nil
		},
		CannotRead: map[labels.Symbology]string{
			labels.IMb: "ZXing-C++ has no decoder of four-state codes",
		},
		Alone: map[labels.Symbology]string{
			labels.MaxiCode: "ZXing-C++ does not look for the bull's eye; it takes the whole picture for the symbol",
		},
	}
}

// ZBar returns the decoder zbarimg.
func ZBar() (Decoder, error) {
	program, err := exec.LookPath("zbarimg")
	if err != nil {
		return Decoder{}, fmt.Errorf("zbarimg: %w (run tools/install.sh)", ErrMissing)
	}
	const none = "zbar has no decoder for it"
	return Decoder{
		Name: "zbar",
		Read: func(ctx context.Context, _ labels.Dots, path string) ([]Read, error) {
			return zbarimg(ctx, program, path)
		},
		CannotRead: map[labels.Symbology]string{
			labels.DataMatrix: none, labels.GS1DataMatrix: none, labels.Aztec: none, labels.MaxiCode: none, labels.IMb: none,
			labels.PDF417:     "zbar's decoder of it is unfinished and left out of its builds",
			labels.Code39Full: "zbar reports the pairs of characters, not what they stand for",
		},
		ASCIIOnly: map[labels.Symbology]string{
			labels.Code128: "zbar passes over FNC4, and so reads Zoë as Zok",
		},
	}, nil
}

// zbarSymbol finds the symbols in zbarimg's answer. It is XML in looks only:
// control characters stand in it as they are, and its end is missing.
var zbarSymbol = regexp.MustCompile(`(?s)<symbol type='([^']*)'[^>]*>.*?<data(?: format='base64' length='(\d+)')?><!\[CDATA\[(.*?)\]\]></data>`)

func zbarimg(ctx context.Context, program, path string) ([]Read, error) {
	out, err := zbarRun(ctx, program, "--xml", path)
	if err != nil {
		return nil, err
	}
	var reads []Read
	var plain []byte // the same contents one after the other, a line end behind each
	for _, m := range zbarSymbol.FindAllSubmatch(out, -1) {
		text := m[3]
		if len(m[2]) > 0 {
			// Its base64 of bytes beyond ASCII is wrong; --raw is right.
			if plain == nil {
				if plain, err = zbarRun(ctx, program, "--raw", path); err != nil {
					return nil, err
				}
			}
			n, err := strconv.Atoi(string(m[2]))
			at := len(reads)
			for _, r := range reads {
				at += len(r.Bytes)
			}
			if err != nil || at+n > len(plain) {
				return nil, fmt.Errorf("zbarimg: %d bytes at %d of %d (%w)", n, at, len(plain), err)
			}
			text = plain[at : at+n]
		}
		reads = append(reads, Read{Bytes: string(text), Identifier: string(m[1]), X: -1, Y: -1})
	}
	return reads, nil
}

// zbarRun runs zbarimg; it is no error that it finds nothing.
func zbarRun(ctx context.Context, program string, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, program, append([]string{"-q", "--nodbus", "-Supca.enable", "-Supce.enable"}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 4 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("zbarimg: %w", err)
	}
	return out, nil
}

// Gozxing returns the decoder of labels/verify: gozxing, and its own readers
// of the symbologies that gozxing has none for.
func Gozxing() Decoder {
	return Decoder{
		Name: "gozxing",
		CannotRead: map[labels.Symbology]string{
			labels.Code39Full: "a Code 39 does not say that its pairs stand for other characters; labels/verify knows it of a label's plan",
		},
		Read: func(_ context.Context, d labels.Dots, _ string) ([]Read, error) {
			found, err := verify.Decode(d)
			if err != nil {
				return nil, fmt.Errorf("gozxing: %w", err)
			}
			reads := make([]Read, len(found))
			for i, f := range found {
				reads[i] = Read{Bytes: f.Text, X: f.X, Y: f.Y}
			}
			return reads, nil
		},
	}
}
