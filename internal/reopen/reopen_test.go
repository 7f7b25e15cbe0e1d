package reopen_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/internal/reopen"
)

func TestPauses(t *testing.T) {
	type at = time.Duration
	tests := map[string]struct {
		kind fault.Kind
		held []int64
		want []at // of each try
	}{
		"not there: soon again":            {fault.NotFound, nil, []at{0, 250, 750, 1750, 2750, 3750}},
		"no permission: seldom":            {fault.Permanent, nil, []at{0, 250, 750, 1750, 3750, 7750, 12750}},
		"held a while: begins anew":        {fault.Transient, []int64{0, 0, 3000}, []at{0, 250, 750, 4000, 4500}},
		"gone at once: a loose contact":    {fault.Transient, []int64{0, 0, 100}, []at{0, 250, 750, 1850}},
		"a person's business, then mended": {fault.Permanent, []int64{0, 0, 0, 0, 5000}, []at{0, 250, 750, 1750, 3750, 9000}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				began, told := time.Now(), 0
				var got []at
				err := reopen.Options{}.Run(ctx, func(context.Context) (time.Duration, error) {
					got = append(got, time.Since(began)/time.Millisecond)
					if len(got) == len(tt.want) {
						cancel()
					}
					held := time.Duration(0)
					if n := len(got) - 1; n < len(tt.held) {
						held = time.Duration(tt.held[n]) * time.Millisecond
					}
					time.Sleep(held) // virtual
					return held, &fault.Error{Kind: tt.kind, Err: errors.New("no")}
				}, func(error) { told++ })
				if err != nil || told != len(tt.want)-1 {
					t.Errorf("Run = %v, told %d times; want nil, %d", err, told, len(tt.want)-1)
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("tries in ms (-want +got):\n%s", d)
				}
			})
		})
	}
}

// What is put back is tried at once, and not after the pause.
func TestPutBack(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells of new device files")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	dir, tries := t.TempDir(), 0
	device := filepath.Join(dir, "device")
	err := reopen.Options{Min: time.Hour, Appears: []string{filepath.Join(dir, "gone"), dir}}.Run(ctx, func(context.Context) (time.Duration, error) {
		tries++
		if _, err := os.Stat(device); err == nil {
			cancel()
		}
		return 0, &fault.Error{Kind: fault.NotFound, Err: errors.New("not there")}
	}, func(error) {
		if err := os.WriteFile(device, nil, 0o600); err != nil { // as soon as it is told away
			t.Error(err)
		}
	})
	if err != nil || !errors.Is(ctx.Err(), context.Canceled) || tries != 2 {
		t.Errorf("Run = %v, %v after %d tries; want it found at the second", err, ctx.Err(), tries)
	}
}
