// Command waybill is the packing station, the tracking hub and the tools around
// them, in one binary. It only wires: what happens is decided in the packages it
// introduces to one another.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // not every machine has the zones that cut-offs hang on
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
