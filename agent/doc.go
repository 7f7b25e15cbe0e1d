// Package agent decides what happens at the packing desk. Rules.Take decides
// about an order that comes in; State.Step decides what follows from everything
// after that: a label that moved, a scan, a person's word.
//
// The package does no I/O and reads no clock: a decision is a new State and a
// list of Effects, which package desk carries out in one journal transaction.
package agent
