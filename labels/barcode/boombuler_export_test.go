package barcode

// Runs is what guards the door to the library.
var Runs = runs
