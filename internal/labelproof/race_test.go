//go:build race

package labelproof_test

// raced says that the race detector watches, which finds nothing in one label after
// the other and takes ten times as long.
const raced = true
