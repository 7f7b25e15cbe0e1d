package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
)

// Rows that are new come in by COPY, the fastest way there is. It cannot look
// whether a row is there: where one is, which is rare, the transaction fails, and is
// made again with statements that look.

// writeNew writes rows that are most likely new, before the next statement that is
// waited for.
func (r *bulk) writeNew(ctx context.Context, b *batch) error {
	if !b.copies {
		return r.write(ctx, b)
	}
	if len(r.values) == 0 {
		return nil
	}
	text, err := copyText(r.values, r.width)
	if err != nil {
		return errGiveUp{fmt.Errorf("rows of %s: %w", r.table, err)}
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	return b.raw(func(c translated) error {
		_, err := c.Conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(text), "COPY "+r.table+" FROM STDIN (FORMAT binary)")
		return err
	})
}

// copyText returns values, which stand row by row, in the binary format of COPY.
func copyText(values []any, width int) ([]byte, error) {
	size := 0
	for _, v := range values {
		switch v := v.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	const header, number = 21, 12 // with the length before it
	out := append(make([]byte, 0, header+size+number*len(values)+2*len(values)/width), "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	for i, v := range values {
		if i%width == 0 {
			out = binary.BigEndian.AppendUint16(out, uint16(width)) //nolint:gosec // a table has few columns
		}
		switch v := v.(type) {
		case string:
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(v))), v...) //nolint:gosec // the limits of what comes in are far below
		case []byte:
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(v))), v...) //nolint:gosec // as above
		case int64:
			out = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(out, 8), uint64(v)) //nolint:gosec // two's complement
		case bool:
			out = append(binary.BigEndian.AppendUint32(out, 1), 0)
			if v {
				out[len(out)-1] = 1
			}
		default:
			return nil, fmt.Errorf("value %d of row %d is a %T", i%width+1, i/width+1, v)
		}
	}
	return binary.BigEndian.AppendUint16(out, 0xffff), nil
}
