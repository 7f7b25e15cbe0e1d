package shipment_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/shipment"
)

// TestAMillionIDs makes an ID for a million orders, of which each differs from
// the next in a single number.
func TestAMillionIDs(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	seen := make(map[shipment.OrderID]struct{}, 1_000_000)
	content := make([]byte, 8)
	for n := range uint64(1_000_000) {
		binary.BigEndian.PutUint64(content, n)
		id := shipment.MakeOrderID(content)
		if _, again := seen[id]; again || len(id) != 20 {
			t.Fatalf("order %d has the ID %s, which another has", n, id)
		}
		seen[id] = struct{}{}
	}
}

// TestOrderIDFindsMistakes holds what the check character is for: a wrong
// character, or two neighbours changed over, are seen.
func TestOrderIDFindsMistakes(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		id := shipment.MakeOrderID(content)
		if id.Misread() || id != shipment.MakeOrderID(content) || id.Canonical() != id {
			t.Fatalf("%s of the same content is another, or wrong", id)
		}
		at := rapid.IntRange(3, len(id)-1).Draw(t, "at")
		wrong := []byte(id)
		wrong[at] = rapid.SampledFrom([]byte(alphabet)).Draw(t, "instead")
		if got := shipment.OrderID(wrong); got != id && !got.Misread() {
			t.Errorf("%s passes for %s", got, id)
		}
		if at++; at < len(id) {
			swapped := []byte(id)
			swapped[at-1], swapped[at] = swapped[at], swapped[at-1]
			pair := string(swapped[at-1 : at+1])
			if got := shipment.OrderID(swapped); got != id && !got.Misread() && pair != "0Z" && pair != "Z0" {
				t.Errorf("%s passes for %s", got, id)
			}
		}
	})
}

func TestOrderIDAsTyped(t *testing.T) {
	t.Parallel()
	id := shipment.MakeOrderID([]byte("an order"))
	code := strings.TrimPrefix(string(id), "WB-")
	typed := "wb-" + strings.ToLower(code[:4]+" "+code[4:8]+"-"+code[8:])
	typed = strings.NewReplacer("0", "o", "1", "l").Replace(typed)
	if got := shipment.OrderID(typed).Canonical(); got != id {
		t.Errorf("%q is read as %q, want %q", typed, got, id)
	}
	for _, other := range []shipment.OrderID{"", "576461413001084903", "WB-", "WB-12", "wb-shop-42", "#1001"} {
		if other.Canonical() != other || other.Misread() {
			t.Errorf("%q is taken for one made here", other)
		}
	}
}

// TestParcelOfAnOrder holds that a parcel's ID names its order, hyphens and all.
func TestParcelOfAnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		id := shipment.OrderID(rapid.StringN(1, 20, -1).Draw(rt, "order"))
		if got := id.Parcel(rapid.IntRange(1, 2000).Draw(rt, "k")).Order(); got != id {
			rt.Fatalf("a parcel of %q is told as one of %q", id, got)
		}
	})
	for parcel, want := range map[shipment.ParcelID]shipment.OrderID{"": "", "A": "A", "-1": "-1"} {
		if got := parcel.Order(); got != want {
			t.Errorf("%q is of %q, want %q", parcel, got, want)
		}
	}
}
