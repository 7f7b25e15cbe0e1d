//go:build linux && rig

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// The goals. What the kernel needs to tell its readers that a device is gone is
// not ours, and counts apart, where it has no state of the port that tells sooner.
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
	kernel   []time.Duration // from the pull until the kernel tells its readers
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
func (x *rigTimes) gone(pulled, kernel, noticed time.Time) {
	x.kernel = append(x.kernel, kernel.Sub(pulled))
	x.ours = append(x.ours, max(0, noticed.Sub(kernel)))
	x.noticed = append(x.noticed, noticed.Sub(pulled))
}

func (x *rigTimes) judge(t *testing.T) {
	t.Helper()
	pulled := x.noticed
	if !portsTell() {
		pulled = nil
	}
	for what, c := range map[string]struct {
		took []time.Duration
		goal time.Duration
	}{
		"unplugging was told, after the kernel told it,": {x.ours, goalNoticed},
		"unplugging was told":                            {pulled, goalNoticed},
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
	fmt.Fprintln(tw, "RIG device\tscan\tpulled → kernel tells\tkernel tells → we tell\tpulled → we tell\tdevice file → ready\tcycles\tattempts")
	for _, x := range f.rows {
		fmt.Fprintf(tw, "RIG %s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", x.device, cell(x.read), cell(x.kernel), cell(x.ours), cell(x.noticed), cell(x.back), len(x.noticed), x.attempts)
	}
	fmt.Fprintf(tw, "RIG goal\t\t\t%d\t\t%d\t\t\n", goalNoticed.Milliseconds(), goalBack.Milliseconds())
	tw.Flush()
	fmt.Fprintln(w)
}

// kernelTells returns when the kernel says that an open device file has no device
// any more.
func kernelTells(f *os.File) <-chan time.Time {
	at := make(chan time.Time, 1)
	fd := int32(f.Fd())
	go func() { // ends with the device, or by itself
		for {
			fds := []unix.PollFd{{Fd: fd}}
			if _, err := unix.Poll(fds, 30_000); err != unix.EINTR {
				at <- time.Now()
				return
			}
		}
	}()
	return at
}

// nodeGoes returns when a device file is no more, for devices that let one
// program open them.
func nodeGoes(path string) <-chan time.Time {
	at := make(chan time.Time, 1)
	go func() {
		for range 30_000 {
			if _, err := os.Stat(path); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		at <- time.Now()
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
