//go:build !unix

package servertest

import (
	"os/exec"
	"testing"
)

// A credential is the user a server runs as: here always the test's own.
type credential struct{}

func unprivileged(testing.TB) *credential { return nil }

func (*credential) apply(*exec.Cmd) {}

func (*credential) give(string) error { return nil }
