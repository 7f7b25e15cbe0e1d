package discovery

import (
	"cmp"
	"runtime"

	"waybill/internal/link"
)

// attachedUSB lists the printers on USB, from what the kernel tells. On systems
// that have no such list of files there is a list of queues, or nothing.
func attachedUSB() ([]Found, error) {
	if runtime.GOOS != "linux" {
		return nil, nil
	}
	printers, err := link.USBPrinters()
	found := make([]Found, 0, len(printers))
	for _, p := range printers {
		found = append(found, ofUSB(p))
	}
	return found, err
}

// ofUSB says what is known of a printer on USB.
func ofUSB(p link.USBPrinter) Found {
	id := ParseDeviceID(p.DeviceID)
	f := Found{
		Via: USB, Path: p.Path, Maker: cmp.Or(p.Manufacturer, id["MFG"]), Model: cmp.Or(id["MDL"], p.Model),
		Serial: cmp.Or(p.Serial, id["SN"]), Language: guess(id["CMD"], p.Vendor, cmp.Or(p.Model, id["MDL"])),
	}
	f.Driver = driverFor(f.Language)
	switch {
	case p.Path != "":
		f.Link = p.USBAddress.String()
		f.Problem, f.Remedy = access(p.Path)
	case p.Holder == "":
		f.Problem = "the kernel's printer driver does not hold it"
		f.Remedy = "sudo modprobe usblp, and remove a blacklist entry for it; CUPS and ipp-usb take printers away: remove the printer's queue there, or print through it"
	default:
		f.Problem = "the program or driver " + p.Holder + " holds it"
		f.Remedy = "Remove the printer's queue in CUPS or stop ipp-usb, or print through that queue with the driver ipp-queue"
	}
	return f
}
