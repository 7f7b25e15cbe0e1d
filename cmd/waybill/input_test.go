package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinesInLinesOut holds that each line in is one line out, in order, however
// odd the line is.
func TestLinesInLinesOut(t *testing.T) {
	t.Parallel()
	tooLong := strings.Repeat("x", maxLine+1)
	tests := []struct {
		name, in string
		want     []string // the ID or the error's code
	}{
		{"nothing", "", nil},
		{"two", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", []string{"a", "b"}},
		{"last line without end", "{\"id\":\"a\"}\n{\"id\":\"b\"}", []string{"a", "b"}},
		{"blank lines", "\n{\"id\":\"a\"}\n \r\n", []string{"empty", "a", "empty"}},
		{"first too long", tooLong + "\n{\"id\":\"b\"}\n", []string{"too_long", "b"}},
		{"last too long", "{\"id\":\"a\"}\n" + tooLong, []string{"a", "too_long"}},
		{"one over several lines", "{\n\"id\":\n\"a\"}\n", []string{"a"}},
		{"first cut off", "{\"id\":\"a\"\n{\"id\":\"b\"}\n", []string{"json", "b"}},
		{"first cut off, then too long", "{\"id\":\"a\"\n" + tooLong + "\n{\"id\":\"c\"}\n", []string{"json", "too_long", "c"}},
		{"no JSON", "x\ny\n", []string{"json", "json"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			con := &console{out: &out}
			var got []string
			err := forEachLine(con, jsonLines(strings.NewReader(test.in)), func(line []byte) (any, error) {
				id := ownName(line, "id")
				if !bytes.HasSuffix(line, []byte("}")) {
					return nil, &lineError{Code: "json"}
				}
				return string(bytes.Trim(id, `"`)), nil
			})
			failed := false
			for line := range strings.Lines(out.String()) {
				if _, code, bad := strings.Cut(line, `"code":"`); bad {
					line, _, _ = strings.Cut(code, `"`)
					failed = true
				}
				got = append(got, strings.Trim(line, "\"\n"))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if errors.Is(err, errReported) != failed {
				t.Errorf("error %v", err)
			}
		})
	}
}

// FuzzJSONLines holds that reading input as JSON lines loses and invents no
// line.
func FuzzJSONLines(f *testing.F) {
	f.Add([]byte("{\"id\":1}\n\n{"))
	f.Add([]byte("{\n}\n"))
	f.Add([]byte("{\n}\n{}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		_ = forEachLine(&console{out: &out}, jsonLines(bytes.NewReader(in)), func([]byte) (any, error) { return 1, nil })
		want := bytes.Count(in, []byte("\n"))
		if len(in) > 0 && in[len(in)-1] != '\n' {
			want++
		}
		if got := bytes.Count(out.Bytes(), []byte("\n")); got != want && got != 1 {
			t.Errorf("%d lines out for %d in", got, want)
		}
	})
}
