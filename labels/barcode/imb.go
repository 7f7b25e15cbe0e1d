package barcode

import (
	"fmt"
	"math/big"
	"math/bits"

	"waybill/labels"
)

// imbRows is the height of a full bar in modules: ascender, tracker and
// descender are two each. With a module of 530 to 635 micrometres every
// measure of USPS-B-3200 is kept: 20 to 24 bars an inch, bars 0.015 to
// 0.025 inch wide and 0.125 to 0.165 inch high, trackers 0.039 to 0.057 inch.
const imbRows = 6

// imb returns a USPS Intelligent Mail barcode: 20 digits of tracking code and
// 0, 5, 9 or 11 digits of routing code. Its modules are rows of a matrix: a bar
// of four states has no other way to say its height.
func imb(payload []byte) (labels.Symbol, error) {
	states, err := imbStates(string(payload))
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", labels.IMb, payload, err)
	}
	d := labels.NewDots(2*len(states)-1, imbRows)
	for i, s := range states {
		top, bottom := 2, 4
		if s&imbAscender != 0 {
			top = 0
		}
		if s&imbDescender != 0 {
			bottom = imbRows
		}
		d.FillRect(2*i, top, 1, bottom-top)
	}
	return labels.Symbol{Symbology: labels.IMb, Payload: payload, Modules: d}, nil
}

// What a bar has beside its tracker.
const (
	imbAscender  = 1
	imbDescender = 2
)

// imbStates returns the 65 bars (USPS-B-3200, steps 1 to 6 of the encoding).
func imbStates(digits string) ([65]byte, error) {
	var states [65]byte
	if err := onlyDigits(digits); err != nil {
		return states, err
	}
	switch len(digits) {
	case 20, 25, 29, 31:
	default:
		return states, fmt.Errorf("has %d digits, want 20, or 25, 29 or 31 with a routing code", len(digits))
	}
	if digits[1] > '4' {
		return states, fmt.Errorf("the second digit of its barcode identifier is %c, want 0 to 4", digits[1])
	}
	value := imbValue(digits)
	fcs := imbCheck(value)
	chars := imbCharacters(value, fcs)
	for i, m := range imbBars {
		if chars[m[0]]>>m[1]&1 != 0 {
			states[i] |= imbDescender
		}
		if chars[m[2]]>>m[3]&1 != 0 {
			states[i] |= imbAscender
		}
	}
	return states, nil
}

// imbValue returns the payload as one number (step 1).
func imbValue(digits string) *big.Int {
	value, ok := new(big.Int).SetString("0"+digits[20:], 10)
	if !ok {
		return new(big.Int) // not reached: they are digits
	}
	switch len(digits) - 20 {
	case 5:
		value.Add(value, big.NewInt(1))
	case 9:
		value.Add(value, big.NewInt(100000+1))
	case 11:
		value.Add(value, big.NewInt(1000000000+100000+1))
	}
	for i := range 20 {
		base := int64(10)
		if i == 1 {
			base = 5
		}
		value.Mul(value, big.NewInt(base)).Add(value, big.NewInt(int64(digits[i]-'0')))
	}
	return value
}

// imbCheck returns the frame check sequence of eleven bits over the 102 bits of
// value (step 2).
func imbCheck(value *big.Int) int {
	fcs := 0x7ff
	for bit := 101; bit >= 0; bit-- {
		top := fcs>>10&1 ^ int(value.Bit(bit))
		fcs = fcs << 1 & 0x7ff
		if top != 0 {
			fcs ^= 0xf35 & 0x7ff
		}
	}
	return fcs
}

// imbCharacters returns the ten characters of thirteen bits (steps 3 to 5).
func imbCharacters(value *big.Int, fcs int) [10]int {
	var words [10]int
	rest := new(big.Int).Set(value)
	for i := 9; i >= 1; i-- {
		base := int64(1365)
		if i == 9 {
			base = 636
		}
		var m big.Int
		rest.DivMod(rest, big.NewInt(base), &m)
		words[i] = int(m.Int64())
	}
	words[0] = int(rest.Int64())
	words[9] *= 2
	if fcs>>10 != 0 {
		words[0] += 659
	}
	five, two := imbTable(5), imbTable(2)
	var chars [10]int
	for i, w := range words {
		if w < len(five) {
			chars[i] = five[w]
		} else {
			chars[i] = two[w-len(five)]
		}
		if fcs>>i&1 != 0 {
			chars[i] ^= 0x1fff
		}
	}
	return chars
}

// imbTable returns the words of thirteen bits of which n are set: those with
// their mirror images first, those that are their own mirror image last and
// backwards (USPS-B-3200).
func imbTable(n int) []int {
	var table, own []int
	for w := range 1 << 13 {
		mirror := int(bits.Reverse16(uint16(w)) >> 3)
		switch {
		case bits.OnesCount16(uint16(w)) != n || mirror < w:
		case mirror == w:
			own = append(own, w)
		default:
			table = append(table, w, mirror)
		}
	}
	for i := len(own) - 1; i >= 0; i-- {
		table = append(table, own[i])
	}
	return table
}

// imbText returns the digits in the groups USPS-B-3200 prints them in: barcode
// and service identifier, mailer and serial number, routing code. Mailer
// identifiers of nine digits begin with 9, others have six.
func imbText(s string) string {
	if len(s) < 20 {
		return s
	}
	mailer := 6
	if s[5] == '9' {
		mailer = 9
	}
	sizes := []int{2, 3, mailer, 15 - mailer}
	switch len(s) - 20 {
	case 5:
		sizes = append(sizes, 5)
	case 9:
		sizes = append(sizes, 5, 4)
	case 11:
		sizes = append(sizes, 5, 4, 2)
	}
	return groups(s, sizes...)
}
