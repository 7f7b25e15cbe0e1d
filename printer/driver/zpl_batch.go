package driver

import (
	"bytes"
	"context"
	"fmt"
)

// Batch asks for n labels by ^PQ, which makes the printer print them without a
// pause between. It changes nothing but the quantity, and only in one format that
// asks for one label in plain words: changed prefixes (^CC and the like), binary
// graphics, which may hold the bytes of any command, and a quantity of the
// content's own leave the content as it is.
func (z *zpl) Batch(content []byte, n int) (many []byte, ok bool) {
	upper := bytes.ToUpper(content)
	for _, c := range []string{"^CC", "~CC", "^CD", "~CD", "^CT", "~CT", "^GFB", "^GFC", "~DYE", "^DF"} {
		if bytes.Contains(upper, []byte(c)) {
			return nil, false
		}
	}
	end := bytes.LastIndex(upper, []byte("^XZ"))
	if n < 1 || n > maxQuantity || end < 0 || bytes.Count(upper, []byte("^XA")) != 1 || bytes.Count(upper, []byte("^XZ")) != 1 {
		return nil, false
	}
	from, to := end, end
	switch bytes.Count(upper, []byte("^PQ")) {
	case 0:
	case 1:
		from = bytes.Index(upper, []byte("^PQ"))
		next := bytes.IndexAny(upper[from+1:], "^~")
		if next < 0 {
			return nil, false
		}
		if to = from + 1 + next; string(bytes.TrimSpace(upper[from+len("^PQ"):to])) != "1" {
			return nil, false
		}
	default:
		return nil, false
	}
	many = append(many, content[:from]...)
	many = fmt.Appendf(many, "^PQ%d", n)
	return append(many, content[to:]...), true
}

// Discard cancels every format in the buffer and the rest of a batch. By Zebra's
// guide the label that is being printed is finished.
func (z *zpl) Discard(ctx context.Context) error {
	if _, err := z.talk.write(ctx, []byte("~JA\r\n")); err != nil {
		return fmt.Errorf("order to forget what was received: %w", err)
	}
	return nil
}

// maxQuantity is the most labels of one format, by Zebra's guide.
const maxQuantity = 99_999_999
