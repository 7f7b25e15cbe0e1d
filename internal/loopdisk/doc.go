// Package loopdisk is an ext4 for tests that ends under whoever writes to it, as a
// power cut ends it: what is not synced is gone. It needs Linux, root and a loop
// device, and a test is skipped where it has none.
//
// Beside a disk in memory it shows less, since nothing is torn and little is lost out
// of order, but by the kernel's own code.
package loopdisk
