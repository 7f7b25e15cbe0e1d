package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// pack compresses the streams of a plain document as gofpdf writes it. gofpdf
// could do so, but makes a compressor for each stream, which takes longer than
// all else of a page; here one serves all.
func pack(plain []byte) ([]byte, error) {
	offsets, table, err := objects(plain)
	if err != nil {
		return nil, err
	}
	inOrder := make([]int, 0, len(offsets))
	for n := 1; n < len(offsets); n++ {
		inOrder = append(inOrder, n)
	}
	slices.SortFunc(inOrder, func(a, b int) int { return offsets[a] - offsets[b] })

	p := packer{}
	p.out.Grow(len(plain) / 3)
	p.out.Write(plain[:offsets[inOrder[0]]])
	for i, n := range inOrder {
		end := table
		if i+1 < len(inOrder) {
			end = offsets[inOrder[i+1]]
		}
		body := plain[offsets[n]:end]
		offsets[n] = p.out.Len()
		if err := p.object(body); err != nil {
			return nil, fmt.Errorf("object %d: %w", n, err)
		}
	}
	start := p.out.Len()
	fmt.Fprintf(&p.out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets))
	for _, at := range offsets[1:] {
		fmt.Fprintf(&p.out, "%010d 00000 n \n", at)
	}
	trailer := plain[table+bytes.Index(plain[table:], []byte("trailer\n")):]
	trailer = trailer[:bytes.LastIndex(trailer, []byte(startXref))]
	p.out.Write(trailer)
	fmt.Fprintf(&p.out, startXref+"%d\n%%%%EOF\n", start)
	return p.out.Bytes(), nil
}

const startXref = "startxref\n"

var errShape = errors.New("gofpdf wrote it in another shape than is known")

// objects reads where each object begins, by its number, and the table that
// says so.
func objects(plain []byte) (offsets []int, table int, err error) {
	_, after, ok := bytes.Cut(plain[max(len(plain)-64, 0):], []byte(startXref))
	number, _, _ := bytes.Cut(after, []byte("\n"))
	table, err = strconv.Atoi(string(number))
	if !ok || err != nil || table > len(plain) {
		return nil, 0, errShape
	}
	rows := bytes.Split(plain[table:], []byte("\n"))[2:] // after "xref" and the range
	for _, row := range rows {
		if len(row) != len("0000000000 00000 n ") {
			break
		}
		at, err := strconv.Atoi(string(row[:10]))
		if err != nil || at > table {
			return nil, 0, errShape
		}
		offsets = append(offsets, at)
	}
	if len(offsets) < 2 {
		return nil, 0, errShape
	}
	return offsets, table, nil
}

// A packer writes a document's objects.
type packer struct {
	out    bytes.Buffer
	packed bytes.Buffer
	zlib   *zlib.Writer
}

// object writes an object, packed if it is a drawing. No other has a stream,
// and none but the title, which is no drawing, has words of others.
func (p *packer) object(body []byte) error {
	_, dict, _ := bytes.Cut(body, []byte(" obj\n"))
	if !bytes.HasPrefix(dict, []byte("<</Length ")) && !bytes.HasPrefix(dict, []byte("<</Type /XObject")) {
		p.out.Write(body)
		return nil
	}
	begin := len(body) - len(dict)
	dict, stream, ok := bytes.Cut(dict, []byte(">>\nstream\n"))
	at := bytes.LastIndex(dict, []byte("/Length "))
	if !ok || at < 0 {
		return errShape
	}
	length, err := strconv.Atoi(string(bytes.TrimSpace(dict[at+len("/Length "):])))
	if err != nil || length > len(stream) {
		return errShape
	}
	if err := p.compress(stream[:length]); err != nil {
		return err
	}
	p.out.Write(body[:begin])
	fmt.Fprintf(&p.out, "<</Filter /FlateDecode %s/Length %d>>\nstream\n", dict[len("<<"):at], p.packed.Len())
	p.out.Write(p.packed.Bytes())
	p.out.Write(stream[length:])
	return nil
}

func (p *packer) compress(data []byte) error {
	p.packed.Reset()
	if p.zlib == nil {
		z, err := zlib.NewWriterLevel(&p.packed, zlib.BestSpeed)
		if err != nil {
			return err
		}
		p.zlib = z
	} else {
		p.zlib.Reset(&p.packed)
	}
	if _, err := p.zlib.Write(data); err != nil {
		return err
	}
	return p.zlib.Close()
}
