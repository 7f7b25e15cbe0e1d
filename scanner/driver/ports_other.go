//go:build !linux && !windows

package driver

import (
	"fmt"
	"path/filepath"
)

// Ports returns the serial ports there are, by their names only.
func Ports() ([]Port, error) {
	paths, err := filepath.Glob("/dev/cu.*")
	if err != nil {
		return nil, fmt.Errorf("list of serial ports: %w", err)
	}
	ports := make([]Port, 0, len(paths))
	for _, p := range paths {
		ports = append(ports, Port{Path: p, ByID: p})
	}
	return ports, nil
}
