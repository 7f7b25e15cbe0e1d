package syncfaults_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"waybill/internal/process"
)

// mountSmall mounts a small disk, and returns where; empty, where this user may not.
func mountSmall(t *testing.T, size int64) string {
	t.Helper()
	dir := t.TempDir()
	mount := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", fmt.Sprint("size=", size), "waybill-small", dir)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Logf("No disk gets full: it takes root to mount a small one (%v: %s)", err, out)
		return ""
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// crowd fills the small disk now and then, and makes room again.
func (c *campaign) crowd(ctx context.Context) {
	if c.small == "" {
		return
	}
	rnd := c.randomness(2)
	filler := filepath.Join(c.small, "filler")
	for c.recording.Load() > 0 && process.Wait(ctx, time.Duration((0.5+rnd.Float64())*float64(c.pause))) {
		if err := fill(filler); err != nil {
			c.complain("%v", err)
		}
		c.crowded++
		process.Wait(ctx, time.Duration(rnd.Float64()*float64(c.pause)))
		if err := os.Remove(filler); err != nil {
			c.complain("%v", err)
		}
	}
}

// fill writes a file that takes all that is left of its disk.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for chunk := make([]byte, 1<<20); len(chunk) > 0; {
		if _, err := f.Write(chunk); err != nil {
			chunk = chunk[:len(chunk)/2]
		}
	}
	return nil
}
