package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/sync/wire"
)

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func publicOf(t testing.TB, seed byte) ed25519.PublicKey {
	t.Helper()
	key, ok := keyOf(seed).Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no public key")
	}
	return key
}

func bundleOf(names ...string) wire.Bundle {
	b := wire.Bundle{Version: 7, Made: wire.Timestamp(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)), By: "Kim"}
	for _, n := range names {
		b.Files = append(b.Files, wire.BundleFile{Name: n, Content: []byte("content of " + n)})
	}
	return b
}

func TestOnlyWhatTheHubHasSignedIsRead(t *testing.T) {
	t.Parallel()
	signed, err := wire.Sign(keyOf(1), wire.ForBundle, bundleOf("rules.yaml", "templates/a.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)/2] ^= 1
		return b
	}
	for _, tt := range []struct {
		name    string
		signed  wire.Signed
		key     ed25519.PublicKey
		purpose wire.Purpose
		good    bool
	}{
		{"as it was signed", signed, publicOf(t, 1), wire.ForBundle, true},
		{"another hub's key", signed, publicOf(t, 2), wire.ForBundle, false},
		{"no key", signed, nil, wire.ForBundle, false},
		{"half a key", signed, publicOf(t, 1)[:16], wire.ForBundle, false},
		{"another purpose", signed, publicOf(t, 1), wire.ForInstructions, false},
		{"another payload", wire.Signed{Payload: flipped(signed.Payload), Signature: signed.Signature}, publicOf(t, 1), wire.ForBundle, false},
		{"another signature", wire.Signed{Payload: signed.Payload, Signature: flipped(signed.Signature)}, publicOf(t, 1), wire.ForBundle, false},
		{"no signature", wire.Signed{Payload: signed.Payload}, publicOf(t, 1), wire.ForBundle, false},
		{"nothing", wire.Signed{}, publicOf(t, 1), wire.ForBundle, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(tt.signed)
			if err != nil {
				t.Fatal(err)
			}
			var come wire.Signed
			if err := json.Unmarshal(text, &come); err != nil {
				t.Fatal(err)
			}
			var got wire.Bundle
			err = come.Open(tt.key, tt.purpose, &got)
			if (err == nil) != tt.good || err != nil && !errors.Is(err, wire.ErrSignature) {
				t.Errorf("Open: %v", err)
			}
			if diff := cmp.Diff(wantIf(tt.good), got, cmp.Comparer(func(a, b wire.Timestamp) bool { return time.Time(a).Equal(time.Time(b)) })); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func wantIf(good bool) wire.Bundle {
	if good {
		return bundleOf("rules.yaml", "templates/a.yaml")
	}
	return wire.Bundle{}
}

func TestFilesOfABundle(t *testing.T) {
	t.Parallel()
	file := func(name string) wire.BundleFile { return wire.BundleFile{Name: name} }
	for _, tt := range []struct {
		name  string
		files []wire.BundleFile
		want  string // of the error; empty: none
	}{
		{"plain", []wire.BundleFile{file("rules.yaml"), file("templates/my-label_2.yaml"), file("templates/logo.png"), file("zones.csv")}, ""},
		{"none", nil, "no files"},
		{"out of it", []wire.BundleFile{file("../rules.yaml")}, "without .."},
		{"out of it from within", []wire.BundleFile{file("templates/../../x")}, "without .."},
		{"absolute", []wire.BundleFile{file("/etc/passwd")}, "without .."},
		{"a drive", []wire.BundleFile{file("C:/x.yaml")}, "letters, digits"},
		{"a backslash", []wire.BundleFile{file(`templates\x.yaml`)}, "letters, digits"},
		{"a directory", []wire.BundleFile{file("templates/")}, "without .."},
		{"hidden", []wire.BundleFile{file("templates/.x")}, "not every system"},
		{"a dot at the end", []wire.BundleFile{file("templates./x")}, "not every system"},
		{"a device", []wire.BundleFile{file("templates/CON.yaml")}, "not every system"},
		{"a port", []wire.BundleFile{file("com1")}, "not every system"},
		{"no port", []wire.BundleFile{file("com.yaml"), file("comx.yaml")}, ""},
		{"no text", []wire.BundleFile{file("rules\x00.yaml")}, "letters, digits"},
		{"twice", []wire.BundleFile{file("rules.yaml"), file("Rules.yaml")}, "one file"},
		{"a file for a directory", []wire.BundleFile{file("templates"), file("templates/a/x.yaml")}, "is a file"},
		{"long", []wire.BundleFile{file(strings.Repeat("a", 201))}, "at most 200"},
		{"many", make([]wire.BundleFile, wire.MaxBundleFiles+1), "at most 500"},
		{"large", []wire.BundleFile{{Name: "rules.yaml", Content: make([]byte, wire.MaxBundleBytes+1)}}, "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := wire.CheckFiles(tt.files)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestNoInstructionIsMissed takes any pages of a hub and holds that one from which
// something is missing is told from one that is whole.
func TestNoInstructionIsMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(rt, "said")
		from := rapid.Int64Range(0, int64(n)).Draw(rt, "from")
		page := wire.Instructions{Station: "bench-1", From: from}
		for i := max(from, 1); i <= int64(n); i++ {
			page.List = append(page.List, wire.Instruction{Sequence: i, Order: "A", Action: wire.ActionHold})
		}
		if err := page.Check("bench-1", from); err != nil {
			rt.Fatalf("whole: %v", err)
		}
		if err := page.Check("bench-2", from); err == nil {
			rt.Fatal("another station's page is taken")
		}
		if err := page.Check("bench-1", from+1); err == nil {
			rt.Fatal("the answer to another question is taken")
		}
		if len(page.List) > 1 {
			gone := rapid.IntRange(0, len(page.List)-2).Draw(rt, "gone")
			page.List = append(page.List[:gone:gone], page.List[gone+1:]...)
			if err := page.Check("bench-1", from); err == nil {
				rt.Fatalf("number %d is missing, and nothing is said", max(from, 1)+int64(gone))
			}
		}
	})
}

func FuzzSigned(f *testing.F) {
	signed, err := wire.Sign(keyOf(1), wire.ForBundle, bundleOf("rules.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"payload":"e30=","signature":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s wire.Signed
		if json.Unmarshal(text, &s) != nil {
			return
		}
		var b wire.Bundle
		if s.Open(publicOf(t, 1), wire.ForBundle, &b) == nil && !bytes.Equal(s.Payload, signed.Payload) {
			t.Fatalf("read what nobody has signed: %s", s.Payload)
		}
	})
}

func FuzzBundle(f *testing.F) {
	text, err := json.Marshal(bundleOf("rules.yaml", "templates/a.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var b wire.Bundle
		if json.Unmarshal(text, &b) != nil || b.Check() != nil {
			return
		}
		for _, file := range b.Files {
			if strings.Contains(file.Name, "..") && strings.Contains("/"+file.Name+"/", "/../") || strings.HasPrefix(file.Name, "/") || strings.ContainsAny(file.Name, `\:`) {
				t.Fatalf("%q leads elsewhere", file.Name)
			}
		}
	})
}
