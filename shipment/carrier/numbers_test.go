package carrier_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"waybill/shipment/carrier"
)

// A publicNumber is a line of testdata/numbers.tsv.
type publicNumber struct {
	line           int
	number, expect string
	source, note   string
}

func publicNumbers(t testing.TB) []publicNumber {
	t.Helper()
	f, err := os.Open("testdata/numbers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []publicNumber
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		if strings.HasPrefix(in.Text(), "#") && !strings.Contains(in.Text(), "\t") {
			continue
		}
		fields := strings.Split(in.Text(), "\t")
		if len(fields) < 3 {
			t.Fatalf("line %d: %d fields, want number, expectation, source", n, len(fields))
		}
		p := publicNumber{line: n, number: fields[0], expect: fields[1], source: fields[2]}
		if len(fields) > 3 {
			p.note = fields[3]
		}
		if strings.HasPrefix(p.number, `"`) {
			if err := json.Unmarshal([]byte(fields[0]), &p.number); err != nil {
				t.Fatalf("line %d: %v", n, err)
			}
		}
		out = append(out, p)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPublicNumbers holds the table of numbers from public sources: the first
// match's carrier, whether it is valid, and its check digit.
func TestPublicNumbers(t *testing.T) {
	numbers := publicNumbers(t)
	if len(numbers) < 400 {
		t.Errorf("%d numbers, want 400 at least", len(numbers))
	}
	for _, p := range numbers {
		_, matches := carrier.Default().Recognise(p.number, carrier.Hints{})
		if got := judged(matches, p.expect); got != p.expect {
			t.Errorf("line %d: %q (%s; %s): %s, want %s; all: %+v", p.line, p.number, p.source, p.note, got, p.expect, matches)
		}
	}
}

// judged says about the matches what an expectation says.
func judged(matches []carrier.Match, expect string) string {
	if len(matches) == 0 {
		if expect == "unsure" {
			return expect
		}
		return "nobody"
	}
	m := matches[0]
	if expect == "unsure" && m.Confidence == carrier.Low {
		return expect
	}
	if !m.Valid && m.CheckDigit != "bad" {
		return string(m.Carrier) + " invalid"
	}
	return string(m.Carrier) + " " + m.CheckDigit
}
