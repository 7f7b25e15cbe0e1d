package speaker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"waybill/internal/fault"
)

// pcDevice is the link that udev makes to the event device of the PC speaker.
const pcDevice = "/dev/input/by-path/platform-pcspkr-event-spkr"

// The event that sounds, as linux/input-event-codes.h has it.
const (
	evSound = 0x12
	tone    = 0x02
)

// openPC opens an event device that sounds tones.
func openPC(name string) (Speaker, error) {
	path := name
	if name == PC {
		path = pcDevice
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		if err = sounds(path, "/sys/class/input"); err != nil {
			err = errors.Join(err, f.Close())
		}
	}
	switch {
	case err == nil:
		return &pc{f}, nil
	case errors.Is(err, os.ErrNotExist):
		return nil, &fault.Error{Kind: fault.NotFound, Err: err, Hint: "Load it with `modprobe pcspkr`; distributions often have it on the list of modules not to load. Many machines have no such speaker."}
	case errors.Is(err, os.ErrPermission):
		return nil, &fault.Error{Kind: fault.Permanent, Err: err, Hint: "Let the station's user write to the device: add the user to the group input, or write a udev rule."}
	}
	return nil, &fault.Error{Kind: fault.Permanent, Err: err}
}

// sounds returns why the event device at path sounds no tones: what it cannot do
// the kernel would ignore without a word. Where sys does not know it, it is
// believed.
func sounds(path, sys string) error {
	node, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	can, err := os.ReadFile(filepath.Join(sys, filepath.Base(node), "device", "capabilities", "snd"))
	if err != nil {
		return nil //nolint:nilerr // it is believed
	}
	words := strings.Fields(string(can))
	if len(words) > 0 {
		if bits, err := strconv.ParseUint(words[len(words)-1], 16, 64); err == nil && bits&(1<<tone) != 0 {
			return nil
		}
	}
	return fmt.Errorf("%s sounds no tones: it is another device", path)
}

// A pc is the PC speaker.
type pc struct{ w io.WriteCloser }

// Sound begins or ends a tone.
func (p *pc) Sound(hertz int) error {
	_, err := p.w.Write(event(evSound, tone, int32(hertz)))
	return err
}

// Close ends the tone and lets the speaker go.
func (p *pc) Close() error { return errors.Join(p.Sound(0), p.w.Close()) }

// event is a struct input_event: the time, in two machine words, which the kernel
// sets, then type, code and value.
func event(kind, code uint16, value int32) []byte {
	at := 2 * strconv.IntSize / 8
	b := make([]byte, at+8)
	binary.NativeEndian.PutUint16(b[at:], kind)
	binary.NativeEndian.PutUint16(b[at+2:], code)
	binary.NativeEndian.PutUint32(b[at+4:], uint32(value))
	return b
}
