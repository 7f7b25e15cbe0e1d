package journal

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
)

// A countingReader counts how often it was read.
type countingReader struct {
	io.ReaderAt
	reads int
}

func (r *countingReader) ReadAt(b []byte, at int64) (int, error) {
	r.reads++
	return r.ReaderAt.ReadAt(b, at)
}

// wideRow returns what a leaf of an index has of a row of texts, and the row's size: what
// does not fit there goes on on page 2.
func wideRow(columns ...string) (cell []byte, size int64) {
	head, body := []byte{0}, []byte{}
	for _, c := range columns {
		n := uint64(2*len(c) + 13)
		for shift := 28; shift > 0; shift -= 7 { // as SQLite writes numbers
			if n>>shift > 0 {
				head = append(head, byte(n>>shift)|0x80)
			}
		}
		head, body = append(head, byte(n)&0x7f), append(body, c...)
	}
	head[0] = byte(len(head))
	row := slices.Concat(head, body)
	size = int64(len(row))
	return binary.BigEndian.AppendUint32(bytes.Clone(row[:localBytes(indexLeaf, size)]), 2), size
}

// Of a row that claims to be as long as the file, and goes on in a circle, no more is
// read than a row's first columns take.
func TestOnlyTheFrontOfARowIsRead(t *testing.T) {
	circle := make([]byte, 2*pageBytes)
	binary.BigEndian.PutUint32(circle[pageBytes:], 2)
	for name, tt := range map[string]struct {
		columns [3]string
		most    int // pages
	}{
		"a file's length":                 {[3]string{"kind", "key", strings.Repeat("x", 8<<20)}, maxFront/(pageBytes-4) + 1},
		"its first columns stand there":   {[3]string{"kind", "key", "owner"}, 0},
		"they take another page":          {[3]string{"kind", strings.Repeat("k", 3000), "owner"}, 1},
		"they take two others":            {[3]string{"kind", strings.Repeat("k", 7000), "owner"}, 2},
		"more than any key's is SQLite's": {[3]string{"kind", strings.Repeat("k", 2*maxFront), "owner"}, maxFront/(pageBytes-4) + 1},
	} {
		t.Run(name, func(t *testing.T) {
			cell, size := wideRow(tt.columns[:]...)
			db := &countingReader{ReaderAt: bytes.NewReader(circle)}
			w := &treeWalk{t: &tree{kind: indexLeaf, columns: 3, p: &pages{db: db, count: 1 << 20}}}
			if got, want := w.row(indexLeaf, size, cell, &entry{}), size < maxFront; got != want {
				t.Errorf("read: %t, want %t", got, want)
			}
			if db.reads > tt.most {
				t.Errorf("%d pages were read, want %d at most", db.reads, tt.most)
			}
		})
	}
}

// Rows that all go on on the same pages do not have them read more often than there are
// pages.
func TestNoPageIsReadForEveryRow(t *testing.T) {
	cell, size := wideRow("kind", strings.Repeat("k", 7000), "owner")
	circle := make([]byte, 2*pageBytes)
	binary.BigEndian.PutUint32(circle[pageBytes:], 2)
	db := &countingReader{ReaderAt: bytes.NewReader(circle)}
	w := &treeWalk{t: &tree{kind: indexLeaf, columns: 3, p: &pages{db: db, count: 10}}}
	for range 1000 {
		w.row(indexLeaf, size, cell, &entry{})
	}
	if db.reads > 10 {
		t.Errorf("%d pages were read", db.reads)
	}
}

// A log whose sums are right may still say that there are more pages than it and the file
// have room for, and nobody looks for those.
func TestALogDoesNotMakePages(t *testing.T) {
	log := make([]byte, logHeader+frameHeader+pageBytes)
	binary.BigEndian.PutUint32(log, logMagic)
	binary.BigEndian.PutUint32(log[8:], pageBytes)
	s := frameSum{order: binary.LittleEndian}
	seal := func(at int) {
		binary.BigEndian.PutUint32(log[at:], s.a)
		binary.BigEndian.PutUint32(log[at+4:], s.b)
	}
	s.add(log[:24])
	seal(24)
	frame := log[logHeader:]
	binary.BigEndian.PutUint32(frame, 3)
	binary.BigEndian.PutUint32(frame[4:], 1<<32-1)
	s.add(frame[:8])
	s.add(frame[frameHeader:])
	seal(logHeader + 16)
	p := readPages(bytes.NewReader(make([]byte, 2*pageBytes)), 2*pageBytes, bytes.NewReader(log), int64(len(log)))
	if len(p.inLog) != 1 || p.count < 3 || p.count > 4 {
		t.Errorf("%d pages, %d of them in the log", p.count, len(p.inLog))
	}
}
