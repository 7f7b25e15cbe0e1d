package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// Pages of a journal's file are read here without SQLite, which gives up a whole
// table for one bad page. The layout is SQLite's published file format
// (sqlite.org/fileformat2.html, sections 1.3 to 2.3 and 4), of which a journal needs
// a part: pages of pageBytes, text in UTF-8.
//
// Nothing that stands in the file is believed: each number is held against what the
// file has room for, and what does not fit is passed over.

// pageBytes is the size of a page in every journal; no setting of ours changes it.
const pageBytes = 4096

// The kinds of pages.
const (
	indexInner = 0x02
	tableInner = 0x05
	indexLeaf  = 0x0a
	tableLeaf  = 0x0d
)

// pages are those of a journal's file, with the write-ahead log laid over them.
type pages struct {
	db    io.ReaderAt
	log   io.ReaderAt
	count uint32           // pages there are
	inLog map[uint32]int64 // where in the log a page stands as it was committed last
	loose []int64          // frames of the log that belong to no commit that can be proved
}

// readPages looks at a file of size bytes and a log of logSize; no log is nil.
func readPages(db io.ReaderAt, size int64, log io.ReaderAt, logSize int64) *pages {
	p := &pages{db: db, log: log, inLog: map[uint32]int64{}, count: uint32(min(size/pageBytes, 1<<31))}
	if log != nil {
		p.readLog(logSize)
	}
	return p
}

// page returns a page as it was committed last.
func (p *pages) page(n uint32) ([]byte, error) {
	if at, ok := p.inLog[n]; ok {
		return readAt(p.log, at)
	}
	if n == 0 || n > p.count {
		return nil, errBeyond
	}
	return readAt(p.db, int64(n-1)*pageBytes)
}

var errBeyond = errors.New("there is no such page")

func readAt(r io.ReaderAt, at int64) ([]byte, error) {
	b := make([]byte, pageBytes)
	if _, err := r.ReadAt(b, at); err != nil {
		return nil, err
	}
	return b, nil
}

// The log: a header, then frames of a header and a page each.
const (
	logHeader   = 32
	frameHeader = 24
	logMagic    = 0x377f0682 // the lowest bit tells the byte order of the sums
)

// readLog finds the frames of the commits that are whole. What comes after the
// first frame that is not is loose.
func (p *pages) readLog(size int64) {
	head := make([]byte, logHeader)
	if _, err := p.log.ReadAt(head, 0); err != nil {
		return
	}
	var order binary.ByteOrder = binary.LittleEndian
	magic := binary.BigEndian.Uint32(head)
	if magic&1 == 1 {
		order = binary.BigEndian
	}
	s := frameSum{order: order}
	s.add(head[:24])
	sound := magic&^1 == logMagic && binary.BigEndian.Uint32(head[8:]) == pageBytes &&
		s.a == binary.BigEndian.Uint32(head[24:]) && s.b == binary.BigEndian.Uint32(head[28:])
	frame := make([]byte, frameHeader+pageBytes)
	open := map[uint32]int64{}                          // of the commit that is not whole yet
	most := int64(p.count) + size/int64(len(frame)) + 1 // one that SQLite never uses may be passed over
	for at := int64(logHeader); at+int64(len(frame)) <= size; at += int64(len(frame)) {
		if _, err := p.log.ReadAt(frame, at); err != nil {
			return
		}
		n, after := binary.BigEndian.Uint32(frame), binary.BigEndian.Uint32(frame[4:])
		s.add(frame[:8])
		s.add(frame[frameHeader:])
		sound = sound && n > 0 && bytes.Equal(frame[8:16], head[16:24]) &&
			s.a == binary.BigEndian.Uint32(frame[16:]) && s.b == binary.BigEndian.Uint32(frame[20:])
		if !sound {
			p.loose = append(p.loose, at+frameHeader)
			continue
		}
		open[n] = at + frameHeader
		if after > 0 { // it ends a commit, which leaves so many pages
			for n, at := range open {
				p.inLog[n] = at
			}
			clear(open)
			p.count = max(p.count, uint32(min(int64(after), most))) // no more than there are
		}
	}
	for _, at := range open {
		p.loose = append(p.loose, at)
	}
}

// A frameSum is the running checksum of a log.
type frameSum struct {
	order binary.ByteOrder
	a, b  uint32
}

func (s *frameSum) add(data []byte) {
	for ; len(data) >= 8; data = data[8:] {
		s.a += s.order.Uint32(data) + s.b
		s.b += s.order.Uint32(data[4:]) + s.a
	}
}

// A cell is one row, or one way down to further pages.
type cell struct {
	child   uint32 // of an inner page
	rowid   int64  // of a table
	payload []byte // nil where the page has none or it cannot be read
}

// cells returns what stands on a page, and false where some of it cannot be read.
// number is the page's, 0 where it is not known.
func (p *pages) cells(number uint32, page []byte) (kind byte, found []cell, whole bool) {
	at := 0
	if number == 1 {
		at = 100 // the file's header
	}
	kind = page[at]
	head, inner := 8, false
	switch kind {
	case tableLeaf, indexLeaf:
	case tableInner, indexInner:
		head, inner = 12, true
	default:
		return kind, nil, false
	}
	count := int(binary.BigEndian.Uint16(page[at+3:]))
	first := at + head
	if first+2*count > len(page) {
		return kind, nil, false
	}
	whole = true
	for i := range count {
		c, ok := p.cell(kind, page, int(binary.BigEndian.Uint16(page[first+2*i:])), first+2*count)
		whole = whole && ok
		if ok {
			found = append(found, c)
		}
	}
	if inner {
		found = append(found, cell{child: binary.BigEndian.Uint32(page[at+8:])})
	}
	return kind, found, whole
}

// cell reads the cell at a place of a page; nothing stands before least.
func (p *pages) cell(kind byte, page []byte, at, least int) (c cell, ok bool) {
	if at < least || at+4 > len(page) {
		return c, false
	}
	b := page[at:]
	if kind == tableInner || kind == indexInner {
		c.child, b = binary.BigEndian.Uint32(b), b[4:]
	}
	if kind == tableInner {
		return c, true
	}
	size, n := varint(b)
	if n == 0 || size < 0 || size > int64(p.count)*pageBytes+int64(len(p.inLog))*pageBytes {
		return c, false
	}
	b = b[n:]
	if kind == tableLeaf {
		if c.rowid, n = varint(b); n == 0 {
			return c, false
		}
		b = b[n:]
	}
	c.payload, ok = p.payload(kind, size, b)
	return c, ok
}

// localBytes returns how much of a row of so many bytes stands on its own page.
func localBytes(kind byte, size int64) int64 {
	const most, least = pageBytes - 35, (pageBytes-12)*32/255 - 23
	limit := int64(most)
	if kind != tableLeaf {
		limit = (pageBytes-12)*64/255 - 23
	}
	if size <= limit {
		return size
	}
	if local := least + (size-least)%(pageBytes-4); local <= limit {
		return local
	}
	return least
}

// payload puts a row together that may go on on further pages.
func (p *pages) payload(kind byte, size int64, b []byte) ([]byte, bool) {
	local := localBytes(kind, size)
	if int64(len(b)) < local {
		return nil, false
	}
	if local == size {
		return b[:size:size], true
	}
	if int64(len(b)) < local+4 {
		return nil, false
	}
	row, next := bytes.Clone(b[:local]), binary.BigEndian.Uint32(b[local:])
	for int64(len(row)) < size {
		page, err := p.page(next)
		if err != nil {
			return nil, false
		}
		next = binary.BigEndian.Uint32(page)
		row = append(row, page[4:4+min(pageBytes-4, size-int64(len(row)))]...)
	}
	return row, true
}

// maxDepth is more levels than a tree of any size has.
const maxDepth = 20

// walk calls each for every row that can be reached from a root, and returns false
// where some could not.
func (p *pages) walk(root uint32, each func(c cell)) (whole bool) {
	seen := map[uint32]bool{}
	whole = true
	var down func(n uint32, depth int)
	down = func(n uint32, depth int) {
		page, err := p.page(n)
		if err != nil || seen[n] || depth > maxDepth {
			whole = false
			return
		}
		seen[n] = true
		_, found, ok := p.cells(n, page)
		whole = whole && ok
		for _, c := range found {
			if c.child != 0 {
				down(c.child, depth+1)
			}
			if c.payload != nil {
				each(c)
			}
		}
	}
	down(root, 0)
	return whole
}
