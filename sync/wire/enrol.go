package wire

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/shipment"
)

// An EnrolRequest is a station that shows its one-time code. The token is the
// station's own making and stays there; what the hub gets is its SHA-256. The
// same code with the same token may be shown again while the code is good, so
// that a lost answer costs nothing.
type EnrolRequest struct {
	Station     shipment.StationID `json:"station"`
	Code        string             `json:"code"` // the secret of an EnrolCode
	TokenSHA256 string             `json:"token_sha256"`
}

// A RenewRequest is a station that wants another token, of which it shows the
// SHA-256. Asking again with the same costs nothing.
type RenewRequest struct {
	TokenSHA256 string `json:"token_sha256"`
}

// A Credential is what the hub knows of a station's token.
type Credential struct {
	Station    shipment.StationID `json:"station"`
	Configured bool               `json:"configured,omitempty"` // it stands in the hub's configuration, where people change it
	Made       time.Time          `json:"made,omitzero"`
	Expires    time.Time          `json:"expires,omitzero"` // zero: never
	Renew      bool               `json:"renew,omitempty"`  // it is time for another token, by the hub's clock

	// SigningKey is the Ed25519 key, in hex, by which the station knows what is the
	// hub's, and which it keeps from the first time on.
	SigningKey string `json:"signing_key,omitempty"`
}

// A Refusal is why a hub does not let a request pass, for programs: the member
// code of its problem document.
type Refusal string

// The refusals. A station that is refused keeps its events and works on.
const (
	RefusedNoToken    Refusal = "token_missing"    // none was shown
	RefusedUnknown    Refusal = "token_unknown"    // nobody has such a token
	RefusedExpired    Refusal = "token_expired"    // it was not renewed in time
	RefusedRenewed    Refusal = "token_renewed"    // the station has another one since, and the time for both is over
	RefusedReplaced   Refusal = "station_replaced" // another machine or disk was enrolled under the name
	RefusedRevoked    Refusal = "station_revoked"  // a person has shut the station out
	RefusedCode       Refusal = "code_unknown"     // no such one-time code, or its time is over
	RefusedCodeUsed   Refusal = "code_used"        // somebody else has used it
	RefusedTooMany    Refusal = "too_many_tries"   // of codes, in a short time
	RefusedConfigured Refusal = "token_configured" // it stands in the hub's configuration, and only people change it
)

// An EnrolCode is what a person carries from the hub to a station.
type EnrolCode struct {
	Secret [SecretSize]byte // proves that the hub's people sent the station
	Pin    []byte           // fingerprint of the hub's own authority, PinSize bytes; nil where every machine knows the authority
}

// The sizes of a code's parts, in bytes. A secret of 80 bits that is good for
// minutes and asked for over the network is not guessed.
const (
	SecretSize = 10
	PinSize    = 16
	codeCheck  = 2
)

// codeText is the alphabet of codes, without letters that look like digits or one
// another.
var codeText = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// SecretText returns the secret as it is shown to the hub.
func (c EnrolCode) SecretText() string { return codeText.EncodeToString(c.Secret[:]) }

// String returns the code as people read it: groups of five.
func (c EnrolCode) String() string {
	raw := append(c.Secret[:], c.Pin...)
	text := codeText.EncodeToString(append(raw, codeSum(raw)...))
	var groups []string
	for len(text) > 5 {
		groups, text = append(groups, text[:5]), text[5:]
	}
	return strings.Join(append(groups, text), "-")
}

// codeSum tells a code that was mistyped.
func codeSum(raw []byte) []byte {
	sum := sha256.Sum256(raw)
	return sum[:codeCheck]
}

// misread is what people and fonts make of the alphabet.
var misread = strings.NewReplacer("-", "", " ", "", "I", "1", "L", "1", "O", "0")

// ParseEnrolCode reads a code as people type it.
func ParseEnrolCode(text string) (EnrolCode, error) {
	raw, err := codeText.DecodeString(misread.Replace(strings.ToUpper(strings.TrimSpace(text))))
	if err != nil {
		return EnrolCode{}, errors.New("it has a character that no code has")
	}
	n := len(raw) - codeCheck
	if n != SecretSize && n != SecretSize+PinSize {
		return EnrolCode{}, fmt.Errorf("it has %d characters; a part of it is missing, or it is no code", len(text))
	}
	if subtle.ConstantTimeCompare(codeSum(raw[:n]), raw[n:]) != 1 {
		return EnrolCode{}, errors.New("a character of it is wrong; type it again")
	}
	c := EnrolCode{Secret: [SecretSize]byte(raw[:SecretSize])}
	if n > SecretSize {
		c.Pin = raw[SecretSize:n:n]
	}
	return c, nil
}
