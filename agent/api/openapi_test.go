package api_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOpenAPI holds that the description is OpenAPI 3.1 as far as tools read it:
// every operation named once, every answer described, every reference whole.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.call(t, "GET", "/openapi.json", "")
	var doc struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Title, Version string }
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Parameters  []struct{ Name, In string }
			RequestBody json.RawMessage `json:"requestBody"`
			Responses   map[string]struct{ Description string }
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(a.body, &doc); err != nil || a.status != 200 {
		t.Fatalf("%d, error %v\n%s", a.status, err, a.body)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Info.Title == "" || doc.Info.Version != "v0" {
		t.Errorf("OpenAPI %q of %+v", doc.OpenAPI, doc.Info)
	}
	ids := map[string]bool{}
	var got []string
	for path, ops := range doc.Paths {
		for method, op := range ops {
			got = append(got, strings.ToUpper(method)+" "+path)
			if !strings.HasPrefix(path, "/v1/") {
				t.Errorf("%s %s: nobody looks for it there", method, path)
			}
			if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || len(op.Responses) == 0 {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			ids[op.OperationID] = true
			if strings.Contains(path, "{id}") && !slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool { return p.Name == "id" && p.In == "path" }) {
				t.Errorf("%s %s: id is no parameter", method, path)
			}
			for status, res := range op.Responses {
				if res.Description == "" {
					t.Errorf("%s %s: answer %s is not described", method, path, status)
				}
			}
		}
	}
	want := []string{
		"GET /v1/benches", "GET /v1/benches/{name}", "GET /v1/closeouts/{date}", "GET /v1/commands.pdf", "GET /v1/commands.png", "GET /v1/handoffs", "GET /v1/handoffs/{id}", "GET /v1/handoffs/{id}/manifest.csv", "GET /v1/handoffs/{id}/manifest.pdf", "GET /v1/handoffs/{id}/signature.svg", "GET /v1/hub/handoffs", "GET /v1/hub/stations", "GET /v1/hubs", "GET /v1/jobs", "GET /v1/jobs/{id}", "GET /v1/orders", "GET /v1/orders/{id}", "GET /v1/pauses",
		"GET /v1/printers", "GET /v1/scales", "GET /v1/scanners", "POST /v1/alarms/acknowledge", "POST /v1/handoffs", "POST /v1/handoffs/{id}/close", "POST /v1/handoffs/{id}/take-over", "POST /v1/handoffs/{id}/undo", "POST /v1/hub/stations/{id}/admit", "POST /v1/hub/stations/{id}/end-admission", "POST /v1/hubs/forget", "POST /v1/jobs",
		"POST /v1/jobs/{id}/cancel", "POST /v1/jobs/{id}/move", "POST /v1/jobs/{id}/priority", "POST /v1/jobs/{id}/resolve", "POST /v1/jobs/{id}/stop-waiting", "POST /v1/orders", "POST /v1/orders/{id}/keep-label", "POST /v1/orders/{id}/override-address", "POST /v1/orders/{id}/pack",
		"POST /v1/orders/{id}/print", "POST /v1/orders/{id}/reprint", "POST /v1/orders/{id}/void", "POST /v1/parked/retry",
		"POST /v1/printers/{name}/pause", "POST /v1/printers/{name}/resume", "POST /v1/printers/{name}/use", "POST /v1/roles/{name}/pause", "POST /v1/roles/{name}/resume", "POST /v1/scanners/{name}/use", "POST /v1/scans",
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if body := doc.Paths["/v1/orders"]["post"].RequestBody; len(body) == 0 {
		t.Error("POST /v1/orders has no body")
	}
	var all any
	if err := json.Unmarshal(a.body, &all); err != nil {
		t.Fatal(err)
	}
	for _, ref := range references(all) {
		name, ok := strings.CutPrefix(ref, "#/components/schemas/")
		if _, there := doc.Components.Schemas[name]; !ok || !there {
			t.Errorf("reference %s leads nowhere; there are %v", ref, slices.Sorted(maps.Keys(doc.Components.Schemas)))
		}
	}
}

func references(v any) []string {
	var refs []string
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if s, ok := e.(string); ok && k == "$ref" {
				refs = append(refs, s)
			}
			refs = append(refs, references(e)...)
		}
	case []any:
		for _, e := range v {
			refs = append(refs, references(e)...)
		}
	}
	return refs
}
