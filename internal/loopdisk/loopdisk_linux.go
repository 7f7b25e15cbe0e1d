package loopdisk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What the kernel's ioctl for it is called: FS_IOC_SHUTDOWN, _IOR('X', 125, __u32), and
// the flag with which not even the file system's own journal is written out
// (linux/fs/ext4/ext4.h, EXT4_GOING_FLAGS_NOLOGFLUSH).
const (
	fsShutdown = 0x8004587d
	noLogFlush = 2
)

// A Disk is an ext4 in a file.
type Disk struct{ image, at string }

// New makes a file system of size bytes and mounts it. The test's end unmounts it:
// nobody may have a file of it open then.
func New(t testing.TB, size int64) *Disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT RUN: only root may mount a file system to cut its power")
	}
	dir := t.TempDir()
	d := &Disk{image: filepath.Join(dir, "image"), at: filepath.Join(dir, "disk")}
	f, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(size), f.Close(), os.Mkdir(d.at, 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][]string{{"mkfs.ext4", "-q", "-F", "-m", "0", d.image}, d.mounting()} {
		if err := run(t, step...); err != nil {
			t.Skipf("NOT RUN: no ext4 on a loop device here: %v", err)
		}
	}
	t.Cleanup(func() {
		if err := unix.Unmount(d.at, 0); err != nil {
			t.Errorf("unmount %s: %v", d.at, err)
		}
	})
	return d
}

// Dir returns where the disk is mounted.
func (d *Disk) Dir() string { return d.at }

func (d *Disk) mounting() []string {
	return []string{"mount", "-t", "ext4", "-o", "loop", d.image, d.at}
}

// run runs a system's program, which root's path has and others' may not.
func run(t testing.TB, args ...string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "env", append([]string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// PowerOff stops processes, children of this one, so that no sync is under way and
// answered while the file system ends, and ends it. They are to be killed then.
func (d *Disk) PowerOff(pids ...int) error {
	for _, pid := range pids {
		if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
			return fmt.Errorf("process %d does not stop: %w", pid, err)
		}
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
			return fmt.Errorf("process %d did not stop: %v, %w", pid, status, err)
		}
	}
	f, err := os.Open(d.at)
	if err != nil {
		return err
	}
	return errors.Join(unix.IoctlSetPointerInt(int(f.Fd()), fsShutdown, noLogFlush), f.Close())
}

// PowerOn mounts the file system as it is found after the cut.
func (d *Disk) PowerOn(t testing.TB) error {
	t.Helper()
	return errors.Join(unix.Unmount(d.at, 0), run(t, d.mounting()...))
}
