package switching

import (
	"cameo/profiles"
)

// takesDevice reports whether a code can go with the first exchange of a chain where
// its profile does not say so: a user's own keys sign it, since a role's session has
// no device.
func takesDevice(c profiles.Chain) bool {
	if len(c.Steps) < 2 {
		return false
	}
	user, role := &c.Steps[0], &c.Steps[1]
	return user.Kind == profiles.Static && user.SessionToken.Empty() && role.Kind == profiles.AssumeRole && role.MFASerial.Text == ""
}

// Device is the MFA device with which a plan that AWS refused, and that sent no code,
// can be made again ([Terms]): the one that the profile of who signs names, else the
// one that all other roles of that source name. Empty: no code would help, or no
// device is known. refused is the ARN of the role that AWS did not give: a code goes
// with the first of a chain alone.
func (s *Switcher) Device(p Plan, refused string) string {
	if !takesDevice(p.request.Chain) || p.request.Chain.Steps[1].RoleARN.Text != refused || Handoff(s.Settings.Handoff) == ByProfile {
		return ""
	}
	source := p.request.Chain.Steps[0].Profile
	if profile, ok := s.Profiles.Profile(source); ok {
		if serial, _ := profile.Get("mfa_serial"); serial.Text != "" {
			return serial.Text
		}
	}
	device := ""
	for _, role := range s.Book.All() {
		switch {
		case role.Source != source || role.MFA == "":
		case device == "":
			device = role.MFA
		case device != role.MFA:
			return ""
		}
	}
	return device
}
