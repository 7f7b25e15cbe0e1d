package pdf

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/jung-kurt/gofpdf"
	"golang.org/x/text/encoding/charmap"

	"waybill/labels"
)

// words writes the label's texts, to be found but not seen.
func words(doc *gofpdf.Fpdf, l labels.Label) {
	const (
		family    = "Helvetica"
		invisible = 3
		lift      = 0.2 // of the letters' feet, as a part of a line's height
	)
	doc.SetFont(family, "", 1)
	doc.SetTextRenderingMode(invisible)
	points := func(dots int) float64 { return float64(dots) * points * 10 / float64(l.Resolution) }
	for _, item := range l.Items {
		said, dx, dy, dw, dh := wording(l.Resolution, item)
		if strings.TrimSpace(said) == "" {
			continue
		}
		lines := strings.Split(said, "\n")
		x, y := points(dx), points(dy)
		width, height := points(dw), points(dh)/float64(len(lines))
		for i, line := range lines {
			text, actual := spelling(line)
			if actual == "" && strings.TrimSpace(text) == "" {
				continue
			}
			em := float64(max(doc.GetStringSymbolWidth(text), 1)) / 1000
			doc.SetFontSize(min(width/em, 1.4*height))
			if actual != "" {
				doc.RawWriteStr(actual)
			}
			doc.Text(x, y+height*(float64(i)+1-lift), text)
			if actual != "" {
				doc.RawWriteStr("EMC")
			}
		}
	}
}

// spelling returns a line in the letters that every PDF reader has a font for.
// Where they do not suffice, blanks keep the others' places, and actual, which
// not every reader heeds, says what the line is.
func spelling(line string) (text, actual string) {
	latin := charmap.Windows1252
	if text, err := latin.NewEncoder().String(line); err == nil {
		return text, ""
	}
	letters := make([]byte, 0, len(line))
	for _, r := range line {
		b, ok := latin.EncodeRune(r)
		if !ok {
			b = ' '
		}
		letters = append(letters, b)
	}
	hex := []byte("/Span <</ActualText <FEFF")
	for _, u := range utf16.Encode([]rune(line)) {
		hex = fmt.Appendf(hex, "%04X", u)
	}
	return string(letters), string(hex) + ">>> BDC"
}

// wording returns what an item says, and where, in dots.
func wording(res labels.Resolution, item labels.Item) (said string, x, y, w, h int) {
	switch item := item.(type) {
	case labels.Bitmap:
		return item.Text, res.Dots(item.At.X), res.Dots(item.At.Y), item.Dots.W, item.Dots.H
	case labels.Text:
		x, y, w, h = item.Area()
		return item.Text, x, y, w, h
	}
	return "", 0, 0, 0, 0
}
