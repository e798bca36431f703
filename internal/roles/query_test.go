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
		"'Admin":              true,
		"'admin":              true,
		"'adm":                false,
		"44":                  false,
		"id:44":               true,
		"role:'Admin":         true,
		"role:'Adm":           false,
		"env:PRODUCTION":      true,
		"!env:":               true,
		"is:fav":              true,
		"is:ready":            false,
		"!is:ready is:fav":    true,
		"is:anything":         false,
		"admin":               true,
		"ADMIN":               false,
		"tag:team=payments":   true,
		"PAYMENTS-PROD":       false,
		"id:444455554417 Adm": true,
		"unknown:field":       false,
		"env:":                false,
	} {
		if got := ParseQuery(query).Matches(role, Facts{Favourite: true}); got != want {
			t.Errorf("%q matches: %v, want %v", query, got, want)
		}
	}
	if !ParseQuery("x env:prod").Names(Production) || ParseQuery("prod").Names(Production) || ParseQuery("!env:prod").Names(Production) {
		t.Error("only env:prod names the environment")
	}
}
