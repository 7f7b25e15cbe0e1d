package configs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/configs"
)

func TestScales(t *testing.T) {
	t.Parallel()
	const in = "scales:\n- {name: left, driver: toledo-8217, link: 'serial:///dev/ttyUSB0', unit: LB, net: true, poll: 300ms}\n"
	got, err := configs.ParseStation("s.yaml", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	want := []configs.Scale{{Name: "left", Driver: "toledo-8217", Link: "serial:///dev/ttyUSB0", Unit: "LB", Net: true, Poll: 300 * time.Millisecond}}
	if d := cmp.Diff(want, got.Scales); d != "" {
		t.Errorf("scales (-want +got):\n%s", d)
	}
	mistakes := map[string]string{
		"name: 'a b', driver: nci, link: x":                                "name: ",
		"name: a, link: x":                                                 "driver: required",
		"name: a, driver: nci":                                             "link: required",
		"name: a, driver: nci, link: x, unit: stone":                       "unit: \"stone\": want one of g, kg, lb, oz, mg, t",
		"name: a, driver: nci, link: x, length_unit: ft":                   "length_unit: \"ft\": want one of mm, cm, in",
		"name: a, driver: nci, link: x, poll: 1ms":                         "poll: ",
		"name: a, driver: nci, link: x, answer: 1h":                        "answer: ",
		"name: b, driver: nci, link: y}\n- {name: a, driver: nci, link: y": "link: y is scale \"b\" already",
	}
	for fields, want := range mistakes {
		_, err := configs.ParseStation("s.yaml", []byte("scales:\n- {"+fields+"}\n"))
		if err == nil || !strings.Contains(err.Error(), "]."+want) {
			t.Errorf("%s: %v, want %s…", fields, err, want)
		}
	}
	_, err = configs.ParseStation("s.yaml", []byte("packing: {benches: [{name: a, scale: left}]}\n"))
	if err == nil || !strings.Contains(err.Error(), `packing.benches[0].scale: "left": there is no scale`) {
		t.Errorf("a bench with a scale that is not there: %v", err)
	}
}
