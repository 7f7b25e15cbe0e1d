package verify_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/png"
	"waybill/labels/verify"
)

func needZint(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("zint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("zint is missing; tools/install.sh installs it")
		}
		t.Skip("zint is missing: nobody else's symbols to read (Debian: apt-get install zint)")
	}
}

// fromZint returns the picture of a symbol made by zint, which shares nothing
// with our encoders, with white around it.
func fromZint(t testing.TB, args ...string) labels.Dots {
	t.Helper()
	out, err := exec.Command("zint", append(args, "--notext", "--direct", "--filetype=PNG")...).Output()
	if err != nil {
		t.Fatalf("zint %q: %v", args, err)
	}
	d, err := png.Decode(out)
	if err != nil {
		t.Fatalf("zint %q: %v", args, err)
	}
	page := labels.NewDots(d.W+120, d.H+120)
	page.Draw(d, 60, 60)
	return page
}

// TestSymbolsOfAnotherEncoder finds and reads what zint draws, turned every
// way, at several sizes of the module.
func TestSymbolsOfAnotherEncoder(t *testing.T) {
	raced.Skip(t)
	needZint(t)
	t.Parallel()
	utf := "Zoë 東京"
	for _, tc := range []struct {
		symbology labels.Symbology
		aim, text string
		args      []string
	}{
		{labels.Code128, "]C0", "1Z999AA10123456784", []string{"-b", "20", "-d", "1Z999AA10123456784"}},
		{labels.Code128, "]C0", "abc\tDEF", []string{"-b", "20", "--esc", "-d", `abc\tDEF`}},
		{labels.Code128, "]C0", "café ÀÉÎ", []string{"-b", "20", "-d", "café ÀÉÎ"}},
		{labels.GS1128, "]C1", "42094107\x1d9400111899223100001234", []string{"-b", "16", "--gs1nocheck", "-d", "[420]94107[94]00111899223100001234"}},
		{labels.EAN13, "]E0", "5901234123457", []string{"-b", "13", "-d", "590123412345"}},
		{labels.EAN8, "]E4", "96385074", []string{"-b", "13", "-d", "9638507"}},
		{labels.UPCA, "]E0", "036000291452", []string{"-b", "34", "-d", "03600029145"}},
		{labels.UPCE, "]E0", "01234565", []string{"-b", "37", "-d", "123456"}},
		{labels.UPCE, "]E0", "11234562", []string{"-b", "37", "-d", "1123456"}},
		{labels.ITF14, "]I1", "15400141288763", []string{"-b", "89", "-d", "1540014128876"}},
		{labels.Code39, "]A0", "WB-1 $/+%.", []string{"-b", "8", "-d", "WB-1 $/+%."}},
		{labels.Code39, "]A0", "WB+BX", []string{"-b", "9", "-d", "WBbX"}},
		{labels.Code93, "]G0", "Code 93 a$b/c+d%:@", []string{"-b", "25", "-d", "Code 93 a$b/c+d%:@"}},
		{labels.Codabar, "]F0", "A1234$-:/.+567D", []string{"-b", "18", "-d", "A1234$-:/.+567D"}},
		{labels.QR, "]Q1", "WB1/576461413038785752/1Z999AA10123456784", []string{"-b", "58", "-d", "WB1/576461413038785752/1Z999AA10123456784"}},
		{labels.QR, "]Q2", utf, []string{"-b", "58", "--eci=26", "-d", utf}},
		{labels.GS1QR, "]Q3", "0109521234543213", []string{"-b", "58", "--gs1", "-d", "[01]09521234543213"}},
		{labels.QR, "]Q1", strings.Repeat("0123456789", 120), []string{"-b", "58", "-d", strings.Repeat("0123456789", 120)}},
		{labels.DataMatrix, "]d1", "WB1/A/B", []string{"-b", "71", "-d", "WB1/A/B"}},
		{labels.DataMatrix, "]d4", utf, []string{"-b", "71", "--eci=26", "-d", utf}},
		{labels.DataMatrix, "]d1", "rectangle 16x48", []string{"-b", "71", "--vers=30", "-d", "rectangle 16x48"}},
		{labels.DataMatrix, "]d1", "rectangle", []string{"-b", "71", "--vers=26", "-d", "rectangle"}},
		{labels.DataMatrix, "]d1", strings.Repeat("several regions ", 20), []string{"-b", "71", "-d", strings.Repeat("several regions ", 20)}},
		{labels.GS1DataMatrix, "]d2", "42094107\x1d9400111899223100001234", []string{"-b", "71", "--gs1", "--gs1nocheck", "-d", "[420]94107[94]00111899223100001234"}},
		{labels.Aztec, "]z0", "WB1/A/B", []string{"-b", "92", "-d", "WB1/A/B"}},
		{labels.Aztec, "]z0", strings.Repeat("full range 0123 ", 10), []string{"-b", "92", "-d", strings.Repeat("full range 0123 ", 10)}},
		{labels.Aztec, "]z0", strings.Repeat("large ", 200), []string{"-b", "92", "-d", strings.Repeat("large ", 200)}},
		{labels.Aztec, "]z3", utf, []string{"-b", "92", "--eci=26", "-d", utf}},
		{labels.Aztec, "]z1", "0109521234543213", []string{"-b", "92", "--gs1", "-d", "[01]09521234543213"}},
		{labels.PDF417, "]L2", "FedEx 9622001900000000000000776632517510", []string{"-b", "55", "-d", "FedEx 9622001900000000000000776632517510"}},
		{labels.PDF417, "]L2", strings.Repeat("Wide one. ", 20), []string{"-b", "55", "--cols=14", "-d", strings.Repeat("Wide one. ", 20)}},
		{labels.PDF417, "]L1", utf, []string{"-b", "55", "--eci=26", "-d", utf}},
		{labels.MaxiCode, "]U0", "HELLO MAXICODE 123", []string{"-b", "57", "--mode=4", "-d", "HELLO MAXICODE 123"}},
		{labels.MaxiCode, "]U1", "[)>\x1e01\x1d96841706672\x1d840\x1d001\x1d1Z12345675\x1dUPSN", []string{
			"-b", "57", "--mode=2", "--scmvv=96", "--primary=841706672840001", "-d", "1Z12345675\x1dUPSN",
		}},
		{labels.IMb, "", "0123456709498765432101234567891", []string{"-b", "85", "-d", "01234567094987654321-01234567891"}},
		{labels.IMb, "", "53379777234994544928", []string{"-b", "85", "-d", "53379777234994544928"}},
		{labels.IMb, "", "5337977723499454492851135", []string{"-b", "85", "-d", "53379777234994544928-51135"}},
	} {
		for _, scale := range []string{"1", "1.5", "2"} {
			if tc.symbology == labels.MaxiCode {
				scale = map[string]string{"1": "0.7", "1.5": "1", "2": "2"}[scale] // at others it draws no round rings
			}
			page := fromZint(t, append(tc.args, "--scale="+scale)...)
			for degrees := 0; degrees < 360; degrees += 90 {
				if scale != "1" && degrees%180 == 0 { // once is enough
					continue
				}
				found, err := verify.Decode(page.Turn(degrees))
				if err != nil {
					t.Fatal(err)
				}
				if len(found) != 1 || found[0].Symbology != tc.symbology || found[0].Text != tc.text || found[0].AIM != tc.aim || found[0].Turned != degrees {
					t.Errorf("%s %q at scale %s turned by %d: found %+v", tc.symbology, tc.text, scale, degrees, found)
				}
			}
		}
	}
}
