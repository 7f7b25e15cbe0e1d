package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// dialFile returns the dialer for a device file.
func dialFile(path string) Dialer {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return openFile(path)
	}
}

// openFile opens a device file. It never creates it: a mistyped device must be
// an error and not a file that swallows labels.
func openFile(path string) (io.ReadWriteCloser, error) {
	f, err := openDevice(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("device file: %w (allow this user to use it, on Linux by the group lp; waybill doctor says how)", err)
	case err != nil && isBusy(err):
		return nil, fmt.Errorf("device file: %w (another program has it open: CUPS, or another station)", err)
	case err != nil:
		return nil, fmt.Errorf("device file: %w", err)
	}
	return f, nil
}
