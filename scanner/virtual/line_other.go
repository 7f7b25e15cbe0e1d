//go:build !unix

package virtual

func newLine() (line, error) { return newTCPLine() }
