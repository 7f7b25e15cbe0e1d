package agent

import (
	"waybill/shipment"
	"waybill/shipment/address"
)

// unfit returns what of a destination is longer than the carrier's systems take,
// however its lines are divided and abbreviated. Nothing waits for it: the label
// shows the address whole, which is what a driver reads, while a carrier's manifest
// may be cut. Letters are not held against the carrier's, for a label shows any
// that its fonts have.
func unfit(to shipment.Address, c shipment.CarrierID) shipment.Problems {
	limits, known := address.LimitsOf(c)
	if !known {
		return nil
	}
	limits.Alphabet = address.Any
	var out shipment.Problems
	for _, is := range address.ForCarrier(to, limits).Issues {
		if is.Code == address.TooLong {
			out = append(out, shipment.Problem{Field: shipTo + is.Field, Code: is.Code, Message: is.Message})
		}
	}
	return out
}
