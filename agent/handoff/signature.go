package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// The bounds of a signature: enough for the longest name written on a tablet,
// and far less than could fill a disk.
const (
	MaxStrokes  = 200
	MaxPoints   = 5000 // of all strokes together
	SignatureW  = 600  // the paper's width in its own units
	SignatureH  = 200
	MaxSigBytes = 128 << 10 // of its JSON
)

// A Signature is what a driver wrote on the page: strokes of a pen, on a paper of
// SignatureW by SignatureH units. The zero Signature is none.
type Signature struct {
	Strokes [][][2]int `json:"strokes,omitempty"` // points as x, y
}

// Empty reports whether nothing was written.
func (s Signature) Empty() bool { return len(s.Strokes) == 0 }

// Check returns what is wrong with a signature that came from outside.
func (s Signature) Check() error {
	if len(s.Strokes) > MaxStrokes {
		return fmt.Errorf("signature: %d strokes, at most %d (sign again, with fewer)", len(s.Strokes), MaxStrokes)
	}
	points := 0
	for i, stroke := range s.Strokes {
		if len(stroke) == 0 {
			return fmt.Errorf("signature: stroke %d has no point", i+1)
		}
		points += len(stroke)
		for _, p := range stroke {
			if p[0] < 0 || p[0] > SignatureW || p[1] < 0 || p[1] > SignatureH {
				return fmt.Errorf("signature: point %d,%d lies outside %d by %d", p[0], p[1], SignatureW, SignatureH)
			}
		}
	}
	if points > MaxPoints {
		return fmt.Errorf("signature: %d points, at most %d (sign again, more quickly)", points, MaxPoints)
	}
	if points > 0 && points < 2 {
		return errors.New("signature: one point is none (sign again)")
	}
	return nil
}

// SHA256 returns the hash by which the journal knows the signature, in hex.
func (s Signature) SHA256() string {
	raw, err := json.Marshal(s.Strokes)
	if err != nil {
		return "" // numbers cannot fail to be written
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// SVG returns the signature as a picture of its own.
func (s Signature) SVG() []byte {
	b := fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><path fill="none" stroke="#000" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" d="`, SignatureW, SignatureH)
	for _, stroke := range s.Strokes {
		for i, p := range stroke {
			b = append(b, "ML"[min(i, 1)])
			b = strconv.AppendInt(b, int64(p[0]), 10)
			b = append(b, ' ')
			b = strconv.AppendInt(b, int64(p[1]), 10)
		}
		if len(stroke) == 1 { // a dot
			b = append(b, "h0"...)
		}
	}
	return append(b, `"/></svg>`...)
}
