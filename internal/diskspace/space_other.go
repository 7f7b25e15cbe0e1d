//go:build !linux && !darwin && !freebsd && !windows

package diskspace

import "errors"

// Of cannot tell on this system.
func Of(string) (Space, error) { return Space{}, errors.ErrUnsupported }
