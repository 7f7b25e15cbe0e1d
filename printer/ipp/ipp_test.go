package ipp_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"waybill/printer/ipp"
)

// same compares messages; no bytes are as good as none at all.
func same(a, b ipp.Message) string { return cmp.Diff(a, b, cmpopts.EquateEmpty()) }

// TestRequestBytes holds the encoding against bytes written down by hand after
// RFC 8010, section 3.1.
func TestRequestBytes(t *testing.T) {
	m := ipp.Request(ipp.GetJobAttributes, 7,
		ipp.Strings("printer-uri", ipp.URI, "ipp://p/"),
		ipp.Int("job-id", ipp.Integer, 258),
		ipp.Bool("last-document", true),
		ipp.Strings("requested-attributes", ipp.Keyword, "job-state", "job-id"))
	got, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) string { return hex.EncodeToString([]byte(s)) }
	want := strings.Join([]string{
		"0101", "0009", "00000007", "01",
		"47", "0012", text("attributes-charset"), "0005", text("utf-8"),
		"48", "001b", text("attributes-natural-language"), "0002", text("en"),
		"45", "000b", text("printer-uri"), "0008", text("ipp://p/"),
		"21", "0006", text("job-id"), "0004", "00000102",
		"22", "000d", text("last-document"), "0001", "01",
		"44", "0014", text("requested-attributes"), "0009", text("job-state"),
		"44", "0000", "0006", text("job-id"),
		"03",
	}, "")
	if hex.EncodeToString(got) != want {
		t.Errorf("bytes\n%x, want\n%s", got, want)
	}
}

func TestAccessors(t *testing.T) {
	pair := []byte("\x00\x02de\x00\x05Etike")
	m := ipp.Message{Groups: []ipp.Group{
		{Tag: ipp.OperationGroup},
		{Tag: ipp.PrinterGroup, Attributes: []ipp.Attribute{
			ipp.Strings("reasons", ipp.Keyword, "none", "paused"),
			ipp.Int("state", ipp.Enum, -3),
			ipp.Bool("accepting", false),
			{Name: "message", Values: []ipp.Value{{Tag: ipp.NoValue}, {Tag: ipp.TextWithLanguage, Bytes: pair}}},
			{Name: "broken", Values: []ipp.Value{{Tag: ipp.TextWithLanguage, Bytes: pair[:5]}, {Tag: ipp.Integer, Bytes: pair[:3]}, {Tag: ipp.Boolean}}},
		}},
	}}
	at := func(name string) ipp.Attribute { return m.Attribute(ipp.PrinterGroup, name) }
	if diff := cmp.Diff([]string{"none", "paused"}, at("reasons").Texts()); diff != "" {
		t.Error(diff)
	}
	if !at("reasons").Has("paused") || at("reasons").Has("paus") || m.Attribute(ipp.JobGroup, "reasons").Has("paused") {
		t.Error("a value was not found, or found where it is not")
	}
	if n, ok := at("state").Int(); n != -3 || !ok || !at("state").HasInt(-3) || at("state").HasInt(3) {
		t.Errorf("state %d, %v", n, ok)
	}
	if is, ok := at("accepting").Bool(); is || !ok {
		t.Errorf("accepting %v, %v", is, ok)
	}
	if got := at("message").Text(); got != "Etike" {
		t.Errorf("message %q", got)
	}
	broken := at("broken")
	_, isInt := broken.Int()
	_, isBool := broken.Bool()
	if broken.Text() != "" || isInt || isBool || at("absent").Text() != "" {
		t.Error("a broken or absent value was read")
	}
}

func TestAppendRefuses(t *testing.T) {
	group := func(a ipp.Attribute) ipp.Message {
		return ipp.Message{Groups: []ipp.Group{{Tag: ipp.JobGroup, Attributes: []ipp.Attribute{a}}}}
	}
	deep := ipp.Value{Tag: ipp.Integer, Bytes: make([]byte, 4)}
	for range 9 {
		deep = ipp.Value{Tag: ipp.Collection, Members: []ipp.Attribute{{Name: "m", Values: []ipp.Value{deep}}}}
	}
	for name, m := range map[string]ipp.Message{
		"a group that ends all": {Groups: []ipp.Group{{Tag: 3}}},
		"a group that is none":  {Groups: []ipp.Group{{Tag: ipp.Integer}}},
		"no name":               group(ipp.Strings("", ipp.Keyword, "a")),
		"no value":              group(ipp.Attribute{Name: "a"}),
		"a value of no syntax":  group(ipp.Strings("a", 0x37, "a")),
		"too long":              group(ipp.Strings("a", ipp.Text, strings.Repeat("x", 1<<15))),
		"too deep":              group(ipp.Attribute{Name: "a", Values: []ipp.Value{deep}}),
	} {
		if _, err := m.Append(nil); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const head = "0200" + "0000" + "00000001"
	for name, tail := range map[string]string{
		"no end":                      "01",
		"a value without a group":     "210001610004000000010" + "3",
		"a value without a name":      "01210000000400000001" + "03",
		"tag zero":                    "00",
		"a negative length":           "0121ffff03",
		"a length beyond the end":     "01440001610010000003",
		"a collection without an end": "0134000161000003",
		"a member outside":            "014a00016100016203",
		"an end outside":              "01370001610000" + "03",
		"a member without a value":    "0134000161" + "0000" + "4a00000001" + "62" + "3700000000" + "03",
		"a member without a name":     "0134000161" + "0000" + "4a00000000" + "3700000000" + "03",
		"a value of no member":        "0134000161" + "0000" + "2100000004" + "00000001" + "3700000000" + "03",
	} {
		data, err := hex.DecodeString(head + tail)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m, _, err := ipp.Decode(data); err == nil {
			t.Errorf("%s was read as %+v", name, m)
		}
	}
	if _, _, err := ipp.Decode([]byte("HTTP")); err == nil {
		t.Error("half a header was read")
	}
	bomb, _ := hex.DecodeString(head + "0121000161000400000001" + strings.Repeat("21000000", 60_000))
	if _, _, err := ipp.Decode(bomb); err == nil {
		t.Error("values without end were read")
	}
}

// messages makes messages that can be written.
func messages() *rapid.Generator[ipp.Message] {
	name := rapid.StringMatching(`[a-z][a-z-]{0,20}`)
	var value func(depth int) *rapid.Generator[ipp.Value]
	attribute := func(depth int) *rapid.Generator[ipp.Attribute] {
		return rapid.Custom(func(t *rapid.T) ipp.Attribute {
			return ipp.Attribute{Name: name.Draw(t, "name"), Values: rapid.SliceOfN(value(depth), 1, 3).Draw(t, "values")}
		})
	}
	value = func(depth int) *rapid.Generator[ipp.Value] {
		return rapid.Custom(func(t *rapid.T) ipp.Value {
			tag := ipp.Tag(rapid.SampledFrom([]byte{0x10, 0x13, 0x21, 0x22, 0x23, 0x30, 0x33, 0x34, 0x35, 0x41, 0x44, 0x7f}).Draw(t, "tag"))
			v := ipp.Value{Tag: tag, Bytes: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")}
			if tag == ipp.Collection && depth < 3 {
				v.Members = rapid.SliceOfN(attribute(depth+1), 0, 3).Draw(t, "members")
			}
			return v
		})
	}
	return rapid.Custom(func(t *rapid.T) ipp.Message {
		return ipp.Message{
			Major: rapid.Byte().Draw(t, "major"), Minor: rapid.Byte().Draw(t, "minor"),
			Code: rapid.Uint16().Draw(t, "code"), RequestID: rapid.Uint32().Draw(t, "id"),
			Groups: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ipp.Group {
				return ipp.Group{
					Tag:        ipp.Tag(rapid.SampledFrom([]byte{1, 2, 4, 5, 6, 15}).Draw(t, "group")),
					Attributes: rapid.SliceOfN(attribute(0), 0, 4).Draw(t, "attributes"),
				}
			}), 0, 3).Draw(t, "groups"),
		}
	})
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := messages().Draw(t, "message")
		document := rapid.SliceOf(rapid.Byte()).Draw(t, "document")
		data, err := m.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, rest, err := ipp.Decode(append(data, document...))
		if err != nil {
			t.Fatalf("%v\n%x", err, data)
		}
		if diff := same(m, got); diff != "" || !bytes.Equal(rest, document) {
			t.Errorf("read back with %q behind it (-written +read):\n%s", rest, diff)
		}
		for n := range data { // no part of a message is a message
			if _, _, err := ipp.Decode(data[:n]); err == nil {
				t.Fatalf("%d of %d bytes were read as a message", n, len(data))
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	m := ipp.Request(ipp.PrintJob, 1, ipp.Attribute{Name: "media-col", Values: []ipp.Value{{
		Tag: ipp.Collection, Members: []ipp.Attribute{ipp.Int("x", ipp.Integer, 1)},
	}}})
	seed, err := m.Append(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(seed, "%PDF-"...))
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, rest, err := ipp.Decode(data)
		if err != nil {
			return
		}
		if !bytes.HasSuffix(data, rest) {
			t.Fatalf("%q does not end in %q", data, rest)
		}
		written, err := m.Append(nil)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, more, err := ipp.Decode(written)
		if err != nil || len(more) > 0 {
			t.Fatalf("what was written cannot be read: %v, %q left", err, more)
		}
		if diff := same(m, again); diff != "" {
			t.Error(diff)
		}
	})
}
