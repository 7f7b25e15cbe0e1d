//go:build !linux

package hid

// Access says why this user may not use a device file, and what to do. Both are
// empty where there is nothing to do, and where nobody knows.
func Access(string) (problem, remedy string) { return "", "" }
