package main

import (
	"os"
	"runtime/debug"
)

// thrifty has the station collect its garbage sooner than programs do by themselves. It
// makes little, and each MiB of it in use stands for half a MiB of waste, not for one.
func thrifty() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// settle gives back what the start has taken and what comes after does not need: of the
// heap, and of the program's own file, most of which is for other commands and for what
// is done once.
func settle() {
	debug.FreeOSMemory()
	dropProgram()
}
