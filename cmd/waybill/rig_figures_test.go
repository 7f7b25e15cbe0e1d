//go:build linux && rig

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// The goals. What the kernel needs to tell that a device is gone is not ours, and
// counts apart.
const (
	goalNoticed = 50 * time.Millisecond
	goalBack    = time.Second
)

// rigFigures is what was measured, device by device.
type rigFigures struct{ rows []*rigTimes }

// rigTimes is what one device's cycles took.
type rigTimes struct {
	device   string
	read     []time.Duration // from the device's first byte to the scan
	kernel   []time.Duration // from the pull until the kernel tells, by the port or by the device file
	file     []time.Duration // from the pull until it tells the readers of the device file
	ours     []time.Duration // from then until we tell it
	noticed  []time.Duration // from the pull until we tell it
	back     []time.Duration // from the device file to ready
	attempts int             // to open it again, in all
}

func (f *rigFigures) of(device string) *rigTimes {
	x := &rigTimes{device: device}
	f.rows = append(f.rows, x)
	return x
}

// gone notes one unplugging.
func (x *rigTimes) gone(pulled time.Time, kernel kernelTold, noticed time.Time) {
	x.kernel = append(x.kernel, kernel.first.Sub(pulled))
	x.file = append(x.file, kernel.file.Sub(pulled))
	x.ours = append(x.ours, max(0, noticed.Sub(kernel.first)))
	x.noticed = append(x.noticed, noticed.Sub(pulled))
}

func (x *rigTimes) judge(t *testing.T) {
	t.Helper()
	for what, c := range map[string]struct {
		took []time.Duration
		goal time.Duration
	}{
		"unplugging was told, after the kernel told it,": {x.ours, goalNoticed},
		"it was ready, after its device file was there,": {x.back, goalBack},
	} {
		if len(c.took) == 0 {
			continue
		}
		if m := median(c.took); m > c.goal {
			t.Errorf("%s: %s in %v, want %v at most (all: %v)", x.device, what, m, c.goal, c.took)
		}
	}
}

// portsTell reports whether this kernel tells the state of its USB ports, which is
// so since Linux 6.5.
func portsTell() bool {
	states, _ := filepath.Glob("/sys/bus/usb/devices/*/usb*-port*/state") // its only error is a bad pattern
	return len(states) > 0
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// table tells people what was measured: the median, and the worst in brackets.
func (f *rigFigures) table(w io.Writer) {
	cell := func(all []time.Duration) string {
		if len(all) == 0 {
			return "-"
		}
		ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
		return fmt.Sprintf("%.1f (%.1f)", ms(median(all)), ms(slices.Max(all)))
	}
	var u unix.Utsname
	_ = unix.Uname(&u) // the table is as good without it
	fmt.Fprintf(w, "\nRIG Milliseconds, median (worst), on an emulated processor, Linux %s, whose USB ports tell their state: %v\n", unix.ByteSliceToString(u.Release[:]), portsTell())
	tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(tw, "RIG device\tscan\tpulled → kernel tells\tpulled → device file tells\tkernel tells → we tell\tpulled → we tell\tdevice file → ready\tcycles\tattempts")
	for _, x := range f.rows {
		fmt.Fprintf(tw, "RIG %s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", x.device, cell(x.read), cell(x.kernel), cell(x.file), cell(x.ours), cell(x.noticed), cell(x.back), len(x.noticed), x.attempts)
	}
	fmt.Fprintf(tw, "RIG goal\t\t\t\t%d\t\t%d\t\t\n", goalNoticed.Milliseconds(), goalBack.Milliseconds())
	tw.Flush()
	fmt.Fprintln(w)
}

// kernelTold is when the kernel said that a device is gone: to whoever hears of it first,
// and to the readers of its file.
type kernelTold struct{ first, file time.Time }

// kernelTells returns when the kernel says that an open device file has no device
// any more, and that the port has none, where it tells of the port.
func kernelTells(f, port *os.File) <-chan kernelTold {
	hears := func(fds ...unix.PollFd) time.Time {
		for {
			if _, err := unix.Poll(fds, 30_000); err != unix.EINTR {
				return time.Now()
			}
		}
	}
	at := make(chan kernelTold, 1)
	fd := int32(f.Fd())
	fds := []unix.PollFd{{Fd: fd}}
	if port != nil {
		fds = append(fds, unix.PollFd{Fd: int32(port.Fd()), Events: unix.POLLPRI})
	}
	go func() { // ends with the device, or by itself
		first := hears(fds...)
		at <- kernelTold{first, hears(unix.PollFd{Fd: fd})}
	}()
	return at
}

// portState opens the state of the port that the gadget is plugged into, read so
// far; nil where this kernel does not tell of it.
func (g *gadget) portState() *os.File {
	g.t.Helper()
	states, _ := filepath.Glob("/sys/devices/platform/" + strings.Replace(g.udc, "udc", "hcd", 1) + "/usb*/*/usb*-port1/state") // its only error is a bad pattern
	if len(states) == 0 {
		return nil
	}
	f := look(g.t, states[0])
	if _, err := f.Read(make([]byte, 64)); err != nil {
		g.t.Fatal(err)
	}
	return f
}

// nodeGoes returns when a device file is no more, for devices that let one
// program open them.
func nodeGoes(path string) <-chan kernelTold {
	at := make(chan kernelTold, 1)
	go func() {
		for range 30_000 {
			if _, err := os.Stat(path); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		now := time.Now()
		at <- kernelTold{now, now}
	}()
	return at
}

// look opens a device file as another program does that only looks at it.
func look(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
