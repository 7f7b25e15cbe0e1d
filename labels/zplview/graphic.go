package zplview

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"

	"waybill/labels"
)

// maxGraphic is the most bytes of one ^GF.
const maxGraphic = 99999

// graphic draws ^GF: hexadecimal digits (A), bytes as they are (B), or bytes
// that are compressed (C), of which only what also fits A is known.
func (p *page) graphic(c command) {
	parts := bytes.SplitN(c.args, []byte(","), 5)
	if len(parts) < 5 {
		p.unknown("^GF without data")
		return
	}
	kind := byte('A')
	if k := bytes.TrimSpace(parts[0]); len(k) > 0 {
		kind = upper(k[0])
	}
	if kind != 'A' && kind != 'B' {
		p.unknown("^GF" + printable([]byte{kind}))
		return
	}
	if kind == 'A' {
		parts = bytes.SplitN(c.text(), []byte(","), 5)
	}
	total, errT := strconv.Atoi(string(bytes.TrimSpace(parts[2])))
	stride, errS := strconv.Atoi(string(bytes.TrimSpace(parts[3])))
	if errT != nil || errS != nil || stride < 1 || total < 1 || total > maxGraphic || stride > maxGraphic {
		p.unknown("^GF with sizes outside 1 to 99999")
		return
	}
	if !p.affords(stride*8, total/stride) {
		return
	}
	data, err := parts[4], error(nil)
	if kind == 'A' {
		data, err = unpack(bytes.TrimSpace(data), total, stride)
	} else if len(data) < total {
		err = fmt.Errorf("%d bytes, want %d", len(data), total)
	}
	if err != nil {
		p.unknown("^GF: " + err.Error())
		return
	}
	rows := total / stride
	d := labels.Dots{W: stride * 8, H: rows, Stride: stride, Bits: data[:rows*stride]}
	p.place(piece{dots: d, w: d.W, h: rows, base: rows, turn: 'N'})
}

// unpack returns total bytes of picture data in any of its encodings.
func unpack(data []byte, total, stride int) ([]byte, error) {
	if len(data) > 4 && data[0] == ':' && data[4] == ':' && data[3] == '4' { // a run of ':' repeats rows instead
		return unpack64(data, total)
	}
	return unpackHex(data, total, stride)
}

// unpack64 reads :B64: and :Z64:. A checksum that does not match is an error,
// as it is for the printer, which then prints nothing there.
func unpack64(data []byte, total int) ([]byte, error) {
	kind := string(data[1:4])
	body, sum, ok := bytes.Cut(data[5:], []byte(":"))
	if !ok {
		return nil, errors.New("no checksum")
	}
	want, err := strconv.ParseUint(string(bytes.TrimSpace(sum)), 16, 16)
	if err != nil {
		return nil, errors.New("a checksum that is no number")
	}
	if got := checksum(body); uint64(got) != want {
		return nil, fmt.Errorf("checksum %04X, want %04X", got, want)
	}
	raw, err := base64.StdEncoding.DecodeString(string(body))
	if err != nil {
		return nil, errors.New("broken base64")
	}
	switch kind {
	case "B64":
	case "Z64":
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, errors.New("broken compression")
		}
		raw, err = io.ReadAll(io.LimitReader(z, int64(total)+1))
		if err != nil {
			return nil, errors.New("broken compression")
		}
	default:
		return nil, fmt.Errorf("encoding %s", printable([]byte(kind)))
	}
	if len(raw) != total {
		return nil, fmt.Errorf("%d bytes, want %d", len(raw), total)
	}
	return raw, nil
}

// checksum is the CRC with polynomial 0x1021 from zero, of a table half a byte
// wide; the encoder's goes bit by bit, so that neither hides the other's slip.
func checksum(data []byte) uint16 {
	table := [16]uint16{
		0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
		0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
	}
	var crc uint16
	for _, b := range data {
		crc = crc<<4 ^ table[byte(crc>>12)^b>>4]
		crc = crc<<4 ^ table[byte(crc>>12)^b&0x0f]
	}
	return crc
}

// unpackHex reads hexadecimal with run lengths: G to Y are 1 to 19 and g to z
// 20 to 400 times the next digit, ',' fills a row with white, '!' with black,
// ':' repeats the row above.
func unpackHex(data []byte, total, stride int) ([]byte, error) {
	width := 2 * stride // digits to a row
	digits := make([]byte, 0, 2*total)
	fill := func(n int, d byte) {
		for ; n > 0 && len(digits) < 2*total; n-- {
			digits = append(digits, d)
		}
	}
	repeat := 0
	for _, c := range data {
		switch {
		case c >= 'G' && c <= 'Y':
			repeat += int(c-'G') + 1
		case c >= 'g' && c <= 'z':
			repeat += 20 * (int(c-'g') + 1)
		case c == ',':
			fill(rest(len(digits), width), 0)
		case c == '!':
			fill(rest(len(digits), width), 0xf)
		case c == ':':
			if len(digits) < width || len(digits)%width != 0 {
				return nil, errors.New("a row to repeat is missing")
			}
			for _, d := range digits[len(digits)-width:] {
				fill(1, d)
			}
		default:
			n, err := strconv.ParseUint(string(c), 16, 8)
			if err != nil {
				return nil, fmt.Errorf("%q in hexadecimal data", c)
			}
			fill(max(repeat, 1), byte(n))
			repeat = 0
		}
	}
	out := make([]byte, total) // what is missing is white
	for i, d := range digits {
		out[i/2] |= d << (4 * (1 - i%2))
	}
	return out, nil
}

func rest(have, width int) int { return width - have%width }
