// Package usbport hears from a USB port that what was plugged into it is gone,
// before the kernel has told the readers of the device file: it tells them of a
// keyboard only when all processors have let go of it. What is read is the
// caller's.
package usbport

import (
	"fmt"
	"io/fs"
)

// ErrUnplugged is a device that was pulled out before it could be used, though its
// file is still there. It is a [fs.ErrNotExist].
var ErrUnplugged = fmt.Errorf("it was just unplugged: %w", fs.ErrNotExist)
