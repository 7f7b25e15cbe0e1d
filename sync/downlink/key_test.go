package downlink_test

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"waybill/internal/fault"
	"waybill/sync/downlink"
	"waybill/sync/wire"
)

func TestPinning(t *testing.T) {
	t.Parallel()
	nowhere := downlink.NewShelf("")
	if err := nowhere.Pin(hex.EncodeToString(make([]byte, 32)), true); err != nil {
		t.Error(err)
	}
	if key, err := nowhere.Key(); key != nil || err != nil {
		t.Errorf("%v, %v", key, err)
	}
	r := newRig(t.TempDir())
	if err := r.shelf.Pin("", true); err != nil { // of an older hub
		t.Error(err)
	}
	if key, err := r.shelf.Key(); key != nil || err != nil {
		t.Errorf("%v, %v", key, err)
	}
	path := filepath.Join(r.dir, "hub", "signing.pub")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.link.Ask(t.Context()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a key that is none: %v", err)
	}
	if err := r.shelf.Pin(r.hub.public(), true); err != nil {
		t.Errorf("enrolled anew: %v", err)
	}
	if err := r.link.Ask(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAnEnrolmentWithoutAKey enrols a station at another hub that cannot tell its key
// then, and tells it later.
func TestAnEnrolmentWithoutAKey(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	if err := r.shelf.Pin(r.hub.public(), true); err != nil {
		t.Fatal(err)
	}
	r.hub.key = seeded(2)
	if err := r.shelf.Pin("", false); err != nil {
		t.Error(err)
	}
	if err := r.link.Ask(t.Context()); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("not enrolled, and another hub is heard: %v", err)
	}
	if err := r.shelf.Pin("", true); err != nil {
		t.Error(err)
	}
	r.hub.say("A", wire.ActionHold)
	if err := r.link.Ask(t.Context()); err != nil || len(r.desk.heard) != 1 {
		t.Errorf("heard %+v, %v", r.desk.heard, err)
	}
	if key, err := r.shelf.Key(); err != nil || hex.EncodeToString(key) != r.hub.public() {
		t.Errorf("the key that is kept is %x, %v", key, err)
	}
}
