package powercut

import (
	"bytes"
	"math/rand/v2"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// An inode is a file without its name.
type inode struct {
	now     []byte   // as programs see it
	synced  []byte   // as it was at the last sync
	pending []change // since then

	shared    int // locks
	reserved  *File
	exclusive bool
}

// A change is a write, or without data a truncation.
type change struct {
	at   int64
	data []byte
}

func (c change) on(b []byte) []byte {
	end := c.at + int64(len(c.data))
	if grow := end - int64(len(b)); grow > 0 {
		b = append(b, make([]byte, grow)...)
	}
	if c.data == nil {
		return b[:end:end] // what is cut off must not come back when the file grows
	}
	copy(b[c.at:], c.data)
	return b
}

func (n *inode) change(c change) {
	n.now = c.on(n.now)
	n.pending = append(n.pending, c)
}

func (n *inode) sync() {
	for _, c := range n.pending {
		n.synced = c.on(n.synced)
	}
	n.pending = nil
}

// failSync has a sync fail as Linux does it (Rebello et al., "Can Applications Recover
// from fsync Failures?", USENIX ATC 2020): nothing waits to be written any
// more, on disk or not. What programs read from then on is what they wrote, as on ext4
// and XFS, or what is on disk, as on Btrfs.
func (n *inode) failSync(r *rand.Rand) {
	f := newFate(r, &Tally{})
	for _, c := range n.pending {
		n.synced = f.of(c, n.synced)
	}
	n.pending = nil
	if r.IntN(2) == 0 {
		n.now = bytes.Clone(n.synced)
	}
}

// after returns the file as it is found when the power comes back.
func (n *inode) after(f *fate) *inode {
	b := append([]byte(nil), n.synced...)
	for _, c := range n.pending {
		b = f.of(c, b)
	}
	return &inode{now: b, synced: append([]byte(nil), b...)}
}

// A fate decides what of the unsynced is there after a cut.
type fate struct {
	r     *rand.Rand
	tally *Tally
	kept  float64 // the part that is kept
	torn  float64 // the part of what is lost that is there by sectors
}

// newFate draws one. All lost, and all but what was under way kept, are likelier
// than chance would have them: most disks do the one or the other.
func newFate(r *rand.Rand, tally *Tally) *fate {
	f := &fate{r: r, tally: tally, torn: r.Float64()}
	switch r.IntN(4) {
	case 0:
		f.torn = 0
	case 1:
		f.kept = 0.95
	default:
		f.kept = r.Float64()
	}
	return f
}

// keep draws whether something is there.
func (f *fate) keep() bool {
	if f.r.Float64() < f.kept {
		f.tally.Kept++
		return true
	}
	f.tally.Lost++
	return false
}

// of does a change to b as far as it is there.
func (f *fate) of(c change, b []byte) []byte {
	if f.keep() {
		return c.on(b)
	}
	if len(c.data) == 0 || f.r.Float64() >= f.torn {
		return b
	}
	f.tally.Torn++
	for from := 0; from < len(c.data); {
		to := min(len(c.data), from+sector-int((c.at+int64(from))%sector))
		if f.r.IntN(2) == 0 {
			b = change{c.at + int64(from), c.data[from:to]}.on(b)
		}
		from = to
	}
	return b
}
