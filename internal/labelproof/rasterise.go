package labelproof

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"waybill/labels"
	"waybill/labels/pbm"
	"waybill/labels/png"
)

// A Rasteriser is a program that draws PDF documents.
type Rasteriser struct {
	Name string
	argv []string
	grey bool // it writes pictures in grey, one file to a page
}

// Rasterisers returns the programs that are asked, by what they are called.
func Rasterisers() []Rasteriser {
	return []Rasteriser{
		{"poppler", []string{"pdftoppm", "-r", "$dpi", "-mono", "$pdf"}, false},
		{"ghostscript", []string{"gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pbmraw", "-r$dpi", "-sOutputFile=-", "$pdf"}, false},
		{"mupdf", []string{"mutool", "draw", "-q", "-r", "$dpi", "-c", "gray", "-F", "pgm", "-o", "$dir/%d.pgm", "$pdf"}, true},
	}
}

// Draw returns the pages of a document at a resolution; what is darker than
// middle grey is black.
func (r Rasteriser) Draw(ctx context.Context, document []byte, res labels.Resolution) ([]labels.Dots, error) {
	program, err := exec.LookPath(r.argv[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w (run tools/install.sh)", r.Name, ErrMissing)
	}
	dir, err := os.MkdirTemp("", "labelproof")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // of the system's temporary folder
	words := map[string]string{
		"dpi": strconv.FormatFloat(float64(res)/10, 'f', 1, 64), "dir": dir, "pdf": filepath.Join(dir, "label.pdf"),
	}
	if err := os.WriteFile(words["pdf"], document, 0o600); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	argv := make([]string, 0, len(r.argv))
	for _, a := range r.argv[1:] {
		argv = append(argv, os.Expand(a, func(s string) string { return words[s] }))
	}
	cmd := exec.CommandContext(ctx, program, argv...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %.200s", r.Name, err, complaint.Bytes())
	}
	if r.grey {
		return greyPages(dir)
	}
	pages, err := pbm.Decode(out)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	return pages, nil
}

// greyPages reads 1.pgm, 2.pgm and so on.
func greyPages(dir string) ([]labels.Dots, error) {
	var pages []labels.Dots
	for {
		data, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(len(pages)+1)+".pgm"))
		if os.IsNotExist(err) {
			return pages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", len(pages)+1, err)
		}
		d, err := grey(data)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", len(pages)+1, err)
		}
		pages = append(pages, d)
	}
}

// grey reads a PGM picture of one byte to a dot.
func grey(data []byte) (labels.Dots, error) {
	var w, h int
	if _, err := fmt.Sscanf(string(data[:min(len(data), 40)]), "P5\n%d %d\n255\n", &w, &h); err != nil {
		return labels.Dots{}, fmt.Errorf("a PGM picture: %w", err)
	}
	_, dots, ok := bytes.Cut(data, []byte("\n255\n"))
	if !ok || len(dots) != w*h {
		return labels.Dots{}, fmt.Errorf("a PGM picture: %d bytes of dots, want %d", len(dots), w*h)
	}
	d := labels.NewDots(w, h)
	for y := range h {
		for x, g := range dots[y*w : (y+1)*w] {
			if g < 0x80 {
				d.Bits[y*d.Stride+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return d, nil
}

// A ZPLRenderer draws ZPL with zpl-renderer-js, which is zebrash.
type ZPLRenderer struct{ *Node }

// Draw returns what the format would print on a label of w by h dots.
func (r ZPLRenderer) Draw(format []byte, w, h int, res labels.Resolution) (labels.Dots, error) {
	perMM := 8
	switch {
	case res > 4000:
		perMM = 24
	case res > 2500:
		perMM = 12
	}
	// The script wants a character to a byte.
	chars := make([]rune, len(format))
	for i, b := range format {
		chars[i] = rune(b)
	}
	var answer struct {
		PNG string `json:"png"`
	}
	err := r.Ask(map[string]any{"zpl": string(chars), "width": w, "height": h, "dpmm": perMM}, &answer)
	if err != nil {
		return labels.Dots{}, err
	}
	data, err := base64.StdEncoding.DecodeString(answer.PNG)
	if err != nil {
		return labels.Dots{}, fmt.Errorf("%s: %w", r.name, err)
	}
	d, err := png.Decode(data)
	if err != nil {
		return labels.Dots{}, fmt.Errorf("%s: %w", r.name, err)
	}
	return d, nil
}
