package speaker

import (
	"errors"
	"os"
	"runtime"

	"golang.org/x/term"

	"waybill/internal/fault"
)

// terminal returns where a program finds its own terminal.
func terminal() string {
	if runtime.GOOS == "windows" {
		return "CONOUT$"
	}
	return "/dev/tty"
}

// openBell opens the terminal that the program runs in.
func openBell() (Speaker, error) {
	f, err := os.OpenFile(terminal(), os.O_WRONLY, 0)
	if err == nil && !term.IsTerminal(int(f.Fd())) {
		err = errors.Join(errors.New("it is no terminal"), f.Close())
	}
	if err != nil {
		return nil, &fault.Error{
			Op: "terminal", Kind: fault.Permanent, Err: err,
			Hint: "A service has no terminal: run the station in one, write speaker: pcspkr, or use the sound of the packer's page.",
		}
	}
	return &bell{f}, nil
}

// A bell has one sound: pitch and length are the terminal's own.
type bell struct{ w *os.File }

// Sound rings once for any tone.
func (b *bell) Sound(hertz int) error {
	if hertz == 0 {
		return nil
	}
	_, err := b.w.WriteString("\a")
	return err
}

// Close closes the terminal.
func (b *bell) Close() error { return b.w.Close() }
