package barcode

import (
	"fmt"
	"strings"

	"waybill/labels"
	gsone "waybill/shipment/gs1"
)

// bars returns a linear symbol from the widths of its bars and spaces, in
// modules, beginning with a bar.
func bars(widths string) labels.Dots {
	w := 0
	for i := range len(widths) {
		w += int(widths[i] - '0')
	}
	d := labels.NewDots(w, 1)
	x := 0
	for i := range len(widths) {
		n := int(widths[i] - '0')
		if i%2 == 0 {
			d.FillRect(x, 0, n, 1)
		}
		x += n
	}
	return d
}

// eanSetA holds the widths of the digits in number set A, which begins with a
// space; set B is set A mirrored (ISO/IEC 15420, table 1).
var eanSetA = [10]string{"3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112"}

// upceParity says, for the check digit of a UPC-E of number system 0, which of
// its six digits are of set B; number system 1 has A and B the other way round
// (ISO/IEC 15420, table 5).
var upceParity = [10]string{
	"BBBAAA", "BBABAA", "BBAABA", "BBAAAB", "BABBAA", "BAABBA", "BAAABB", "BABABA", "BABAAB", "BAABAB",
}

// retail returns an EAN or UPC symbol.
func retail(s labels.Symbology, payload []byte) (labels.Symbol, error) {
	if s == labels.UPCE {
		return upce(payload)
	}
	length := map[labels.Symbology]int{labels.EAN13: 13, labels.EAN8: 8, labels.UPCA: 12}[s]
	digits, err := withCheck(string(payload), length)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", s, payload, err)
	}
	if s == labels.UPCA {
		return drawEAN(s, digits, "0"+digits) // a UPC-A is the EAN-13 that begins with 0
	}
	return drawEAN(s, digits, digits)
}

// upce returns a UPC-E, drawn here since the library has none.
func upce(payload []byte) (labels.Symbol, error) {
	digits, err := upceDigits(string(payload))
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", labels.UPCE, payload, err)
	}
	parity := upceParity[digits[7]-'0']
	var b strings.Builder
	b.WriteString("111")
	for i := range 6 {
		w := eanSetA[digits[1+i]-'0']
		if (parity[i] == 'B') == (digits[0] == '0') {
			w = string([]byte{w[3], w[2], w[1], w[0]})
		}
		b.WriteString(w)
	}
	b.WriteString("111111")
	return labels.Symbol{Symbology: labels.UPCE, Payload: []byte(digits), Modules: bars(b.String())}, nil
}

// onlyDigits says which character of s is none.
func onlyDigits(s string) error {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return fmt.Errorf("character %d (%q) is not a digit", i+1, s[i])
		}
	}
	return nil
}

// withCheck returns number with its GS1 check digit, which may be there: then
// it must be right. n is the length with it.
func withCheck(number string, n int) (string, error) {
	if err := onlyDigits(number); err != nil {
		return "", err
	}
	if len(number) != n && len(number) != n-1 {
		return "", fmt.Errorf("has %d digits, want %d and a check digit", len(number), n-1)
	}
	check, _ := gsone.Mod10(number[:n-1])
	if len(number) == n && number[n-1] != check {
		return "", fmt.Errorf("its check digit %c is wrong: the right one is %c", number[n-1], check)
	}
	return number[:n-1] + string(check), nil
}

// upceDigits returns number system, six digits and check digit of a UPC-E,
// given with or without the first and the last.
func upceDigits(number string) (string, error) {
	if err := onlyDigits(number); err != nil {
		return "", err
	}
	if len(number) == 6 {
		number = "0" + number
	}
	if len(number) != 7 && len(number) != 8 {
		return "", fmt.Errorf("has %d digits, want 6, or 7 with the number system, or 8 with the check digit too", len(number))
	}
	if number[0] > '1' {
		return "", fmt.Errorf("number system %c has no UPC-E: only 0 and 1 have", number[0])
	}
	long, err := expandUPCE(number[:7])
	if err != nil {
		return "", err
	}
	check, _ := gsone.Mod10(long)
	if len(number) == 8 && number[7] != check {
		return "", fmt.Errorf("its check digit %c is wrong: the right one is %c", number[7], check)
	}
	return number[:7] + string(check), nil
}

// expandUPCE returns the eleven digits of the UPC-A that a UPC-E stands for
// (GS1 General Specifications, 5.2.2.4.2). What has a shorter form with
// another last digit is refused: a reader would report that one.
func expandUPCE(e string) (string, error) {
	maker, last := e[1:6], e[6]
	bad := false
	var long string
	switch last {
	case '0', '1', '2':
		long = e[:1] + maker[:2] + string(last) + "0000" + maker[2:]
	case '3':
		long, bad = e[:1]+maker[:3]+"00000"+maker[3:], maker[2] <= '2'
	case '4':
		long, bad = e[:1]+maker[:4]+"00000"+maker[4:], maker[3] == '0'
	default:
		long, bad = e[:1]+maker+"0000"+string(last), maker[4] == '0'
	}
	if bad {
		return "", fmt.Errorf("%s is not how UPC-A %s… is shortened", e, long)
	}
	return long, nil
}

// itf14 returns an interleaved 2 of 5 of fourteen digits. Wide is three
// modules, the most the GS1 General Specifications allow (5.3.2.4: 2.25 to 3).
func itf14(payload []byte, o Options) (labels.Symbol, error) {
	digits, err := withCheck(string(payload), 14)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", labels.ITF14, payload, err)
	}
	s, err := draw2of5(digits)
	if err == nil && o.Bearer {
		s.BearerModules = 2 // GS1 General Specifications, 5.3.2.4: at least twice a narrow bar
	}
	return s, err
}
