package carrier

import "testing"

func TestShippedTerms(t *testing.T) {
	if _, err := parseTerms(termsYAML); err != nil {
		t.Fatal(err)
	}
}
