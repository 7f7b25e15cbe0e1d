package layout

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/template"
	"waybill/labels/text"
)

// A keeper keeps texts that come again on label after label, such as captions
// and the sender's address, as they were placed. It goes with a set of fonts.
//
// A text is kept when it comes a second time, so that names and numbers, which
// come once, push nothing out.
type keeper struct {
	mu           sync.Mutex
	items, older map[wordsKey]kept
	seen         map[wordsKey]struct{}
}

// A kept is a placed text; its item is nil where it has no ink.
type kept struct {
	item labels.Item
	area area
}

// A wordsKey is everything a placed text follows from. It is small, so that a
// map holds it in place.
type wordsKey struct {
	content       string
	size, minSize int32
	x, y, w, h    int32 // of the box, in dots
	labelW        int32
	labelH        int32
	res           int32
	lines         int16
	align         int8
	valign        int8
	bold, invert  bool
	cut           bool
	han           fonts.Han // AnyHan where no character differs
}

// Bounds of a keeper.
const (
	maxKept    = 512  // texts of each generation
	maxSeen    = 1024 // texts that came once
	maxKeptLen = 1024 // bytes of a text
)

func keeperOf(f *fonts.Set) *keeper {
	return fonts.Keep(f, func(*fonts.Set) *keeper {
		return &keeper{items: map[wordsKey]kept{}, older: map[wordsKey]kept{}, seen: map[wordsKey]struct{}{}}
	})
}

// get returns what is kept of key. Where nothing is, again reports whether the
// text has come before.
func (k *keeper) get(key *wordsKey) (text kept, found, again bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if text, found = k.items[*key]; found {
		return text, true, true
	}
	if text, found = k.older[*key]; found {
		k.put(key, text)
		return text, true, true
	}
	if len(key.content) > maxKeptLen {
		return kept{}, false, false
	}
	if _, again = k.seen[*key]; !again {
		if len(k.seen) >= maxSeen {
			clear(k.seen)
		}
		k.seen[*key] = struct{}{}
	}
	return kept{}, false, again
}

// keep keeps text, which nobody may change from then on.
func (k *keeper) keep(key *wordsKey, text kept) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.put(key, text)
}

// put drops the older half when the younger is full; what is asked for moves
// back to the younger.
func (k *keeper) put(key *wordsKey, text kept) {
	if len(k.items) >= maxKept {
		k.items, k.older = k.older, k.items
		clear(k.items)
	}
	k.items[*key] = text
}

// A chunk is the memory in which the glyphs of one label lie side by side.
type chunk struct{ free []labels.PlacedGlyph }

// chunkGlyphs is about as many glyphs as the texts of a label have that were
// not kept.
const chunkGlyphs = 192

// words sets content in the box of e.
func (l *layout) words(e template.Element, content string) error {
	if content == "" && !e.Invert {
		return nil
	}
	if l.keeper == nil {
		l.keeper, l.chunk = keeperOf(l.fonts), &chunk{}
	}
	key := wordsKey{
		content: content, size: int32(e.Size), minSize: int32(e.MinSize),
		x: int32(l.res.Dots(e.At.X)), y: int32(l.res.Dots(e.At.Y)), w: int32(l.side(e.Width)), h: int32(l.side(e.Height)),
		labelW: int32(l.w), labelH: int32(l.h), res: int32(l.res), lines: int16(e.Lines),
		align: int8(align(e.Align)), valign: int8(valign(e.VAlign)), bold: e.Bold, invert: e.Invert, cut: e.Cut,
		han: l.han(e, content),
	}
	text, found, again := l.keeper.get(&key)
	if !found {
		var err error
		if text, err = l.set(&key, again); err != nil {
			return err
		}
		if again {
			l.keeper.keep(&key, text)
		}
	}
	if text.item != nil {
		l.put(placed{e.Name, text.item, text.area})
	}
	return nil
}

// set sets a text that is not kept. The item is nil where it has no ink. It
// has memory of its own where it is to be kept.
func (l *layout) set(key *wordsKey, keep bool) (kept, error) {
	pad := 0
	if key.invert {
		pad = l.res.Dots(labels.Length(key.size) / inset)
	}
	c := l.chunk
	if cap(c.free)-len(c.free) < len(key.content) {
		c.free = make([]labels.PlacedGlyph, 0, max(chunkGlyphs, len(key.content)))
	}
	set, err := text.SetterOf(l.fonts).Set(c.free[len(c.free):], l.res, key.content, text.Style{
		Size: labels.Length(key.size), MinSize: labels.Length(key.minSize), Bold: key.bold, Align: text.Align(key.align),
		VAlign: text.VAlign(key.valign), Lines: int(key.lines), Cut: key.cut, Width: max(int(key.w)-2*pad, 1), Height: int(key.h),
		Han: key.han,
	})
	if err != nil {
		return kept{}, withRemedy(err)
	}
	x, y := int(key.x), int(key.y)
	if key.invert {
		return l.inverted(key, pad, set), nil
	}
	if len(set.Glyphs) == 0 {
		return kept{}, nil // only spaces
	}
	ink := area{x + set.X, y + set.Y, set.W, set.H}
	if !ink.within(area{0, 0, l.w, l.h}) {
		return kept{}, fmt.Errorf("%q: reaches past the label's edge (move it inwards, or give it a smaller size)", key.content)
	}
	glyphs := set.Glyphs
	if keep {
		glyphs = slices.Clone(glyphs)
	} else {
		c.free = c.free[:min(len(c.free)+len(glyphs), cap(c.free))]
	}
	for i := range glyphs {
		glyphs[i].X += x
		glyphs[i].Y += y
	}
	return kept{labels.Text{Text: key.content, Glyphs: glyphs}, ink}, nil
}

// withRemedy adds to the error of a text without room how it gets some.
func withRemedy(err error) error {
	if noRoom := (*text.NoRoomError)(nil); errors.As(err, &noRoom) {
		return fmt.Errorf("%w (shorten it, or give it more room: a larger box, more lines or a smaller least size)", err)
	}
	return err
}

// inverted returns white letters in a black box.
func (l *layout) inverted(key *wordsKey, pad int, set text.Setting) kept {
	x, y := int(key.x), int(key.y)
	box := labels.NewDots(min(int(key.w), l.w-x), min(int(key.h), l.h-y))
	box.FillRect(0, 0, box.W, box.H)
	letters := labels.NewDots(box.W, box.H) // glyphs that touch are one shape
	for _, g := range set.Glyphs {
		letters.Draw(g.Dots, g.X+pad, g.Y)
	}
	box.Toggle(letters, 0, 0)
	item := labels.Bitmap{At: l.at(x, y), Dots: box, Text: key.content, Shared: &labels.Glyph{Dots: box}}
	return kept{item, area{x, y, box.W, box.H}}
}

// An area is a rectangle of the label, in dots.
type area struct{ x, y, w, h int }

func (a area) within(b area) bool {
	return a.x >= b.x && a.y >= b.y && a.x+a.w <= b.x+b.w && a.y+a.h <= b.y+b.h
}

func (a area) meets(b area) bool {
	return a.x < b.x+b.w && a.y < b.y+b.h && a.x+a.w > b.x && a.y+a.h > b.y
}
