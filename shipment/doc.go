// Package shipment is the vocabulary everyone at the desk and at the hub
// speaks: orders, addresses, parcels, tracking numbers and the events that tell
// a parcel's story.
//
// The package does no I/O, reads no clock and imports only the standard
// library. Everything in it can be tested with literals.
package shipment
