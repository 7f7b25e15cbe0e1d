package verify

import (
	"encoding/binary"
	"math/bits"

	"waybill/labels"
)

// turn returns d turned clockwise, as labels.Dots.Turn does, by whole bytes: a
// picture is turned three times before it is searched, which would else take
// longer than to search it.
func turn(d labels.Dots, degrees int) labels.Dots {
	switch degrees {
	case 90:
		return upsideDown(leftward(d))
	case 180:
		return upsideDown(d)
	case 270:
		return leftward(d)
	}
	return d
}

// upsideDown returns d turned by half.
func upsideDown(d labels.Dots) labels.Dots {
	t := labels.NewDots(d.W, d.H)
	spare := 8*t.Stride - d.W // bits at a row's end, which are at its beginning once it is turned
	for y := range d.H {
		from, to := d.Bits[y*d.Stride:][:t.Stride], t.Bits[(d.H-1-y)*t.Stride:][:t.Stride]
		before := byte(0)
		for i, b := range from {
			if i == t.Stride-1 {
				b = b >> spare << spare // whatever stands there is no dot
			}
			b = bits.Reverse8(b)
			to[t.Stride-1-i] = b<<spare | before
			before = b >> (8 - spare)
		}
	}
	return t
}

// leftward returns d turned counter-clockwise by a quarter, in squares of eight
// by eight dots.
func leftward(d labels.Dots) labels.Dots {
	t := labels.NewDots(d.H, d.W)
	var square [8]byte
	for y := 0; y < d.H; y += 8 {
		for column := range (d.W + 7) / 8 {
			ink := byte(0)
			for k := range 8 {
				square[k] = 0
				if y+k < d.H {
					square[k] = d.Bits[(y+k)*d.Stride+column]
					ink |= square[k]
				}
			}
			if ink == 0 {
				continue
			}
			binary.BigEndian.PutUint64(square[:], transposed(binary.BigEndian.Uint64(square[:])))
			for k, b := range square {
				if x := 8*column + k; b != 0 && x < d.W {
					t.Bits[(d.W-1-x)*t.Stride+y/8] = b
				}
			}
		}
	}
	return t
}

// transposed returns eight rows of eight bits with rows and columns exchanged:
// single bits, then pairs, then fours.
func transposed(m uint64) uint64 {
	t := (m ^ m>>7) & 0x00aa00aa00aa00aa
	m ^= t ^ t<<7
	t = (m ^ m>>14) & 0x0000cccc0000cccc
	m ^= t ^ t<<14
	t = (m ^ m>>28) & 0x00000000f0f0f0f0
	return m ^ t ^ t<<28
}
