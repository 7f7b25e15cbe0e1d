package link

// A Port is a stream over which the device tells about itself beside the data.
// It is optional: test for it with a type assertion.
type Port interface {
	// DeviceID returns the IEEE 1284 device ID, as MFG:Zebra;MDL:ZD421;CMD:ZPL.
	DeviceID() (string, error)
	// PortStatus returns what the port says of the printer, which is little and
	// comes even where the printer takes no data.
	PortStatus() (PortStatus, error)
}

// A PortStatus is the status byte of a printer port, as the USB printer class
// and IEEE 1284 have it. Many label printers always say the same; only a fault
// that is told means something.
type PortStatus struct {
	PaperOut bool
	Offline  bool // not selected
	Fault    bool
}

// The bits of the status byte (USB Device Class Definition for Printing Devices
// 1.1, section 4.2.2).
const (
	statusNotError   = 0x08
	statusSelected   = 0x10
	statusPaperEmpty = 0x20
)

// portStatus reads a status byte.
func portStatus(b byte) PortStatus {
	return PortStatus{PaperOut: b&statusPaperEmpty != 0, Offline: b&statusSelected == 0, Fault: b&statusNotError == 0}
}
