package roles

import "testing"

func TestAQueryChoosesByEveryWord(t *testing.T) {
	role := Role{Profile: "payments-prod", AccountID: "444455554417", Name: "Admin", Env: Production, Tags: "team=payments"}
	for query, want := range map[string]bool{
		"":                    true,
		"pay adm":             true,
		"pay readonly":        false,
		"4417":                true,
		"env:prod":            true,
		"env:pro":             false,
		"env:dev":             false,
		"!env:dev pay":        true,
		"!pay":                false,
		"role:adm acct:4455":  true,
		"role:pay":            false,
		"'admin":              true,
		"'adm":                false,
		"tag:team=payments":   true,
		"PAYMENTS-PROD":       true,
		"id:444455554417 Adm": true,
		"unknown:field":       false,
		"env:":                false,
	} {
		if got := ParseQuery(query).Matches(role); got != want {
			t.Errorf("%q matches: %v, want %v", query, got, want)
		}
	}
	if !ParseQuery("x env:prod").Names(Production) || ParseQuery("prod").Names(Production) || ParseQuery("!env:prod").Names(Production) {
		t.Error("only env:prod names the environment")
	}
}
