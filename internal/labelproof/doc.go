// Package labelproof holds our labels against programs that are not ours: other
// encoders, other decoders, other rasterisers, and a renderer of ZPL that
// knows nothing of us. Its tests are the proof; the gallery uses the same
// specimens and programs to show the labels to people.
//
// It is for the tests and the gallery: nothing that ships imports it, and it
// mends nothing that it finds.
package labelproof
