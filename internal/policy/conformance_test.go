package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestConformance drives the evaluator with the cases of the folder that
// CAMEO_CONFORMANCE names.
func TestConformance(t *testing.T) {
	root := os.Getenv("CAMEO_CONFORMANCE")
	if root == "" {
		t.Skip("CAMEO_CONFORMANCE does not name a folder of conformance cases")
	}
	text, err := os.ReadFile(filepath.Join(root, "iam-eval", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Cases []struct {
			ID      string
			Request struct {
				Principal, Action, Resource string
				ResourceAccount             string `json:"resource_account"`
				Context                     map[string]json.RawMessage
			}
			Policies struct {
				Identity, Boundary []json.RawMessage
				Resource, Session  json.RawMessage
			}
			Expect struct{ Decision string }
		}
	}
	if err := json.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	if len(suite.Cases) == 0 {
		t.Fatal("the suite has no cases")
	}
	for _, c := range suite.Cases {
		t.Run(c.ID, func(t *testing.T) {
			request := Request{
				Principal: PrincipalOf(c.Request.Principal), Action: c.Request.Action,
				Resource: c.Request.Resource, ResourceAccount: c.Request.ResourceAccount,
			}
			for key, raw := range c.Request.Context {
				values, ok := stringsOf(raw, true)
				if !ok {
					t.Fatalf("context %q: %s", key, raw)
				}
				request.Context.Set(key, values...)
			}
			named := func(raws ...json.RawMessage) (list []Named) {
				for _, raw := range raws {
					if raw == nil {
						continue
					}
					doc, err := Parse(raw)
					if err != nil {
						t.Fatalf("%s: %v", raw, err)
					}
					list = append(list, Named{Document: doc})
				}
				return list
			}
			policies := Policies{
				Identity: named(c.Policies.Identity...), Boundary: named(c.Policies.Boundary...),
				Session: named(c.Policies.Session),
			}
			if resource := named(c.Policies.Resource); resource != nil {
				policies.Resource = &resource[0]
			}
			if got := Evaluate(request, policies); got.Outcome.String() != c.Expect.Decision {
				t.Errorf("decision %s, want %s; %+v", got.Outcome, c.Expect.Decision, got)
			}
		})
	}
}
