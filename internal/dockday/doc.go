// Package dockday is a day at the dock: a real station and a real hub, virtual
// printers, and two scanners at the dock; parcels are labelled and handed over
// to three carriers while scans go wrong, the station is killed and the hub is
// away. At the end journal, hub, manifests and paper are held against each other
// parcel by parcel.
//
// It holds only tests: a short form in every run, a whole day by make dock-day.
// What judges shares no code with what it judges; it reads the files and the
// answers as anyone could.
package dockday
