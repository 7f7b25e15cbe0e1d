package main

import "runtime/debug"

// settle gives back what the start has taken and what comes after does not need: of the
// heap, and of the program's own file, most of which is for other commands and for what
// is done once.
func settle() {
	debug.FreeOSMemory()
	dropProgram()
}
