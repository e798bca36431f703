package cmd

import (
	"cameo/creds"
	"cameo/creds/export"
	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/internal/switching"
)

// warm serves `cameo credential-process ROLE` from the cache, before the command
// tree is built: AWS programs call it all day. It reads the AWS files and one cache
// entry, and makes no HTTP client. Whatever is not plain is left to the whole way.
func warm(world World) (code int, done bool) {
	if len(world.Args) != 2 || world.Args[0] != "credential-process" {
		return 0, false
	}
	profile := world.Args[1]
	if profile == "--active" {
		profile = world.get("CAMEO_ROLE")
	}
	if profile == "" || profile[0] == '-' {
		return 0, false
	}
	// The shell's function hands nothing over to this verb, so there is no call to
	// read. What there is to warn of is said on the whole way.
	a := &app{world: &world, call: shell.Call{Environ: world.Environ}, flags: globalFlags{quiet: true}, serves: true}
	set, err := a.profiles()
	if err != nil {
		return 0, false
	}
	settings, err := a.settings()
	if err != nil {
		return 0, false
	}
	store := a.cache(settings)
	ask := switching.Ask{Role: roles.Role{Profile: profile}}
	if world.Args[1] == "--active" {
		if ask.Terms, err = a.activeTerms(); err != nil {
			return 0, false
		}
	}
	request, err := a.requester(set, settings).Request(ask)
	if err != nil {
		return 0, false
	}
	c, ok := creds.Warm(request, store, a.moment(), a.env)
	if !ok {
		return 0, false
	}
	if err := export.Write(world.Stdout, "process", "", c); err != nil {
		return exitOther, true
	}
	return exitOK, true
}
