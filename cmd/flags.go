package cmd

import (
	"time"

	"github.com/spf13/pflag"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// sessionFlags are what AssumeRole is told; every verb that uses a role has them.
type sessionFlags struct {
	duration    time.Duration
	region      string
	source      string
	sessionName string
	code        string
}

func (f *sessionFlags) add(flags *pflag.FlagSet) {
	flags.DurationVar(&f.duration, "duration", 0, "how long the session lasts, 15m to 12h (default: as the profile says, else 1h)")
	flags.StringVar(&f.region, "region", "", "`REGION` of the role and of the STS endpoint")
	flags.StringVar(&f.source, "source", "", "`PROFILE` that signs in place of the role's own source")
	flags.StringVar(&f.sessionName, "session-name", "", "role session `NAME`")
	flags.StringVar(&f.code, "mfa-code", "", "the MFA `CODE`; - reads it from stdin")
}

// check refuses what no profile would be allowed to say.
func (f sessionFlags) check() error {
	if f.region != "" && !profiles.IsRegion(f.region) {
		return usage("", "--region: %s is not the name of a region", profiles.Quote(f.region))
	}
	return nil
}

func (f sessionFlags) ask(role roles.Role, how switching.How) switching.Ask {
	return switching.Ask{Role: role, How: how, Duration: f.duration, Region: f.region, Source: f.source, SessionName: f.sessionName}
}

