//go:build race

package journal_test

// checks is how many walks a property takes. The race detector takes many times as
// long and looks for something else.
const checks = "30"
