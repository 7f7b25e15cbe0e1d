package api_test

import (
	"strings"
	"testing"
)

func TestSetupPage(t *testing.T) {
	r := newRig(t)
	if a := r.call(t, "GET", "/scanners/setup", ""); a.status != 200 || !strings.Contains(string(a.body), "$CAIEN01") || !strings.Contains(string(a.body), "Transmit Code ID Character") {
		t.Errorf("set-up page: %d", a.status)
	}
	if a := r.call(t, "GET", "/scanners/setup.svg", ""); a.status != 200 || strings.Count(string(a.body), "<rect") < 40 {
		t.Errorf("barcode: %d, %.100s", a.status, a.body)
	}
}
