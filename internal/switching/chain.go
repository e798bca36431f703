package switching

import (
	"slices"

	"cameo/profiles"
)

// chain is the exchanges that lead to what is asked for.
func (s *Switcher) chain(ask Ask) (profiles.Chain, error) {
	profile := ask.Role.Profile
	if profile == "" {
		return s.chainOfRole(ask)
	}
	if ask.OnTopOf != "" {
		return s.Profiles.ChainFrom(environmentChain(ask.OnTopOf), profile)
	}
	if ask.Source == "" {
		chain, err := s.Profiles.Chain(profile)
		if !isMissingSource(err, profile) {
			return chain, err
		}
	}
	base, err := s.base(ask.Source, profile)
	if err != nil {
		return profiles.Chain{}, err
	}
	return s.Profiles.ChainFrom(base, profile)
}

// chainOfRole is the chain of a role that no profile has: of a rule, a catalogue or
// a word. The source of its rule signs, else whoever signs where nothing is said.
func (s *Switcher) chainOfRole(ask Ask) (profiles.Chain, error) {
	r := ask.Role
	var base profiles.Chain
	var err error
	switch {
	case ask.OnTopOf != "":
		base = environmentChain(ask.OnTopOf)
	case ask.Source == "" && r.SourceAt != (profiles.Position{}):
		if base, err = s.Profiles.SourceChain(r.Source); err != nil {
			err = &SourceError{Said: "source", At: r.SourceAt, Profile: r.Source, Err: err}
		}
	default:
		base, err = s.base(ask.Source, r.ID())
	}
	if err != nil {
		return profiles.Chain{}, err
	}
	step := profiles.Step{Kind: profiles.AssumeRole, Profile: r.ID(), RoleARN: profiles.Value{Text: r.ARN, Position: r.Defined}}
	if r.MFA != "" {
		step.MFASerial = profiles.Value{Text: r.MFA, Position: r.MFAAt}
	}
	chain := profiles.Chain{Profile: r.ID(), Steps: append(slices.Clip(base.Steps), step)}
	if r.Region != "" {
		chain.Region = profiles.Value{Text: r.Region, Position: r.Defined}
	}
	return chain, nil
}

// base is the chain of who signs for a role that does not say, or is overruled:
// what was typed, else the setting, else home. role is the role's profile, or its ID.
func (s *Switcher) base(typed, role string) (profiles.Chain, error) {
	if typed != "" {
		return s.Profiles.SourceChain(typed)
	}
	setting := s.Settings.Source
	if setting == "" {
		return s.Home().chain(s.Profiles, role)
	}
	chain, err := s.Profiles.SourceChain(setting)
	if err != nil {
		return chain, &SourceError{Said: "source", Profile: setting, Err: err}
	}
	return chain, nil
}

// signer is the chain of who signs where nothing is said: the setting source, else
// home.
func (s *Switcher) signer() (profiles.Chain, error) {
	chain, err := s.base("", "")
	if err != nil {
		return chain, err
	}
	return chain, s.signedByHome(Ask{}, chain)
}
