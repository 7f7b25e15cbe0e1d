package desk_test

import (
	"strings"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/scanner"
)

// A person's word makes the device that answers the scanner, and only that one.
func TestUseScanner(t *testing.T) {
	r := newRig(t, nil)
	xenon := func(serial string) scanner.Device {
		return scanner.Device{Vendor: "0c2e", Product: "0b61", Serial: serial, Model: "Xenon"}
	}
	if err := r.Desk.UseScanner(t.Context(), "dock", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a scanner nobody knows: %v", err)
	}
	if err := r.Desk.BindScanner(t.Context(), "dock", xenon("17")); err != nil {
		t.Fatal(err)
	}
	if err := r.Desk.SetDevice(t.Context(), desk.Device{Kind: "scanner", Name: "dock", State: "ready"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Desk.UseScanner(t.Context(), "dock", xenon("17").Key()); !fault.Is(err, fault.Conflict) {
		t.Errorf("nothing to decide: %v", err)
	}
	if err := r.Desk.SetDevice(t.Context(), desk.Device{Kind: "scanner", Name: "dock", State: "blocked", Words: "Another scanner", OtherScanner: xenon("18")}); err != nil {
		t.Fatal(err)
	}
	if err := r.Desk.UseScanner(t.Context(), "dock", xenon("19").Key()); !fault.Is(err, fault.Conflict) {
		t.Errorf("one that is not there: %v", err)
	}
	if err := r.Desk.UseScanner(t.Context(), "dock", xenon("18").Key()); err != nil {
		t.Fatal(err)
	}
	got, err := r.Desk.Scanner(t.Context(), "dock")
	if err != nil || !got.Same(xenon("18")) {
		t.Errorf("the scanner is %+v, %v", got, err)
	}
}

// The set-up page's barcode is answered with how it came, at the bench and at the
// dock, and leaves its evidence as every scan does.
func TestSetupScan(t *testing.T) {
	r := newRig(t, nil)
	for _, role := range []scanner.Role{scanner.Bench, scanner.Dock} {
		good, err := r.Scan(t.Context(), scanner.Scan{Scanner: "gun", Role: role, Raw: []byte("]C1" + scanner.SetupData), At: r.now})
		if err != nil || good.Signal != scanner.Good || good.Code != "set_up" {
			t.Errorf("%s: %v %s %q, %v; want good", role, good.Signal, good.Code, good.Message, err)
		}
		bare, err := r.Scan(t.Context(), scanner.Scan{Scanner: "gun", Role: role, Raw: []byte(strings.ReplaceAll(scanner.SetupData, "\x1d", "")), At: r.now})
		if err != nil || bare.Signal != scanner.Warn || !strings.Contains(bare.Message, "switch them on") {
			t.Errorf("%s: %v %s %q, %v; want what to do", role, bare.Signal, bare.Code, bare.Message, err)
		}
	}
	r.now = r.now.Add(time.Minute)
	if _, err := r.Scan(t.Context(), scanner.Scan{Scanner: "page", Role: scanner.Bench, Raw: []byte("]C1" + scanner.SetupData), At: r.now}); err != nil {
		t.Fatal(err)
	}
	all := r.SetUps()
	if len(all) != 2 || all[0].Scanner != "page" || !all[0].Setup.Good() || all[1].Scanner != "gun" || all[1].Setup.AIM {
		t.Errorf("kept of the scanners: %+v, want the last of each, the latest first", all)
	}
}
