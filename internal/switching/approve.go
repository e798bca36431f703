package switching

// Answer is what the user gave on the way to a role.
type Answer struct {
	Code   string // the MFA code
	Digits string // the last four digits of the account
	// OnScreen is true where the code was typed on a screen that names the
	// account: only then it counts as the confirmation of a production role.
	OnScreen bool
}
