package main

import "github.com/alecthomas/kong"

// cli is the command line. The names are fixed: programs call them.
type cli struct {
	Demo           demoCmd           `cmd:"" help:"Run the whole system on this machine: hub, station, virtual printer, simulated scanner, sample orders."`
	Station        stationCmd        `cmd:"" help:"Run a packing station."`
	Hub            hubCmd            `cmd:"" help:"Run the central tracking server."`
	Label          labelCmd          `cmd:"" help:"Render labels, and read rendered labels back."`
	Address        addressCmd        `cmd:"" help:"Check and normalise addresses."`
	Number         numberCmd         `cmd:"" help:"Recognise and check tracking numbers."`
	Carrier        carrierCmd        `cmd:"" help:"Choose a carrier by the rules, and say why."`
	Scan           scanCmd           `cmd:"" help:"Parse what a scanner sent."`
	Journal        journalCmd        `cmd:"" help:"Read a station's journal."`
	Printers       printersCmd       `cmd:"" help:"List printers, their status, and test them."`
	Scanners       scannersCmd       `cmd:"" help:"List scanners, and listen to them."`
	Scales         scalesCmd         `cmd:"" help:"List scales and dimensioners, and read them."`
	Handoffs       handoffsCmd       `cmd:"" help:"Take over a pick-up that another station has."`
	VirtualPrinter virtualPrinterCmd `cmd:"" name:"virtual-printer" help:"Run a ZPL printer emulator."`
	Doctor         doctorCmd         `cmd:"" help:"Check configuration, disk, clock, devices and hub, and say how to mend what is wrong."`

	Version kong.VersionFlag `help:"Print the version."`
}

// Help is shown under waybill --help.
func (cli) Help() string {
	return `Exit codes: 0 done, 1 the work failed, 2 bad usage or configuration.

Not built yet: label verify of EPL and TSPL.

Example:
  waybill demo`
}
