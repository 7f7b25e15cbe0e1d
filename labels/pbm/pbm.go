// Package pbm reads PBM, the plain bitmap format in which rasterisers hand
// over black and white pictures.
//
// It reads the packed kind (P4) only, and several pictures one after another;
// it writes none.
package pbm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"waybill/labels"
)

// maxDots bounds the dots of a picture.
const maxDots = 15000 * 15000

// Decode returns the pictures in data.
func Decode(data []byte) ([]labels.Dots, error) {
	r := bufio.NewReader(bytes.NewReader(data))
	var pictures []labels.Dots
	for {
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			return pictures, nil
		}
		d, err := one(r, len(data))
		if err != nil {
			return nil, fmt.Errorf("pbm: picture %d: %w", len(pictures)+1, err)
		}
		pictures = append(pictures, d)
	}
}

func one(r *bufio.Reader, most int) (labels.Dots, error) {
	if kind, err := token(r); err != nil || kind != "P4" {
		return labels.Dots{}, errors.New("not in the packed form, P4")
	}
	w, errW := number(r)
	h, errH := number(r)
	if err := errors.Join(errW, errH); err != nil {
		return labels.Dots{}, err
	}
	if w < 1 || h < 1 || w > maxDots/h || (w+7)/8*h > most {
		return labels.Dots{}, fmt.Errorf("%d by %d dots do not fit the file", w, h)
	}
	d := labels.NewDots(w, h)
	if _, err := io.ReadFull(r, d.Bits); err != nil {
		return labels.Dots{}, errors.New("cut short")
	}
	if spare := d.Stride*8 - w; spare > 0 { // the spare bits of a row are no dots
		for y := range h {
			d.Bits[(y+1)*d.Stride-1] &= 0xff << spare
		}
	}
	return d, nil
}

func number(r *bufio.Reader) (int, error) {
	s, err := token(r)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > maxDots {
			return 0, fmt.Errorf("a size of %q", s)
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

// token returns the next word and takes the one white character behind it;
// comments go from # to the end of their line.
func token(r *bufio.Reader) (string, error) {
	var word []byte
	for {
		c, err := r.ReadByte()
		if err != nil {
			return "", errors.New("cut short")
		}
		switch {
		case c == '#' && len(word) == 0:
			if _, err := r.ReadSlice('\n'); err != nil {
				return "", errors.New("cut short")
			}
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			if len(word) > 0 {
				return string(word), nil
			}
		case len(word) == 20:
			return "", errors.New("a header that is none")
		default:
			word = append(word, c)
		}
	}
}
