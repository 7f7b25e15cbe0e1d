package zpl

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"slices"

	"waybill/labels"
)

// graphic writes dots at x, y, in strips that printers accept. What it writes
// behind the place is kept in memo, which may be nil.
func (b *builder) graphic(x, y int, d labels.Dots, memo *labels.Memo) error {
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
	if b.compact {
		memo = nil // is of the other form
	}
	if made := memo.Kept(labels.MemoZPL); made != nil {
		b.at(x, y)
		b.out = append(b.out, made...)
		return nil
	}
	for top := 0; top < d.H; top += rows {
		strip := d.Bits[top*d.Stride : min(top+rows, d.H)*d.Stride]
		b.at(x, y+top)
		begin := len(b.out)
		b.head(len(strip), d.Stride)
		if err := b.picture(strip, d.Stride); err != nil {
			return err
		}
		b.text("^FS\n")
		if rows >= d.H && memo != nil {
			memo.Keep(labels.MemoZPL, slices.Clone(b.out[begin:]))
		}
	}
	return nil
}

func (b *builder) head(size, stride int) {
	b.command("^GFA,", size, size, stride)
	b.out = append(b.out, ',')
}

// muchText is how long run lengths may be before compression is tried.
const muchText = 1024

// picture writes the rows of a picture: as run lengths, which are fast, or
// compressed where that is to be preferred or the picture is no drawing.
func (b *builder) picture(bits []byte, stride int) error {
	begin := len(b.out)
	if !b.compact {
		b.out = appendRuns(b.out, bits, stride)
		if n := len(b.out) - begin; n < muchText || n < len(bits)/2 {
			return nil
		}
	}
	packed, err := b.packer.z64(bits)
	if err != nil {
		return err
	}
	if b.compact || len(packed) < len(b.out)-begin {
		b.out = append(b.out[:begin], packed...)
	}
	return nil
}

// matrix writes the squares of a symbol, a row of them as one row of dots that
// is repeated. Four squares are as many digits as a square has dots, so that a
// row is looked up and not drawn.
func (b *builder) matrix(x, y int, s labels.Symbol) error {
	m, n := s.Modules, s.ModuleDots
	stride := (m.W*n + 7) / 8
	size := stride * m.H * n
	if x < 0 || y < 0 || m.W == 0 || n < 1 || n > maxModule || size > maxGraphic {
		return b.graphic(x, y, s.Drawing(), nil)
	}
	var four [16][maxModule]byte // the digits of four squares
	for i := range four {
		for dot := range 4 * n {
			four[i][dot/4] = four[i][dot/4]<<1 | byte(i>>(3-dot/n)&1)
		}
		for k := range n {
			four[i][k] = hexDigits[four[i][k]]
		}
	}
	b.at(x, y)
	b.head(size, stride)
	for i := range m.H {
		row := m.Bits[i*m.Stride : (i+1)*m.Stride]
		repeats := n
		if i == 0 || !bytes.Equal(row, m.Bits[(i-1)*m.Stride:i*m.Stride]) {
			begin := len(b.out)
			for _, eight := range row {
				b.out = append(append(b.out, four[eight>>4][:n]...), four[eight&15][:n]...)
			}
			b.endRow(begin, 2*stride)
			repeats--
		}
		for range repeats {
			b.out = append(b.out, ':')
		}
	}
	b.text("^FS\n")
	return nil
}

// endRow makes what was written since begin a row of so many digits.
func (b *builder) endRow(begin, digits int) {
	end := min(len(b.out), begin+digits)
	for end > begin && b.out[end-1] == '0' {
		end--
	}
	b.out = b.out[:end]
	if end-begin < digits {
		b.out = append(b.out, ',')
	}
}

// appendRuns writes rows in run lengths (ASCII compression): G to Y are 1 to
// 19, g to z 20 to 400 times the digit behind, "," is a rest of white, ":" the
// row above once more. The language has "!" for a rest of black, too; it saves
// little, and there are readers (zebrash) that draw it wrong.
func appendRuns(dst, bits []byte, stride int) []byte {
	var above []byte
	for ; len(bits) >= stride; bits = bits[stride:] {
		row := bits[:stride]
		if above != nil && bytes.Equal(row, above) {
			dst = append(dst, ':')
		} else {
			dst = appendRow(dst, row)
		}
		above = row
	}
	return dst
}

func appendRow(dst, row []byte) []byte {
	n := len(row)
	for n > 0 && row[n-1] == 0 {
		n--
	}
	digits := 2 * n
	white := n < len(row)
	if n > 0 && row[n-1]&15 == 0 { // a last white digit, too
		digits, white = digits-1, true
	}
	for i := 0; i < digits; {
		d := digit(row, i)
		from := i
		for i++; i < digits; i++ {
			if i&1 == 0 && i+1 < digits && row[i>>1] == d<<4|d {
				i++
				continue
			}
			if digit(row, i) != d {
				break
			}
		}
		dst = appendRun(dst, i-from, hexDigits[d])
	}
	if white {
		dst = append(dst, ',')
	}
	return dst
}

func digit(row []byte, i int) byte {
	if i&1 == 0 {
		return row[i>>1] >> 4
	}
	return row[i>>1] & 15
}

// appendRun writes a digit n times.
func appendRun(dst []byte, n int, digit byte) []byte {
	const most = 419 // of one pair of letters
	for ; n > most; n -= most {
		dst = append(dst, 'z', 'Y', digit)
	}
	switch {
	case n == 1:
		return append(dst, digit)
	case n == 2:
		return append(dst, digit, digit)
	}
	if n >= 20 {
		dst = append(dst, 'g'+byte(n/20)-1)
		n %= 20
	}
	if n > 0 {
		dst = append(dst, 'G'+byte(n)-1)
	}
	return append(dst, digit)
}

// level is as far as compression pays on text and bars.
const level = 6

// A packer compresses the pictures of one label.
type packer struct {
	zlib   *zlib.Writer
	packed bytes.Buffer
	text   []byte
}

// z64 returns data in ZPL's compressed form: zlib, base64, and a checksum over
// the base64 text. It is good until the next call.
func (p *packer) z64(data []byte) ([]byte, error) {
	p.packed.Reset()
	if p.zlib == nil {
		z, err := zlib.NewWriterLevel(&p.packed, level)
		if err != nil {
			return nil, fmt.Errorf("compression: %w", err)
		}
		p.zlib = z
	} else {
		p.zlib.Reset(&p.packed)
	}
	if _, err := p.zlib.Write(data); err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	if err := p.zlib.Close(); err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	const head = ":Z64:"
	p.text = base64.StdEncoding.AppendEncode(append(p.text[:0], head...), p.packed.Bytes())
	return fmt.Appendf(p.text, ":%04X", crc16(p.text[len(head):])), nil
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
