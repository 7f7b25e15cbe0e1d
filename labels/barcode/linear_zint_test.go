package barcode_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
)

// fromZint returns the rows of the symbol that Debian's zint, an encoder that
// shares nothing with ours, makes of the same data.
func fromZint(t testing.TB, args ...string) []string {
	out, err := exec.Command("zint", append(args, "--dump")...).CombinedOutput()
	if err != nil {
		t.Fatalf("zint %q: %v: %s", args, err, out)
	}
	var rows []string
	for line := range strings.Lines(string(out)) {
		var b strings.Builder
		for _, digit := range strings.ReplaceAll(strings.TrimSpace(line), " ", "") {
			v, err := strconv.ParseUint(string(digit), 16, 4)
			if err != nil {
				t.Fatalf("zint %q: %s", args, out)
			}
			fmt.Fprintf(&b, "%04b", v)
		}
		rows = append(rows, b.String())
	}
	return rows
}

func needZint(t testing.TB) {
	if _, err := exec.LookPath("zint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("zint is missing; tools/install.sh installs it")
		}
		t.Skip("zint is missing: no second encoder to compare with (Debian: apt-get install zint)")
	}
}

// widths returns a row as narrow and wide runs: symbologies of two widths leave
// their ratio to the printer.
func widths(row string) string {
	var b strings.Builder
	row = strings.TrimRight(row, "0")
	for i := 0; i < len(row); {
		n := 1
		for i+n < len(row) && row[i+n] == row[i] {
			n++
		}
		b.WriteByte("NW"[min(n-1, 1)])
		i += n
	}
	return b.String()
}

// TestLinearLikeZint compares bar for bar with zint. gozxing reads the same
// symbols back in labels/verify.
func TestLinearLikeZint(t *testing.T) {
	raced.Skip(t)
	needZint(t)
	for _, tc := range []struct {
		sym     labels.Symbology
		zint    string
		pattern string
		two     bool // of two widths
		o       barcode.Options
		args    []string
	}{
		{labels.EAN13, "13", `[0-9]{12}`, false, barcode.Options{}, nil},
		{labels.EAN8, "13", `[0-9]{7}`, false, barcode.Options{}, nil},
		{labels.UPCA, "34", `[0-9]{11}`, false, barcode.Options{}, nil},
		{labels.UPCE, "37", `[01][0-9]{2}[3-9][1-9]{2}[5-9]`, false, barcode.Options{}, nil},
		{labels.UPCE, "37", `[01][0-9]{5}[0-2]`, false, barcode.Options{}, nil},
		{labels.ITF14, "89", `[0-9]{13}`, true, barcode.Options{}, nil},
		{labels.Code39, "8", `[0-9A-Z$/+%. -]{1,20}`, true, barcode.Options{}, nil},
		{labels.Code39, "8", `[0-9A-Z$/+%. -]{1,20}`, true, barcode.Options{Check: true}, []string{"--vers=1"}},
		{labels.Code39Full, "9", `[\x01-\x7f]{1,20}`, true, barcode.Options{}, nil},
		{labels.Code93, "25", `[\x01-\x7f]{1,25}`, false, barcode.Options{}, nil},
		{labels.Codabar, "18", `[A-D][0-9$:/.+-]{1,20}[A-D]`, true, barcode.Options{}, nil},
		{labels.Codabar, "18", `[A-D][0-9$:/.+-]{1,20}[A-D]`, true, barcode.Options{Check: true}, []string{"--vers=1"}},
	} {
		t.Run(string(tc.sym), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				payload := rapid.StringMatching(tc.pattern).Draw(r, "payload")
				sym, err := barcode.Encode(tc.sym, []byte(payload), tc.o)
				if err != nil {
					r.Fatal(err)
				}
				got := modules(sym.Modules)[0]
				want := strings.TrimRight(fromZint(t, append([]string{"-b", tc.zint, "-d", payload}, tc.args...)...)[0], "0")
				if tc.two {
					got, want = widths(got), widths(want)
				}
				if got != want {
					r.Fatalf("%q:\n%s, zint has\n%s", payload, got, want)
				}
			})
		})
	}
}

func TestIMbLikeZint(t *testing.T) {
	raced.Skip(t)
	needZint(t)
	rapid.Check(t, func(r *rapid.T) {
		track := rapid.StringMatching(`[0-9][0-4][0-9]{18}`).Draw(r, "tracking")
		zip := rapid.SampledFrom([]string{"", "[0-9]{5}", "[0-9]{9}", "[0-9]{11}"}).Draw(r, "kind")
		data := track
		if zip != "" {
			zip = rapid.StringMatching(zip).Draw(r, "zip")
			data += "-" + zip
		}
		want := fromZint(t, "-b", "85", "-d", data)
		sym, err := barcode.Encode(labels.IMb, []byte(track+zip), barcode.Options{})
		if err != nil {
			r.Fatal(err)
		}
		got := modules(sym.Modules)
		for ours, theirs := range map[int]int{0: 0, 1: 0, 2: 1, 3: 1, 4: 2, 5: 2} {
			if got[ours] != want[theirs][:129] {
				r.Fatalf("%s: row %d\n%s, zint has\n%s", data, ours, got[ours], want[theirs])
			}
		}
	})
}

// TestMaxiCodeLikeZint compares module for module, where the two choose the
// same symbol characters: for capital letters, and for a parcel's message.
func TestMaxiCodeLikeZint(t *testing.T) {
	raced.Skip(t)
	needZint(t)
	compare := func(r interface{ Fatalf(string, ...any) }, sym labels.Symbol, want []string) {
		got := modules(sym.Modules)
		for y := range got {
			if got[y] != want[y][:30] {
				r.Fatalf("%q: row %d\n%s, zint has\n%s", sym.Payload, y, got[y], want[y][:30])
			}
		}
	}
	rest := "1Z12345675\x1dUPSN\x1d12345E\x1d089\x1d\x1d1/1\x1d10\x1dY\x1d\x1dSALT LAKE CITY\x1dUT\x1e\x04"
	rapid.Check(t, func(r *rapid.T) {
		country, class := rapid.StringMatching(`[0-9]{3}`).Draw(r, "country"), rapid.StringMatching(`[0-9]{3}`).Draw(r, "class")
		for mode, pattern := range map[int]string{2: `[0-9]{9}`, 3: `[0-9A-Z]{5}[A-Z]`} {
			postcode := rapid.StringMatching(pattern).Draw(r, "postcode")
			payload := barcode.CarrierMessage{Postcode: postcode, Country: country, Class: class}.Payload()
			payload = append(payload[:len(payload)-2], "\x1d"+rest...)
			sym, err := barcode.Encode(labels.MaxiCode, payload, barcode.Options{})
			if err != nil {
				r.Fatal(err)
			}
			compare(r, sym, fromZint(t, "-b", "57", "--mode="+strconv.Itoa(mode), "--scmvv=96", "--primary="+postcode+country+class, "-d", rest))
		}
		for mode, most := range map[int]int{4: 93, 5: 77, 6: 93} {
			text := rapid.StringMatching(fmt.Sprintf(`[A-Z0-9]{1,4}([A-Z ./]{1,4}[0-9]{1,3}){0,%d}`, (most-4)/7)).Draw(r, "text")
			sym, err := barcode.Encode(labels.MaxiCode, []byte(text), barcode.Options{Mode: mode})
			if err != nil {
				r.Fatal(err)
			}
			compare(r, sym, fromZint(t, "-b", "57", "--mode="+strconv.Itoa(mode), "-d", text))
		}
	})
}

// TestCode128OfLatin1LikeZint holds that no symbol of ISO/IEC 8859-1 is longer
// than zint's, which changes halves by rules of thumb, and that there is
// something to compare: most are as long.
func TestCode128OfLatin1LikeZint(t *testing.T) {
	needZint(t)
	same, shorter := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		payload := rapid.StringMatching(`[!-~\xa0-\xff]{1,6}([0-9]{2,8}|[à-ÿ]{1,6})?[!-~\xa0-\xff]{0,6}`).Draw(r, "payload")
		sym, err := barcode.Encode(labels.Code128, []byte(payload), barcode.Options{})
		if err != nil {
			r.Fatal(err)
		}
		theirs := len(strings.TrimRight(fromZint(t, "-b", "20", "-d", payload)[0], "0"))
		switch {
		case sym.Modules.W > theirs:
			r.Fatalf("%q: %d modules, zint has %d", payload, sym.Modules.W, theirs)
		case sym.Modules.W < theirs:
			shorter++
		default:
			same++
		}
	})
	t.Logf("%d as long as zint's, %d shorter", same, shorter)
	if same < shorter {
		t.Errorf("%d symbols are as long as zint's, and %d shorter: too good to be true", same, shorter)
	}
}
