package labelproof_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"waybill/internal/labelproof"
	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
)

// matrixTexts makes random texts of each kind.
func matrixTexts() map[string]func(r *rand.Rand) string {
	of := func(letters string, most int) func(r *rand.Rand) string {
		from := []rune(letters)
		return func(r *rand.Rand) string {
			var b strings.Builder
			for range 1 + r.IntN(most) {
				b.WriteRune(from[r.IntN(len(from))])
			}
			return b.String()
		}
	}
	const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	words := strings.Fields("order parcel Street of the 12 100 Ave. MUG-7 1Z999AA1 2044 jumps")
	return map[string]func(r *rand.Rand) string{
		"digits":             of("0123456789", 80),
		"upper case":         of(upper+" ", 60),
		"upper case, digits": of(upper+"0123456789$%*+-./: ", 60),
		"lower case":         of(strings.ToLower(upper)+" ", 60),
		"ASCII":              of(printable(), 60),
		"Latin letters":      of("aeiouäöüéèñçßŁłžœ ", 40),
		"other scripts":      of("Пётрщ東京花子Αθήνα ", 24),
		"words": func(r *rand.Rand) string {
			w := make([]string, 1+r.IntN(9))
			for i := range w {
				w[i] = words[r.IntN(len(words))]
			}
			return strings.Join(w, " ")
		},
		"label codes": func(r *rand.Rand) string {
			return fmt.Sprintf("WB1/57%016d/1Z%06d%010d", r.Int64N(1e16), r.IntN(1e6), r.Int64N(1e10))
		},
		"web addresses": func(r *rand.Rand) string {
			return fmt.Sprintf("https://track.example.com/%c%d?key=%x", 'a'+rune(r.IntN(26)), r.IntN(1e6), r.Uint64())
		},
	}
}

func printable() string {
	var b strings.Builder
	for c := byte(' '); c < 0x7f; c++ {
		b.WriteByte(c)
	}
	return b.String()
}

// TestMatrixCodesAreNoLargerThanZints holds the sizes of our QR codes, at every
// level, Data Matrix and Aztec codes against zint's.
func TestMatrixCodesAreNoLargerThanZints(t *testing.T) {
	raced.Skip(t)
	n := count(t, "TEXTS", 100)
	zint, err := exec.LookPath("zint")
	if err != nil {
		missing(t, fmt.Errorf("zint: %w (run tools/install.sh)", labelproof.ErrMissing))
	}
	for class, text := range matrixTexts() {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, uint64(len(class))))
			var ours, theirs, smaller int
			for range n {
				s := text(r)
				level := r.IntN(4)
				for symbology, args := range map[labels.Symbology][]string{
					labels.DataMatrix: {"-b", "71", "--square"}, labels.Aztec: {"-b", "92"}, labels.QR: {"-b", "58", fmt.Sprintf("--secure=%d", level+1)},
				} {
					o := barcode.Options{}
					if symbology == labels.QR {
						o.Level = "LMQH"[level : level+1]
					}
					if strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f }) {
						args = append(args, "--eci=26")
					}
					sym, err := barcode.Encode(symbology, []byte(s), o)
					if err != nil {
						t.Fatalf("%s %q: %v", symbology, s, err)
					}
					side := zintSide(t.Context(), t, zint, append(args, "-d", s))
					ours, theirs = ours+sym.Modules.W, theirs+side
					switch {
					case symbology == labels.Aztec && side == 15 && sym.Modules.W == 19:
						// There zint has 6 words of 17 for correction, where the standard's 23 per cent and three are 7.
					case sym.Modules.W > side:
						t.Errorf("%s %s %q: %d modules, zint has %d", symbology, o.Level, s, sym.Modules.W, side)
					case sym.Modules.W < side:
						smaller++
					}
				}
			}
			t.Logf("seed %d,%d: %d texts, a QR code, a Data Matrix and an Aztec code each: none larger than zint's, %d smaller; %.1f modules a side, zint %.1f",
				seed, len(class), n, smaller, float64(ours)/float64(3*n), float64(theirs)/float64(3*n))
		})
	}
}

// zintSide returns how many rows zint's symbol has.
func zintSide(ctx context.Context, t *testing.T, zint string, args []string) int {
	t.Helper()
	out, err := exec.CommandContext(ctx, zint, append(args, "--dump")...).CombinedOutput()
	if err != nil {
		t.Fatalf("zint %q: %v: %s", args, err, out)
	}
	return bytes.Count(bytes.TrimSpace(out), []byte("\n")) + 1
}
