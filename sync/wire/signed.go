package wire

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
)

// A Signed is a document of a hub as a station gets it: the bytes that were
// signed, as they were signed, so that no two programs have to write the same
// JSON.
type Signed struct {
	Payload   []byte `json:"payload"`   // the document, in JSON
	Signature []byte `json:"signature"` // Ed25519, over the purpose and the payload
}

// A Purpose is what a document was signed for. It is signed with it: what was said
// for one purpose is never taken for another.
type Purpose string

// The purposes.
const (
	ForBundle       Purpose = "waybill bundle v1"
	ForInstructions Purpose = "waybill order instructions v1"
)

// ErrSignature is why a document is not taken that the pinned key has not signed.
var ErrSignature = errors.New("it is not signed by the hub that this station was enrolled at")

// message is what is signed. A line break ends the purpose, which has none.
func (p Purpose) message(payload []byte) []byte {
	return append([]byte(string(p)+"\n"), payload...)
}

// Sign returns doc as JSON with the key's signature.
func Sign(key ed25519.PrivateKey, p Purpose, doc any) (Signed, error) {
	payload, err := json.Marshal(doc)
	if err != nil {
		return Signed{}, fmt.Errorf("%s: %w", p, err)
	}
	return Signed{Payload: payload, Signature: ed25519.Sign(key, p.message(payload))}, nil
}

// Open reads the document into doc, if the key has signed it for the purpose.
// Without that, nothing of it is read: doc is as it was.
func (s Signed) Open(key ed25519.PublicKey, p Purpose, doc any) error {
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, p.message(s.Payload), s.Signature) {
		return fmt.Errorf("%s: %w", p, ErrSignature)
	}
	if err := json.Unmarshal(s.Payload, doc); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	return nil
}
