package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyUntouchedPagesOfTheProgramAreDropped(t *testing.T) {
	part := func(head, anonymous string) string {
		return head + "\nSize: 8 kB\nRss: 8 kB\nShared_Dirty: 0 kB\nPrivate_Dirty: 8 kB\nAnonymous: " + anonymous + " kB\nSwap: 0 kB\nVmFlags: rd mr\n"
	}
	smaps := part("00400000-01000000 r-xp 00000000 fe:00 12 /usr/bin/waybill", "0") +
		part("01000000-02000000 r--p 00c00000 fe:00 12 /usr/bin/waybill", "0") +
		part("02000000-02100000 r--p 01c00000 fe:00 12 /usr/bin/waybill", "4") + // relocated
		part("02100000-02200000 rw-p 01d00000 fe:00 12 /usr/bin/waybill", "0") +
		part("02200000-02300000 r-xs 01d00000 fe:00 12 /usr/bin/waybill", "0") +
		part("02300000-02400000 rw-p 00000000 00:00 0", "0") +
		part("7f000000-7f100000 r-xp 00000000 fe:00 13 /usr/lib/libc.so.6", "0") +
		"7f100000-7f180000 r-xp 00000000 fe:00 12 /usr/bin/waybill\nRss: 8 kB\nSwap: 0 kB\nVmFlags: rd mr\n" + // nothing is told
		part("7f180000-7f1c0000 r--p 00000000 fe:00 12 /usr/bin/waybill", "12") +
		"7f200000-7f300000 r-xp 00000000 fe:00 12 /usr/bin/waybill\nRss: 8 kB\n" // cut short
	want := []mapping{{0x400000, 0x1000000}, {0x1000000, 0x2000000}}
	if diff := cmp.Diff(want, untouched(strings.NewReader(smaps), "/usr/bin/waybill"), cmp.AllowUnexported(mapping{})); diff != "" {
		t.Error(diff)
	}
}

// What was dropped comes back as it was, or the test would not end.
func TestAProgramGoesOnWithoutItsPages(t *testing.T) {
	before := programResident(t)
	settle()
	after := programResident(t)
	if before == 0 || after >= before {
		t.Errorf("%d KiB of the program's file are resident, before %d", after, before)
	}
}

func programResident(t *testing.T) (kib int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssFile:"); ok {
			for _, r := range rest {
				if r >= '0' && r <= '9' {
					kib = 10*kib + int(r-'0')
				}
			}
		}
	}
	return kib
}
