package main

import (
	"fmt"

	"waybill/configs"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// sampleNumber returns the k-th of the numbers that look like the carrier's, for
// labels that only show what they will look like.
func sampleNumber(c shipment.CarrierID, s shipment.ServiceID, k int) (shipment.TrackingNumber, error) {
	var fits *configs.Range
	for _, r := range configs.DefaultHub().Ranges {
		if r.Carrier == string(c) && (fits == nil || r.Service == string(s)) {
			fits = &r
		}
	}
	if fits == nil {
		return "", fmt.Errorf("it has no tracking number, and there is no sample number of %s (give it one in \"tracking_number\")", c)
	}
	return carrier.Compose(fits.Scheme, fits.Prefix, fits.From+int64(k)-1)
}
