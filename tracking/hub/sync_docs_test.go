package hub_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"waybill/sync/wire"
)

// An exchange is a request of the documentation and the answer that it promises.
type exchange struct {
	line     int
	method   string
	path     string
	header   http.Header
	body     string
	status   string
	answered http.Header
	answer   string
}

// exchanges reads the examples of a page: blocks marked http, a request and then its
// answer.
func exchanges(t *testing.T, page string) []exchange {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []exchange
	block, open, begin := "", false, 0
	for n, line := range strings.Split(string(raw), "\n") {
		switch {
		case line == "```http":
			block, open, begin = "", true, n+1
		case line == "```" && open:
			open = false
			head, body, _ := strings.Cut(block, "\n\n")
			first, fields, _ := strings.Cut(head, "\n")
			header := readHeader(t, fields)
			words := strings.SplitN(strings.TrimSpace(first), " ", 3)
			if len(words) < 3 {
				t.Fatalf("%s:%d: %q is no first line", page, begin, first)
			}
			if strings.HasPrefix(first, "HTTP/") {
				if len(all) == 0 || all[len(all)-1].status != "" {
					t.Fatalf("%s:%d: an answer without a request", page, begin)
				}
				x := &all[len(all)-1]
				x.status, x.answered, x.answer = words[1]+" "+words[2], header, body
				continue
			}
			all = append(all, exchange{line: begin, method: words[0], path: words[1], header: header, body: strings.TrimSuffix(body, "\n")})
		case open:
			block += line + "\n"
		}
	}
	return all
}

func readHeader(t *testing.T, fields string) http.Header {
	t.Helper()
	h := http.Header{}
	in := bufio.NewScanner(strings.NewReader(fields))
	for in.Scan() {
		if in.Text() == "" {
			continue
		}
		name, value, ok := strings.Cut(in.Text(), ":")
		if !ok {
			t.Fatalf("%q is no header", in.Text())
		}
		h.Set(name, strings.TrimSpace(value))
	}
	return h
}

// TestTheDocumentedProtocolIsTheHubs sends every example of the page to a hub, in
// order.
func TestTheDocumentedProtocolIsTheHubs(t *testing.T) {
	const page = "../../docs/sync.md"
	b := newBench(t, withTokens)
	all := exchanges(t, page)
	if len(all) < 9 {
		t.Fatalf("%s has %d examples", page, len(all))
	}
	for _, x := range all {
		at := fmt.Sprintf("%s:%d: %s %s", page, x.line, x.method, x.path)
		var headers []string
		for name := range x.header {
			headers = append(headers, name, strings.ReplaceAll(x.header.Get(name), "Bearer TOKEN", "Bearer one"))
		}
		got, text := b.do(t, x.method, x.path, []byte(x.body), headers...)
		if got.Status != x.status {
			t.Errorf("%s: %s, documented is %s: %s", at, got.Status, x.status, text)
			continue
		}
		for name := range x.answered {
			if want, is := x.answered.Get(name), got.Header.Get(name); !strings.HasPrefix(is, want) {
				t.Errorf("%s: %s is %q, documented is %q", at, name, is, want)
			}
		}
		if wrong := differs(decoded(t, at, x.answer), decoded(t, at, text), ""); wrong != "" {
			t.Errorf("%s: %s\n%s", at, wrong, text)
		}
		if _, err := wire.ParseNotice(x.header.Get(wire.NoticeHeader)); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func decoded(t *testing.T, at, text string) any {
	t.Helper()
	in := json.NewDecoder(strings.NewReader(text))
	var v any
	if err := in.Decode(&v); err != nil {
		t.Fatalf("%s: %v in %s", at, err, text)
	}
	if _, err := in.Token(); err != io.EOF {
		t.Fatalf("%s: more than one document in %s", at, text)
	}
	return v
}

// differs says where got is not what want promises, or nothing. A text of … is any
// but an empty one, and got may have members of which want says nothing, other than
// in its results: what is promised there is all there is.
func differs(want, got any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v", at, got)
		}
		for name, promised := range want {
			if wrong := differs(promised, members[name], at+"/"+name); wrong != "" {
				return wrong
			}
		}
		if code, rejected := members["code"], members["status"] == "rejected"; rejected && code != want["code"] {
			return fmt.Sprintf("%s has the code %v", at, code)
		}
	case []any:
		items, ok := got.([]any)
		if !ok || len(items) != len(want) {
			return fmt.Sprintf("%s is %v, promised are %d", at, got, len(want))
		}
		for i := range want {
			if wrong := differs(want[i], items[i], fmt.Sprintf("%s/%d", at, i)); wrong != "" {
				return wrong
			}
		}
	default:
		if text, ok := got.(string); want == "…" && ok && text != "" {
			return ""
		}
		if !reflect.DeepEqual(want, got) {
			return fmt.Sprintf("%s is %v, promised is %v", at, got, want)
		}
	}
	return ""
}
