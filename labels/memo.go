package labels

import "sync/atomic"

// A Memo keeps what encoders made of one drawing, so that a drawing that comes
// again on every label is written once. It belongs to the drawing and goes with
// it, and is safe for concurrent use. The zero Memo is empty.
type Memo struct {
	kept [memoKeys]atomic.Pointer[[]byte]
}

// A MemoKey is whose work is kept.
type MemoKey int

// The keys of a Memo: one for each form that is worth keeping.
const (
	MemoZPL MemoKey = iota
	MemoPDF
	memoKeys
)

// Kept returns what was kept under key, or nil. Nobody may change it.
func (m *Memo) Kept(key MemoKey) []byte {
	if m == nil {
		return nil
	}
	if p := m.kept[key].Load(); p != nil {
		return *p
	}
	return nil
}

// Keep keeps made under key. It must follow from the drawing alone, so that it
// does not matter who comes first. A nil Memo keeps nothing.
func (m *Memo) Keep(key MemoKey, made []byte) {
	if m != nil {
		m.kept[key].Store(&made)
	}
}

// Memo returns the memo of the picture's dots, or nil where they are this
// label's alone, or were turned or changed since they were shared.
func (b Bitmap) Memo() *Memo {
	if b.Shared == nil || b.Dots.W != b.Shared.Dots.W || b.Dots.H != b.Shared.Dots.H ||
		len(b.Dots.Bits) == 0 || len(b.Shared.Dots.Bits) == 0 || &b.Dots.Bits[0] != &b.Shared.Dots.Bits[0] {
		return nil
	}
	return &b.Shared.Memo
}

// Drawing returns the words as one picture, tightly around their glyphs, and
// the dot of the label where its top left corner lies.
func (t Text) Drawing() (d Dots, x, y int) {
	x, y, w, h := t.Area()
	d = NewDots(w, h)
	for _, g := range t.Glyphs {
		d.Draw(g.Dots, g.X-x, g.Y-y)
	}
	return d, x, y
}
