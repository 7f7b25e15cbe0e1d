//go:build !linux

package diskspacetest

import "errors"

func mount(string, int64) (func() error, error) {
	return nil, errors.New("only Linux is asked for one")
}

func full(error) bool { return false }
