// Package syncfaults is the campaign of faults between the bench and the hub:
// real stations and a real hub, a wire that drops, delays, repeats, cuts and
// resets, and kill -9 of every process at any moment. At the end every
// journal is held against the hub's store, event by event.
//
// It holds only tests: a short form in every run, a long one by make faults.
// What judges shares no code with what it judges; it reads the files as anyone
// could.
package syncfaults
