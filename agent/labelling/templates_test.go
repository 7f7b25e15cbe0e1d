package labelling_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"waybill/agent/labelling"
)

// TestAShippedTemplateIsReadWhenItIsAskedFor: a station uses few of those that ship. Its
// own are all read at once, because somebody may have made a mistake in them.
func TestAShippedTemplateIsReadWhenItIsAskedFor(t *testing.T) {
	t.Parallel()
	good := &fstest.MapFile{Data: []byte("name: a\nsize_mm: [50, 50]\nelements:\n- {name: line, kind: text, at: [1, 1], width: 40, size: 10, text: A}\n")}
	bad := &fstest.MapFile{Data: []byte("name: b\nsize: 50\n")}
	templates, err := labelling.LoadTemplates(fstest.MapFS{"a.yaml": good, "b.yaml": bad}, nil, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := templates.Get("b"); err == nil || !strings.Contains(err.Error(), `b.yaml:2: unknown key "size"`) {
		t.Errorf("error %v, want one that names the mistake", err)
	}
	if _, err := labelling.LoadTemplates(fstest.MapFS{"a.yaml": good}, fstest.MapFS{"b.yaml": bad}, "a"); err == nil {
		t.Error("a mistake in a template of the station's own was not told at once")
	}
}
