// Package packing checks what goes into a parcel before its label is made: that
// the items are those of the order, each in its number, that the box and its
// weight are known, and that the weight is what it should be.
//
// A Progress is how far the packing of one order is, an Input what somebody did,
// and Step what follows. The package does no I/O and reads no clock; it knows
// neither benches nor scanners, which package agent/desk introduces.
package packing
