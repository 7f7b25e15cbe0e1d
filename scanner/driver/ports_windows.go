package driver

import (
	"fmt"
	"strings"

	"go.bug.st/serial/enumerator"
)

// Ports returns the serial ports there are.
func Ports() ([]Port, error) {
	list, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, fmt.Errorf("list of serial ports: %w", err)
	}
	ports := make([]Port, 0, len(list))
	for _, d := range list {
		ports = append(ports, Port{
			Path: d.Name, VendorID: strings.ToLower(d.VID), ProductID: strings.ToLower(d.PID),
			Serial: d.SerialNumber, Manufacturer: d.Manufacturer, Model: d.Product,
		})
	}
	return ports, nil
}
