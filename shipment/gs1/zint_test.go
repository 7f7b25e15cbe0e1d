package gs1_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment/gs1"
)

// TestAgainstZint holds every identifier's rules to those of zint, which shares
// nothing with ours. It makes VALUES values for each, 1 where it is not set, and
// spoils every other one. What zint's release does not know yet is left out.
func TestAgainstZint(t *testing.T) {
	if _, err := exec.LookPath("zint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("zint is missing; tools/install.sh installs it")
		}
		t.Skip("zint is missing: nobody to compare with (Debian: apt-get install zint)")
	}
	values, err := strconv.Atoi(os.Getenv("VALUES"))
	if err != nil {
		values = 1
	}
	judged, right := 0, 0
	for n, ai := range gs1.AIs() {
		made := rapid.Custom(func(t *rapid.T) string {
			v := value(t, ai)
			if rapid.Bool().Draw(t, "spoil") {
				at := rapid.IntRange(0, len(v)-1).Draw(t, "at")
				v = v[:at] + rapid.SampledFrom([]string{"", "0", "9", "A", "a", "-", "%", "#", "00"}).Draw(t, "with") + v[at+1:]
			}
			return v
		})
		for i := range values {
			v := made.Example(n*values + i)
			if v == "" {
				continue
			}
			said, ok := zintSays(t, ai, v)
			if said == "" {
				continue
			}
			judged++
			err := gs1.CheckValue(ai, v)
			if err == nil {
				right++
			}
			if (err == nil) != ok && !dictionarySays(ai, v, err) {
				t.Errorf("(%s)%s: %v; zint: %s", ai, v, err, said)
			}
		}
	}
	t.Logf("%d values judged, %d of them right", judged, right)
	if judged < values*len(gs1.AIs())/2 || right == 0 || right == judged {
		t.Errorf("%d values judged, %d of them right: that compares nothing", judged, right)
	}
}

// zintSays returns zint's verdict on a value; said is empty where it has none:
// it does not know the identifier, or the symbol would be too big.
func zintSays(t *testing.T, ai, v string) (said string, ok bool) {
	out, err := exec.Command("zint", "-b", "GS1_128", "--dump", "-d", "["+ai+"]"+v).CombinedOutput()
	said, _, _ = strings.Cut(string(out), "\n")
	switch {
	case strings.Contains(said, "Invalid AI"), strings.Contains(said, "too long (60"), strings.Contains(said, "too long (102"):
		return "", false
	case strings.HasPrefix(said, "Error"), strings.HasPrefix(said, "Warning"):
		return said, false
	case err != nil:
		t.Fatalf("zint (%s)%s: %v: %s", ai, v, err, out)
	}
	return "right", true
}

// dictionarySays reports whether zint 2.11 and the dictionary, as it is now, say
// different things: a company prefix had 3 digits then, a component's serial
// number (8011) may not be 0, and currencies come and go.
func dictionarySays(ai, v string, err error) bool {
	switch codeOf(err) {
	case "":
		return (strings.HasPrefix(ai, "391") || strings.HasPrefix(ai, "393")) && strings.Contains("396 924 926", v[:3])
	case gs1.BadCompany:
		return true
	case gs1.BadZero:
		return ai == "8011" && v == "0"
	case gs1.BadCurrency:
		return strings.Contains("191 694 931 932", v[:3])
	default:
		return false
	}
}
