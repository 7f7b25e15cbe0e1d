package barcode

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/labels"
)

// A CarrierMessage is the data of a MaxiCode on a parcel: the structured
// carrier message of ANSI MH10.8.3, format 01.
type CarrierMessage struct {
	Version  string   // two digits: the year of the carrier's rules; default 96, as UPS uses
	Postcode string   // at most nine digits, or at most six letters and digits
	Country  string   // ISO 3166-1, three digits
	Class    string   // of service, three digits
	Fields   []string // what follows: tracking number, SCAC and so on
}

// The control characters of a structured carrier message.
const (
	maxiRS  = "\x1e"
	maxiGS  = "\x1d"
	maxiEOT = "\x04"
	maxiEnv = "[)>" + maxiRS + "01" + maxiGS
)

// Payload returns the message as it is encoded and as a scanner reads it back.
func (m CarrierMessage) Payload() []byte {
	version := m.Version
	if version == "" {
		version = "96"
	}
	fields := append([]string{version + m.Postcode, m.Country, m.Class}, m.Fields...)
	return []byte(maxiEnv + strings.Join(fields, maxiGS) + maxiRS + maxiEOT)
}

// A maxiMessage is what stands where in the symbol.
type maxiMessage struct {
	mode   int
	head   []int  // the nine codewords after the mode's, in modes 2 and 3 all ten
	text   []byte // what the codewords of the text say
	room   int    // codewords for the text
	parity int    // codewords of the secondary message's error correction
}

// maxiCode returns a MaxiCode of a text in UTF-8. A structured carrier message with postcode,
// country and class takes mode 2 or 3, anything else mode 4.
func maxiCode(payload []byte, o Options) (labels.Symbol, error) {
	bad := func(err error) (labels.Symbol, error) {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", labels.MaxiCode, payload, err)
	}
	m, err := maxiSplit(payload, o.Mode)
	if err != nil {
		return bad(err)
	}
	text, err := m.words()
	if err != nil {
		return bad(err)
	}
	primary := m.head
	if primary == nil {
		primary, text = append([]int{m.mode}, text[:9]...), text[9:]
	}
	words := append(primary, maxiParity(primary, 10)...)
	words = append(words, text...)
	var odd, even []int // interleaved, so that a blot hits both alike
	for i, w := range text {
		if i%2 == 0 {
			even = append(even, w)
		} else {
			odd = append(odd, w)
		}
	}
	pe, po := maxiParity(even, m.parity/2), maxiParity(odd, m.parity/2)
	for i := range pe {
		words = append(words, pe[i], po[i])
	}
	return labels.Symbol{Symbology: labels.MaxiCode, Payload: payload, Modules: maxiModules(words)}, nil
}

// words returns the symbol characters of the text, filled up. Only sets A and B
// have something to fill up with.
//
// Beyond ASCII the character set is announced, ISO/IEC 8859-1 too, though it is
// the default: common readers guess where nothing is said.
func (m maxiMessage) words() ([]int, error) {
	text, eci, err := encoded(m.text)
	if err != nil {
		return nil, err
	}
	words, set, err := maxiText(text, eci)
	if err != nil {
		return nil, err
	}
	if len(words) > m.room {
		return nil, fmt.Errorf("takes %d symbol characters, mode %d has room for %d", len(words), m.mode, m.room)
	}
	if set > maxiSetB && len(words) < m.room {
		words = append(words, maxiToA)
	}
	for len(words) < m.room {
		words = append(words, maxiPad)
	}
	return words, nil
}

// maxiModules places the codewords.
func maxiModules(words []int) labels.Dots {
	d := labels.NewDots(30, 33)
	for y, row := range maxiGrid {
		for x, n := range row {
			bit := int(n) - 1
			if n == maxiBlack || n != maxiWhite && words[bit/6]>>(5-bit%6)&1 != 0 {
				d.Set(x, y)
			}
		}
	}
	return d
}

// maxiSplit decides the mode and takes the primary message out of the payload.
func maxiSplit(payload []byte, mode int) (maxiMessage, error) {
	plain := maxiMessage{mode: mode, text: payload, room: 9 + 84, parity: 40}
	switch mode {
	case 4, 6:
		return plain, nil
	case 5:
		plain.room, plain.parity = 9+68, 56
		return plain, nil
	case 0, 2, 3:
	default:
		return plain, fmt.Errorf("mode %d: not known (have 2 to 6)", mode)
	}
	carrier, err := maxiCarrier(payload, mode)
	if err != nil && mode == 0 {
		plain.mode = 4
		return plain, nil
	}
	return carrier, err
}

// maxiCarrier reads postcode, country and class, which must follow the
// envelope, and packs them into the primary message (ISO/IEC 16023).
func maxiCarrier(payload []byte, mode int) (maxiMessage, error) {
	rest, ok := strings.CutPrefix(string(payload), maxiEnv)
	parts := strings.SplitN(rest, maxiGS, 4)
	if !ok || len(parts) != 4 || len(parts[0]) < 2 || onlyDigits(parts[0][:2]) != nil {
		return maxiMessage{}, fmt.Errorf("want [)>, RS, 01, GS, two digits and the postcode, GS, the country, GS, the class, GS and the rest")
	}
	postcode, country, class := parts[0][2:], parts[1], parts[2]
	for i, s := range []string{country, class} {
		if len(s) != 3 || onlyDigits(s) != nil {
			return maxiMessage{}, fmt.Errorf("its %s is %q, want three digits", []string{"country", "class"}[i], s)
		}
	}
	numeric := postcode != "" && len(postcode) <= 9 && onlyDigits(postcode) == nil
	if mode == 0 {
		mode = 3
		if numeric {
			mode = 2
		}
	}
	var bits maxiBits
	bits.put(mode, 4)
	switch {
	case mode == 2 && numeric:
		bits.put(number(postcode), 30)
		bits.put(len(postcode), 6)
	case mode == 3 && len(postcode) == 6:
		for i := 5; i >= 0; i-- {
			v, ok := maxiSetA.value(postcode[i])
			if !ok || v < 1 || v > 26 && v < ' ' {
				return maxiMessage{}, fmt.Errorf("its postcode %q has %q, want capital letters and digits", postcode, postcode[i])
			}
			bits.put(v, 6)
		}
	case mode == 2:
		return maxiMessage{}, fmt.Errorf("its postcode is %q, mode 2 wants one to nine digits", postcode)
	default:
		return maxiMessage{}, fmt.Errorf("its postcode is %q, mode 3 wants six characters, spaces at the end", postcode)
	}
	bits.put(number(country), 10)
	bits.put(number(class), 10)
	text := maxiEnv + parts[0][:2] + parts[3]
	return maxiMessage{mode: mode, head: bits.words(), text: []byte(text), room: 84, parity: 40}, nil
}

// number returns the value of digits that are known to be some.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// maxiBits collects the primary message, lowest bits first.
type maxiBits struct {
	value uint64
	n     int
}

func (b *maxiBits) put(v, n int) {
	b.value |= uint64(v) << b.n
	b.n += n
}

func (b *maxiBits) words() []int {
	w := make([]int, 10)
	for i := range w {
		w[i] = int(b.value >> (6 * i) & 63)
	}
	return w
}

// maxiField is GF(64) with polynomial x^6+x+1 (ISO/IEC 16023).
var maxiField = newField(6, 0x43)

// maxiParity returns the n codewords that correct data.
func maxiParity(data []int, n int) []int { return maxiField().parity(data, n) }
