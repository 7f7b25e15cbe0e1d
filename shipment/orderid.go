package shipment

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// crockford is an alphabet that is read aloud and typed without mistakes.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// madePrefix marks an order ID that was made here.
const madePrefix = "WB-"

// madeCode is how many characters of an ID made here say which order it is; the
// check character follows.
const madeCode = 16

// MakeOrderID returns the ID of an order that came without one: WB-, 80 bits of
// its content's hash in Crockford's base 32, and a check character (Luhn, modulo
// 32). The same content always has the same ID, so that a file that is dropped
// twice is one order.
func MakeOrderID(content []byte) OrderID {
	sum := sha256.Sum256(content)
	code := base32.NewEncoding(crockford).WithPadding(base32.NoPadding).EncodeToString(sum[:10])
	return OrderID(madePrefix + code + string(luhn32(code)))
}

// Canonical returns the ID as it was made where a person typed it in another
// way: in small letters, with O for 0, I or L for 1, or with hyphens and spaces
// in between. Other IDs are returned as they are.
func (id OrderID) Canonical() OrderID {
	s := strings.ToUpper(string(id))
	code, ok := strings.CutPrefix(s, madePrefix)
	if !ok {
		return id
	}
	code = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "").Replace(code)
	if len(code) != madeCode+1 || strings.Trim(code, crockford) != "" {
		return id
	}
	return OrderID(madePrefix + code)
}

// Misread reports whether the ID has the form of one that was made here and a
// wrong check character.
func (id OrderID) Misread() bool {
	code, made := strings.CutPrefix(string(id.Canonical()), madePrefix)
	if !made || len(code) != madeCode+1 || strings.Trim(code, crockford) != "" {
		return false
	}
	return code[madeCode] != luhn32(code[:madeCode])
}

// luhn32 finds every wrong character, and every two neighbours changed over but
// 0 and Z.
func luhn32(code string) byte {
	sum, factor := 0, 2
	for i := len(code) - 1; i >= 0; i-- {
		v := strings.IndexByte(crockford, code[i]) * factor
		sum += v/32 + v%32
		factor = 3 - factor
	}
	return crockford[(32-sum%32)%32]
}
