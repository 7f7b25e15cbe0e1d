package downlink

// Disk is what a shelf is written on.
type Disk = disk

// NewShelfOn is NewShelf on another disk than the system's.
func NewShelfOn(dir string, d disk) *Shelf { return &Shelf{dir: dir, disk: d} }
