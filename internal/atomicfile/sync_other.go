//go:build !windows

package atomicfile

import "os"

// SyncDir makes the names in dir durable: what was created, renamed or removed
// there before the call survives a power cut after it.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
