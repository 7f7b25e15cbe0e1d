//go:build !linux

package usbport

import "os"

// A File is a device file whose reads end when the system ends them: it tells of
// no port.
type File struct{ *os.File }

// Watch does nothing.
func Watch(f *os.File) (*File, error) { return &File{f}, nil }

// End does nothing.
func (*File) End() {}
