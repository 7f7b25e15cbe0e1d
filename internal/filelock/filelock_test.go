package filelock_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"waybill/internal/filelock"
)

func TestOneHolderAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.lock")
	first, err := filelock.Take(path, "station bench-1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = filelock.Take(path, "station bench-2")
	if !errors.Is(err, filelock.ErrHeld) || !strings.Contains(err.Error(), "station bench-1") {
		t.Errorf("the second holder got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := filelock.Take(path, "station bench-2")
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}
