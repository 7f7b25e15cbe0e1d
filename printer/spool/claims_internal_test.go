package spool

import (
	"testing"

	"waybill/printer"
)

// A job given back early and taken by another printer is not given back again by
// the first.
func TestReleaseIsTheHoldersAlone(t *testing.T) {
	first, second := &worker{}, &worker{}
	c := claims{taken: map[printer.JobID]*worker{"a": first}}
	c.release(first, "a")
	c.taken["a"] = second
	c.release(first, "a")
	if c.taken["a"] != second {
		t.Error("the second printer's job was given back by the first")
	}
	if c.release(second, "a"); c.taken["a"] != nil {
		t.Error("the holder could not give it back")
	}
}
