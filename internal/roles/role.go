package roles

import "cameo/profiles"

// Env is the environment a role belongs to.
type Env string

// The environments cameo knows; anything else is Unknown.
const (
	Unknown    Env = ""
	Production Env = "prod"
	Staging    Env = "staging"
	Dev        Env = "dev"
	Sandbox    Env = "sandbox"
)

// Word is the environment in a sentence: "production"; "of an unknown environment".
func (e Env) Word() string {
	switch e {
	case Production:
		return "production"
	case Dev:
		return "development"
	case Unknown:
		return "of an unknown environment"
	}
	return string(e)
}

// Origin says how cameo came to know a role.
type Origin string

// The origins.
const (
	OfProfile   Origin = ""          // a profile has it
	OfRule      Origin = "rule"      // a [[roles]] table of the settings
	OfCatalogue Origin = "catalogue" // a [[catalogue]] of the settings
	OfWord      Origin = "word"      // somebody typed its account and name, its ARN, or a link
)

// Role is one IAM role that the user can name.
type Role struct {
	Profile string // the profile that defines it; empty where none does
	Origin  Origin
	ARN     string
	// Partition, AccountID and Name are parts of ARN; Name is without the path,
	// Path is "/" or "/x/y/".
	Partition, AccountID, Path, Name string

	// Called is what lists call a role without a profile: the name of its catalogue,
	// or ACCOUNT/ROLE by the account's alias. Empty: ACCOUNT_ID/ROLE. Of a role with a
	// profile it is what a catalogue calls the same role, where one has it. Resolve
	// takes it.
	Called string
	// Account is the account's alias or name, as a rule or a catalogue has it.
	Account string
	Alias   string // cameo_alias
	Env     Env
	Tags    string // cameo_tags
	Source  string // what signs, as the user names it: a profile, else "home"
	MFA     string // serial of the device that the role asks for; empty: none
	Region  string // the role's own region; empty: it names none
	Color   string // cameo_color, or of a catalogue: the name of a colour, or six hexadecimal digits; not checked

	// Defined is the header of the profile, or the table of the settings.
	Defined profiles.Position
	// SourceAt and MFAAt are the lines of a rule's source and mfa_serial; zero: it has
	// none, and for a profile, which is asked itself.
	SourceAt, MFAAt profiles.Position
	// Problem is a setting of the profile that was left out, for people: a cameo_env
	// that is no environment. Empty: none was.
	Problem string
}

// Label is what lists call the role: its profile's name, else as Called says, else
// ACCOUNT_ID/ROLE.
func (r Role) Label() string {
	switch {
	case r.Profile != "":
		return r.Profile
	case r.Called != "":
		return r.Called
	}
	return r.AccountID + "/" + r.Name
}

// ID names the role for programs, and for Resolve: its profile, else ACCOUNT_ID/ROLE
// with the role's path, else, outside the partition aws, the ARN.
func (r Role) ID() string {
	switch {
	case r.Profile != "":
		return r.Profile
	case r.Partition == "aws":
		return r.AccountID + r.Path + r.Name
	}
	return r.ARN
}
