package zpl

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"

	"waybill/labels"
)

// level is as far as compression pays on text and bars.
const level = 6

// graphic writes dots at x, y, in strips that printers accept.
func (b *builder) graphic(x, y int, d labels.Dots) error {
	if d.W == 0 || d.H == 0 {
		return nil
	}
	if x < 0 || y < 0 {
		return fmt.Errorf("a picture at %d,%d", x, y)
	}
	rows := maxGraphic / d.Stride
	if rows == 0 {
		return fmt.Errorf("a picture of %d dots is too wide", d.W)
	}
	for top := 0; top < d.H; top += rows {
		strip := d.Bits[top*d.Stride : min(top+rows, d.H)*d.Stride]
		data, err := z64(strip)
		if err != nil {
			return err
		}
		b.command("FO", x, y+top)
		b.line("GFA,", fmt.Sprintf("%d,%d,%d,", len(strip), len(strip), d.Stride))
		b.out.Write(data)
		b.end()
	}
	return nil
}

// z64 returns data in ZPL's compressed form: zlib, base64, and a checksum over
// the base64 text.
func z64(data []byte) ([]byte, error) {
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, level)
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	if _, err := z.Write(data); err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	text := base64.StdEncoding.EncodeToString(packed.Bytes())
	return fmt.Appendf(nil, ":Z64:%s:%04X", text, crc16([]byte(text))), nil
}

// crc16 is the checksum with polynomial 0x1021, beginning at zero.
func crc16(data []byte) uint16 {
	var crc uint16
	for _, b := range data {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
