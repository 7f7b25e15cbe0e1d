package labelproof_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"waybill/internal/labelproof"
	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/verify"
	"waybill/labels/zplview"
)

// TestReadersOfZPLAgree holds labels as carriers make them, drawn by our reader,
// against another reader's drawing: the ink takes the same place, and every
// barcode that can be read on theirs reads the same on ours.
func TestReadersOfZPLAgree(t *testing.T) {
	raced.Skip(t)
	node, err := labelproof.StartNode(t.Context(), root, "zpl.mjs")
	missing(t, err)
	t.Cleanup(func() { _ = node.Close() })
	other := labelproof.ZPLRenderer{Node: node}

	compare := func(t *testing.T, format []byte, slack int) {
		view, err := zplview.Render(format, labels.DPI203)
		if err != nil {
			t.Fatal(err)
		}
		if len(view.Unknown) > 0 {
			t.Errorf("not understood: %q", view.Unknown)
		}
		theirs, err := other.Draw(format, view.Dots.W, view.Dots.H, labels.DPI203)
		if err != nil {
			t.Fatal(err)
		}
		ourBox, theirBox := box(view.Dots), box(theirs)
		for i := range ourBox {
			if d := ourBox[i] - theirBox[i]; d > slack || d < -slack {
				t.Errorf("ink from %v to %v, theirs from %v to %v", ourBox[:2], ourBox[2:], theirBox[:2], theirBox[2:])
				break
			}
		}
		ours, err := verify.Decode(view.Dots)
		if err != nil {
			t.Fatal(err)
		}
		found, err := verify.Decode(theirs)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if !slices.ContainsFunc(ours, func(o verify.Found) bool { return o.Symbology == f.Symbology && o.Text == f.Text }) {
				t.Errorf("theirs reads %s %q, ours %v", f.Symbology, f.Text, ours)
			}
		}
	}

	files, err := filepath.Glob(filepath.Join(root, "labels/zplview/testdata/carriers/*.zpl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no labels: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			format, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, format, 12)
		})
	}
	for _, field := range []string{
		"^BY2^FO100,50^BCN,80,N,N,N,N^FD>;123456", "^BY2^FO100,50^BCR,80,N,N,N,N^FD>;123456", "^BY2^FO100,50^BCB,80,N,N,N,N^FD>;123456",
		"^BY2^FO100,50^BCI,80,N,N,N,N^FD>;123456", "^BY2^FT100,250^BCB,80,N,N,N,N^FD>;123456", "^BY2^FT300,250^BCI,80,N,N,N,N^FD>;123456",
		"^FO100,50^A0N,40,40^FDHello", "^FO100,50^A0R,40,40^FDHello", "^FT100,250^A0N,40,40^FDHello", "^FT100,250^A0R,40,40^FDHello",
		"^FT400,250^A0I,40,40^FDHello", "^FT100,450^A0B,40,40^FDHello", "^FO100,50^A0N,40,20^FDHello", "^FO300,50,1^A0N,40,40^FDHello",
		"^FO50,50^A0N,30,30^FB300,4,10,C^FDone two three four five six", "^FT50,250^A0N,30,30^FB300,4,0,L^FDone two three four five six",
		"^FO50,50^A0N,30,30^FB200,3,0,J^FDone two three four five six", "^FO50,50^ADN,36,20^FDHello", "^FO50,50^AAN,9,5^FDHello",
		"^FO50,50^BQN,2,5^FDMA,hello world", "^BY2,3,60^FO50,50^BQN,2,5^FDMA,hello world", "^BY3^FO50,50^B3N,N,80,N,N^FDABC123",
		"^BY2,2.5^FO50,50^B2N,80,N,N^FD123456", "^FO50,50^BXN,5,200^FDhello", "^FT50,250^BXN,5,200^FDhello", "^BY2^FO50,50^B7N,8,3,4^FDhello",
		"^FO50,50^GB200,100,5,B,4", "^FO50,50^GD200,100,8", "^FO50,50^GD200,100,8,B,L", "^FO50,50^GFA,8,8,2,!:H0HF,", "^CF0,60^FO50,50^FDHello",
	} {
		t.Run(field, func(t *testing.T) { compare(t, []byte("^XA^PW812^LL600"+field+"^FS^XZ"), 8) })
	}
}

// box returns the first and the last column and row with ink.
func box(d labels.Dots) [4]int {
	x, y, w, h := d.Ink()
	return [4]int{x, y, x + w, y + h}
}
