package journal

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bootClock returns the kernel's name for this boot and its count since, which
// goes on while the machine sleeps.
func bootClock() (name string, since func() time.Duration, ok bool) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if name = strings.TrimSpace(string(id)); err != nil || name == "" {
		return "", nil, false
	}
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return "", nil, false
	}
	return name, func() time.Duration {
		var ts unix.Timespec
		_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // it worked before, and cannot fail otherwise
		return time.Duration(ts.Nano())
	}, true
}
