package pbm_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/labels"
	"waybill/labels/pbm"
)

func TestPicturesFollowOneAnother(t *testing.T) {
	got, err := pbm.Decode([]byte("P4\n# made by hand\n10 2\n\xff\xff\x80\x40P4 3 1\n\xa0"))
	if err != nil {
		t.Fatal(err)
	}
	want := []labels.Dots{
		{W: 10, H: 2, Stride: 2, Bits: []byte{0xff, 0xc0, 0x80, 0x40}},
		{W: 3, H: 1, Stride: 1, Bits: []byte{0xa0}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pictures (-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	for _, in := range []string{"P1\n1 1\n1", "P4", "P4\n8", "P4\n8 8\nxx", "P4\n0 8\n", "P4\n-1 8\n", "P4\n99999999999 1\n", "P4\n15001 15001\n", "P4\n#"} {
		if got, err := pbm.Decode([]byte(in)); err == nil {
			t.Errorf("%q: %v and no error", in, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("P4\n10 2\n\xff\xff\x80\x40P4 3 1\n\xa0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pictures, err := pbm.Decode(data)
		if err != nil {
			return
		}
		var again []byte
		for _, d := range pictures {
			again = append(fmt.Appendf(again, "P4\n%d %d\n", d.W, d.H), d.Bits...)
		}
		got, err := pbm.Decode(again)
		if diff := cmp.Diff(pictures, got); err != nil || diff != "" {
			t.Errorf("written and read again (%v) (-want +got):\n%s", err, diff)
		}
	})
}
