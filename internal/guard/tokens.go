package guard

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
)

// Tokens are the secrets by which callers are known, kept as SHA-256. The zero
// value knows nobody.
type Tokens struct{ known []known }

type known struct {
	sum    []byte
	holder string
}

// Add makes the token known whose SHA-256, in hex, is hash.
func (t *Tokens) Add(holder, hash string) error {
	sum, err := hex.DecodeString(hash)
	if err != nil || len(sum) != sha256.Size {
		return errors.New("want the 64 hex digits of the token's SHA-256")
	}
	t.known = append(t.known, known{sum, holder})
	return nil
}

// Len returns how many tokens are known.
func (t Tokens) Len() int { return len(t.known) }

// Holder returns whose token it is. How long it takes says nothing about the
// tokens that are known.
func (t Tokens) Holder(token string) (holder string, ok bool) {
	sum := sha256.Sum256([]byte(token))
	for _, k := range t.known {
		if subtle.ConstantTimeCompare(sum[:], k.sum) == 1 {
			holder, ok = k.holder, true
		}
	}
	return holder, ok && token != ""
}

// Bearer returns the token that r carries as Authorization: Bearer TOKEN.
func Bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Token returns the secret that r shows: a bearer token, or the password of a
// browser's log-in.
func Token(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return Bearer(r)
}
