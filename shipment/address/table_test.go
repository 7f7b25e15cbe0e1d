package address

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment"
)

// eachCountry runs do for every country, in order.
func eachCountry(t *testing.T, do func(t *testing.T, c *country)) {
	t.Helper()
	var codes []string
	for code := range index() {
		if code != "ZZ" {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	if len(codes) < 250 {
		t.Fatalf("the table has %d countries, want at least ISO's 249 and Kosovo", len(codes))
	}
	for _, code := range codes {
		do(t, formatOf(code))
	}
}

// TestTable holds what the code takes for granted of the generated table.
func TestTable(t *testing.T) {
	alpha3, examples := map[string]string{}, 0
	eachCountry(t, func(t *testing.T, c *country) {
		if c.name() == "" {
			t.Errorf("%s has no name", c.code)
		}
		if len(c.alpha3) != 3 || alpha3[c.alpha3] != "" {
			t.Errorf("%s has the three-letter code %q, which %q has too", c.code, c.alpha3, alpha3[c.alpha3])
		}
		alpha3[c.alpha3] = c.code
		if strings.Trim(c.require, "NOADCSZR") != "" || strings.Trim(c.upper, "NOADCSZX") != "" {
			t.Errorf("%s requires %q and writes %q in capitals", c.code, c.require, c.upper)
		}
		if c.noZip && len(c.shapes) > 0 {
			t.Errorf("%s has no postcodes and shapes of them: %v", c.code, c.shapes)
		}
		if (c.zipPattern == "") != (len(c.shapes) == 0) {
			t.Errorf("%s has the pattern %q and the shapes %v", c.code, c.zipPattern, c.shapes)
		}
		if _, err := regexp.Compile(c.zipPattern); err != nil {
			t.Errorf("%s: %v", c.code, err)
		}
		examples += len(c.examples)
		for _, r := range c.regions {
			if r.key == "" || strings.TrimSpace(r.key) != r.key {
				t.Errorf("%s has a region with the key %q", c.code, r.key)
			}
			for _, name := range []string{r.key, r.name, r.latin, c.code + "-" + r.iso} {
				if got, ok := c.findOne(name, ""); name != "" && !strings.HasSuffix(name, "-") && (!ok || got.key != r.key) && !ambiguous(c, name) {
					t.Errorf("%s: %q is %q, want %q", c.code, name, got.key, r.key)
				}
			}
		}
	})
	if examples < 300 {
		t.Errorf("%d example postcodes; the table has lost some", examples)
	}
}

// ambiguous reports whether several regions have the name.
func ambiguous(c *country, name string) bool { return len(c.find(name)) > 1 }

// TestExamples holds that every example postcode of every country is taken as
// one and that what people make of it becomes the same again.
func TestExamples(t *testing.T) {
	eachCountry(t, func(t *testing.T, c *country) {
		for _, e := range c.examples {
			canonical, ok := c.write(e)
			if !ok {
				t.Errorf("%s: %s is no postcode", c.code, e)
				continue
			}
			compact := strings.NewReplacer(" ", "", "-", "").Replace(e)
			spellings := []string{
				canonical, compact, strings.ToLower(e), strings.ToLower(compact), strings.ReplaceAll(e, " ", "-"), strings.ReplaceAll(e, "-", " "),
				c.code + "-" + e, c.code + " " + compact, wide(e), strings.ReplaceAll(e, " ", "\u00a0"),
			}
			for _, s := range spellings {
				if got, ok := c.write(s); !ok || got != canonical {
					t.Errorf("%s: %q becomes %q, %v, want %q", c.code, s, got, ok, canonical)
				}
			}
		}
	})
}

// wide writes s in the full-width characters of East Asian keyboards.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return 0x3000
		case r > ' ' && r <= '~':
			return r + 0xfee0
		}
		return r
	}, s)
}

// TestExamplesLieSomewhere holds the prefixes of regions against the example
// postcodes, where the regions have all postcodes between them.
func TestExamplesLieSomewhere(t *testing.T) {
	eachCountry(t, func(t *testing.T, c *country) {
		if c.whole && !c.hasPrefixes() {
			t.Errorf("%s has regions without prefixes", c.code)
		}
		for _, e := range c.examples {
			if w, _ := c.write(e); c.hasPrefixes() && !c.fuzzy && len(c.regionsOf(w)) == 0 && !c.open {
				t.Errorf("%s: no region has %s", c.code, w)
			}
		}
	})
}

// TestPostcodeFormsAreStable holds that what is written once is written the same again,
// whatever it was.
func TestPostcodeFormsAreStable(t *testing.T) {
	var lands []*country
	eachCountry(t, func(_ *testing.T, c *country) { lands = append(lands, c) })
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(lands).Draw(t, "country")
		code := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9〒 -]{0,10}`), rapid.String()).Draw(t, "code")
		if w, ok := c.write(code); ok {
			if again, ok := c.write(w); !ok || again != w {
				t.Errorf("%s: %q became %q and then %q, %v", c.code, code, w, again, ok)
			}
		}
	})
}

// TestNormalisedIsNormal holds that checking a normalised address changes nothing
// more, for addresses of any country put together from its own data.
func TestNormalisedIsNormal(t *testing.T) {
	var lands []*country
	eachCountry(t, func(_ *testing.T, c *country) { lands = append(lands, c) })
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(lands).Draw(t, "country")
		words := rapid.SampledFrom([]string{"", "1 Main St", "Hauptstraße 12", "Austin, TX 78701", "丸の内1-9-1", "ул. Ленина 5", "PO Box 12", "Madrid", "N/A", "東京都千代田区"})
		region := ""
		if len(c.regions) > 0 {
			r := rapid.SampledFrom(c.regions).Draw(t, "region")
			region = rapid.SampledFrom([]string{"", r.key, r.name, r.latin, strings.ToLower(r.name), c.code + "-" + r.iso, r.iso}).Draw(t, "spelling")
		}
		code := ""
		if len(c.examples) > 0 {
			code = rapid.SampledFrom(append(c.examples, "", "0", "00000")).Draw(t, "code")
		}
		a := shipment.Address{
			Name: "Ava Smith", Line1: words.Draw(t, "line1"), Line2: words.Draw(t, "line2"), City: words.Draw(t, "city"), District: words.Draw(t, "district"),
			Region: region, PostalCode: code, Country: rapid.SampledFrom([]string{c.code, c.alpha3, c.name(), strings.ToUpper(c.name())}).Draw(t, "spelling of country"),
		}
		first := Check(a)
		again := Check(first.Address)
		if len(again.Changes) > 0 {
			t.Errorf("%+v\nbecame %+v\nand changed again: %+v", a, first.Address, again.Changes)
		}
	})
}
