package refusal

import (
	"bytes"
	"encoding/json"

	"cameo/internal/policy"
)

// The elements of the policies that are proposed, in the order people write them.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect    policy.Effect
	Principal *principal `json:",omitempty"`
	Action    any
	Resource  string                       `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

type principal struct{ AWS string }

// identityPolicy is the policy that lets its holder take actions on a role.
func identityPolicy(roleARN string, actions []string) string {
	return indented(document{Version: policy.VersionVariables, Statement: []statement{{Effect: policy.Allow, Action: oneOrMore(actions), Resource: roleARN}}})
}

// oneOrMore is a list as people write it: one string where there is one.
func oneOrMore(actions []string) any {
	if len(actions) == 1 {
		return actions[0]
	}
	return actions
}

// trustStatement is the statement of a trust policy that lets a caller in, and as
// strictly as the caller already comes: with MFA, with its external ID.
func trustStatement(caller string, mfa bool, externalID string, actions []string) string {
	s := statement{Effect: policy.Allow, Principal: &principal{caller}, Action: oneOrMore(actions)}
	if mfa || externalID != "" {
		s.Condition = map[string]map[string]string{}
	}
	if mfa {
		s.Condition["Bool"] = map[string]string{"aws:MultiFactorAuthPresent": "true"}
	}
	if externalID != "" {
		s.Condition["StringEquals"] = map[string]string{"sts:ExternalId": externalID}
	}
	return indented(s)
}

func indented(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return "" // strings and maps of strings always encode
	}
	return string(bytes.TrimSpace(b.Bytes()))
}
