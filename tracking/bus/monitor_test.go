package bus

import (
	"strings"
	"testing"
)

func TestJudgeSync(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ varz, warning string }{
		"always":   {`{"version":"2.12.1","jetstream":{"config":{"sync_interval":120000000000,"sync_always":true}}}`, ""},
		"interval": {`{"version":"2.12.1","jetstream":{"config":{"sync_interval":120000000000}}}`, "only every 2m0s"},
		"old":      {`{"version":"2.9.10","jetstream":{"config":{"max_memory":1}}}`, "does not tell"},
	} {
		got, err := judgeSync([]byte(tt.varz))
		if err != nil || tt.warning == "" != (got == "") || !strings.Contains(got, tt.warning) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := judgeSync([]byte("<html>")); err == nil {
		t.Error("a page was taken for an answer")
	}
}

func FuzzJudgeSync(f *testing.F) {
	f.Add([]byte(`{"version":"2.12.1","jetstream":{"config":{"sync_interval":120000000000,"sync_always":true}}}`))
	f.Fuzz(func(_ *testing.T, varz []byte) { _, _ = judgeSync(varz) })
}
