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

// Role is one IAM role that the user can name.
type Role struct {
	Profile string // the profile that defines it; empty where none does
	ARN     string
	// Partition, AccountID and Name are parts of ARN; Name is without the path,
	// Path is "/" or "/x/y/".
	Partition, AccountID, Path, Name string

	Alias  string // cameo_alias
	Env    Env
	Tags   string // cameo_tags
	Source string // what signs, as the user names it: a profile, else "home"
	MFA    string // serial of the device that the role asks for; empty: none
	Region string // the role's own region; empty: it names none
	Color  string // cameo_color: the name of a colour, or six hexadecimal digits; not checked

	Defined profiles.Position
	// Problem is a setting of the profile that was left out, for people: a cameo_env
	// that is no environment. Empty: none was.
	Problem string
}

// Label is what lists call the role: its profile's name, else ACCOUNT/ROLE.
func (r Role) Label() string {
	if r.Profile != "" {
		return r.Profile
	}
	return r.AccountID + "/" + r.Name
}
