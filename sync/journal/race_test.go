//go:build race

package journal_test

// checks is how many walks a property takes, and shortCuts how often the power is cut in
// a short run. The race detector takes many times as long and looks for something else.
const (
	checks    = "30"
	shortCuts = 36
)
