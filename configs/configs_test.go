package configs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/configs"
)

func TestReferenceEqualsDefaults(t *testing.T) {
	t.Parallel()
	station, err := configs.ParseStation("station.yaml", configs.StationReference)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configs.DefaultStation(), station, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("station.yaml (-default +file):\n%s", diff)
	}
	hub, err := configs.ParseHub("hub.yaml", configs.HubReference)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configs.DefaultHub(), hub, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("hub.yaml (-default +file):\n%s", diff)
	}
}

func TestMistakesNameFileLineKeyAndRemedy(t *testing.T) {
	t.Parallel()
	const in = `station: bench 1
listn: 127.0.0.1:1
printers:
  - name: left
    driver: zpl
    link: tcp://127.0.0.1:9100
    roles: [shipping]
    dpi: 9
`
	_, err := configs.ParseStation("s.yaml", []byte(in))
	if err == nil || err.Error() != `s.yaml:2: listn: no such key; did you mean "listen"?` {
		t.Errorf("unknown key: %v", err)
	}
	_, err = configs.ParseStation("s.yaml", []byte(strings.Replace(in, "listn", "listen", 1)))
	want := `s.yaml:1: station: "bench 1": want 1 to 40 letters, digits, hyphens or underscores
s.yaml:8: printers[0].dpi: 9: want 203, 300 or 600`
	if err == nil || err.Error() != want {
		t.Errorf("bad values:\n%v\nwant:\n%s", err, want)
	}
}

func TestOtherMachinesNeedTokens(t *testing.T) {
	t.Parallel()
	if _, err := configs.ParseStation("s.yaml", []byte("listen: 0.0.0.0:9630\n")); err == nil {
		t.Error("a station open to the network without tokens was taken")
	}
	if _, err := configs.ParseHub("h.yaml", []byte("listen: 0.0.0.0:9640\n")); err == nil {
		t.Error("a hub open to the network without tokens was taken")
	}
}
