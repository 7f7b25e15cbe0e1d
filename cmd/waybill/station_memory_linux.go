package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// dropProgram tells the kernel that the pages of the program's own file are not needed
// now. Those that are after all come back from the file, which the kernel keeps in its
// cache. It would take them by itself where it needs the room; until then they count as
// the station's, and on a small machine people look at that.
func dropProgram() {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range untouched(bytes.NewReader(maps), exe) {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED) // it is no harm where it does not work
	}
}

// A mapping is a part of a process's memory.
type mapping struct{ from, to uintptr }

// untouched returns where the file is mapped without anything in memory that differs
// from it, as proc_pid_smaps(5) tells: nobody may write there, and nobody has.
func untouched(smaps io.Reader, file string) (list []mapping) {
	var m mapping
	ours, clean, private := false, false, false
	s := bufio.NewScanner(smaps)
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) < 2 {
			continue
		}
		from, to, isRange := strings.Cut(f[0], "-")
		switch {
		case isRange:
			a, errA := strconv.ParseUint(from, 16, 64)
			b, errB := strconv.ParseUint(to, 16, 64)
			ours = errA == nil && errB == nil && len(f) == 6 && f[5] == file && strings.HasPrefix(f[1], "r-") && strings.HasSuffix(f[1], "p")
			m, clean, private = mapping{uintptr(a), uintptr(b)}, false, false
		case f[0] == "Anonymous:": // a page is dirty also where the file was written just now
			clean = f[1] == "0" // not every kernel tells
		case f[0] == "Swap:":
			private = f[1] != "0"
		case f[0] == "VmFlags:": // the last line of each
			if ours && clean && !private {
				list = append(list, m)
			}
			ours = false
		}
	}
	return list
}
