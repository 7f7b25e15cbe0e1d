package credential_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/sync/credential"
	"waybill/sync/wire"
)

// A refused is what the hub says no with.
type refused wire.Refusal

func (r refused) Error() string         { return "refused: " + string(r) }
func (r refused) Refusal() wire.Refusal { return wire.Refusal(r) }

var errAway = errors.New("the hub is away")

// A fakeHub does as the hub does, and loses requests and answers where it is told.
type fakeHub struct {
	keeper *credential.Keeper
	code   string
	taken  string          // the token that used the code
	good   map[string]bool // hashes of tokens; false: it was good once
	due    bool
	over   bool // the code's time
	lose   string
}

func (f *fakeHub) asked() (hash string, err error) {
	if f.lose == "request" {
		return "", errAway
	}
	token, err := f.keeper.Token()
	return credential.HashOf(token), err
}

func (f *fakeHub) answer() error {
	if f.lose == "answer" {
		return errAway
	}
	return nil
}

func (f *fakeHub) admit(hash string) error {
	good, known := f.good[hash]
	switch {
	case !known:
		return refused(wire.RefusedUnknown)
	case !good:
		return refused(wire.RefusedRenewed)
	}
	return nil
}

func (f *fakeHub) Self(context.Context) (wire.Credential, error) {
	hash, err := f.asked()
	if err == nil {
		err = f.admit(hash)
	}
	return wire.Credential{Station: "bench-1", Renew: f.due}, errors.Join(err, f.answer())
}

func (f *fakeHub) RenewToken(_ context.Context, req wire.RenewRequest) (wire.Credential, error) {
	hash, err := f.asked()
	if err == nil {
		err = f.admit(hash)
	}
	if err != nil {
		return wire.Credential{}, err
	}
	f.good[req.TokenSHA256] = true
	return wire.Credential{Station: "bench-1"}, f.answer()
}

func (f *fakeHub) Enrol(_ context.Context, req wire.EnrolRequest) (wire.Credential, error) {
	if _, err := f.asked(); err != nil {
		return wire.Credential{}, err
	}
	switch {
	case req.Code != f.code || f.over:
		return wire.Credential{}, refused(wire.RefusedCode)
	case f.taken != "" && f.taken != req.TokenSHA256:
		return wire.Credential{}, refused(wire.RefusedCodeUsed)
	}
	f.taken = req.TokenSHA256
	f.good[req.TokenSHA256] = true
	return wire.Credential{Station: req.Station}, f.answer()
}

func newHub(t testing.TB, required bool) (*fakeHub, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub", "token")
	return &fakeHub{keeper: credential.New(path, required), code: "secret", good: map[string]bool{}}, path
}

func TestEnrolSurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	const bench = shipment.StationID("bench-1")
	for _, tt := range []struct {
		name      string
		lose      string
		over      bool // the code, by the time it is shown again
		otherCode bool
		want      wire.Refusal
	}{
		{"request lost", "request", false, false, ""},
		{"answer lost", "answer", false, false, ""},
		{"answer lost, and the code is over", "answer", true, false, ""},
		{"request lost, and the code is over", "request", true, false, wire.RefusedCode},
		{"another code", "answer", false, true, wire.RefusedCode},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, path := newHub(t, false)
			h.lose = tt.lose
			if _, err := h.keeper.Enrol(t.Context(), h, bench, "secret"); !errors.Is(err, errAway) {
				t.Fatalf("Enrol: %v", err)
			}
			if token, err := h.keeper.Token(); token != "" || err != nil {
				t.Errorf("before it is enrolled it shows %q, %v", token, err)
			}
			h.lose, h.over = "", tt.over
			h.keeper = credential.New(path, false) // the process was killed
			secret := "secret"
			if tt.otherCode {
				secret = "other"
			}
			_, err := h.keeper.Enrol(t.Context(), h, bench, secret)
			var no refused
			if errors.As(err, &no); wire.Refusal(no) != tt.want || (err == nil) != (tt.want == "") {
				t.Fatalf("Enrol again: %v, want refusal %q", err, tt.want)
			}
			if err != nil {
				return
			}
			if _, err := h.Self(t.Context()); err != nil {
				t.Errorf("the hub does not know the station: %v", err)
			}
			if len(h.good) != 1 {
				t.Errorf("the hub knows %d tokens", len(h.good))
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("token file %v, %v", info, err)
			}
			left, err := os.ReadDir(filepath.Dir(path))
			if err != nil || len(left) != 1 {
				t.Errorf("beside the token: %v, %v", left, err)
			}
		})
	}
}

// TestNoCrashLeavesAStationDumb renews tokens with requests and answers lost, the
// station killed between any two steps, and the old token ending meanwhile, and
// holds that the station comes through again as soon as nothing is lost.
func TestNoCrashLeavesAStationDumb(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h, path := newHub(t, true)
		defer os.RemoveAll(filepath.Dir(path))
		if _, err := h.keeper.Enrol(t.Context(), h, "bench-1", "secret"); err != nil {
			rt.Fatal(err)
		}
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			h.due = rapid.Bool().Draw(rt, fmt.Sprint("due", i))
			h.lose = rapid.SampledFrom([]string{"", "request", "answer"}).Draw(rt, fmt.Sprint("lose", i))
			_, _, err := h.keeper.Tend(t.Context(), h)
			if h.lose == "" && err != nil {
				rt.Fatalf("step %d: %v", i, err)
			}
			if rapid.Bool().Draw(rt, fmt.Sprint("killed", i)) {
				h.keeper = credential.New(path, true)
				if rapid.Bool().Draw(rt, fmt.Sprint("before the last file was removed", i)) {
					token, err := os.ReadFile(path)
					if err != nil {
						rt.Fatal(err)
					}
					if _, err := os.Stat(path + ".next"); err != nil {
						if err := os.WriteFile(path+".next", token, 0o600); err != nil {
							rt.Fatal(err)
						}
					}
				}
			}
			if rapid.Bool().Draw(rt, fmt.Sprint("overlap over", i)) { // the hub knows a later token than the station's
				if next, err := os.ReadFile(path + ".next"); err == nil && h.good[credential.HashOf(strings.TrimSpace(string(next)))] {
					for hash := range h.good {
						h.good[hash] = hash == credential.HashOf(strings.TrimSpace(string(next)))
					}
				}
			}
		}
		h.lose = ""
		if _, _, err := h.keeper.Tend(t.Context(), h); err != nil {
			rt.Fatalf("the station does not come through: %v", err)
		}
		if _, err := h.Self(t.Context()); err != nil {
			rt.Fatalf("the station is dumb: %v", err)
		}
	})
}

func TestTokenFiles(t *testing.T) {
	t.Parallel()
	h, path := newHub(t, true)
	if _, err := h.keeper.Token(); err == nil || !strings.Contains(err.Error(), "waybill station enrol") {
		t.Errorf("no token: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"  0123456789abcdef\n": "0123456789abcdef", "short": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := h.keeper.Token(); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}
