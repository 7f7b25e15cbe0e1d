//go:build !race

package journal_test

const checks = "100" // see race_test.go
