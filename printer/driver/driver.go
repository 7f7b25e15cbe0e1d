// Package driver holds one conversation per kind of printer: it asks, sends and
// understands the replies. The stream it talks over comes from a link, and the
// bytes of a label from an encoder; a driver makes neither.
//
// A driver never sends a label twice. What to do about a broken conversation is
// the spool's decision.
package driver

import "waybill/printer"

// All returns every built-in driver.
func All() printer.Registry {
	return printer.NewRegistry(
		zplDriver(),
		eplDriver(),
		tsplDriver(),
		fileDriver(),
		ippDriver(),
		ippQueueDriver(),
		spoolerDriver(),
	)
}
