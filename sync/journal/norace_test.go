//go:build !race

package journal_test

const ( // see race_test.go
	checks    = "100"
	shortCuts = 120
)
