package profiles

import (
	"cmp"
	"fmt"
	"slices"
)

// Ignored lists what is in the files without effect, and what other tools read
// in another way, in file order, config first.
func (s *Set) Ignored() []Ignored {
	x := s.index()
	var notes []Ignored
	note := func(at section, reason, detail string) {
		text := excerpt(at.doc.header(at.span))
		notes = append(notes, Ignored{at.position(), at.doc.in(), text, reason, detail})
	}
	for _, f := range x.sections {
		if f.ignored != "" {
			note(f, f.ignored, ignoredDetail(f.ignored))
		}
	}
	for _, kind := range []sectionKind{profileSection, ssoSessionSection, servicesSection} {
		for found := range x.groups(kind) {
			used, counts := inEffect(found), whichCount(found)
			for _, f := range found {
				switch {
				case f.fault != noFault || counts(f):
				case f.tolerated:
					note(f, "invalid_name", ignoredDetail("invalid_name"))
				default:
					note(f, "overridden_default", ignoredDetail("overridden_default"))
				}
			}
			m := merger{notes: &notes}
			for i, u := range used {
				m.add(u)
				if i > 0 && used[i-1].doc == u.doc {
					note(u, "repeated_section", fmt.Sprintf("is in the file twice, before in line %d: they are read as one; the AWS CLI refuses the file", used[i-1].line))
				}
			}
		}
	}
	slices.SortStableFunc(notes, func(a, b Ignored) int {
		if a.In != b.In {
			return cmp.Compare(a.In, b.In)
		}
		return cmp.Compare(a.Line, b.Line)
	})
	return notes
}

func ignoredDetail(reason string) string {
	switch reason {
	case "default_section":
		return "is not a profile: write [default]"
	case "invalid_name":
		return "has a name with characters that profile names cannot have"
	case "overridden_default":
		return "does not count beside [profile default]"
	case "profile_prefix_in_credentials":
		return `the credentials file has names without "profile"`
	case "config_section_in_credentials":
		return "belongs in the config file"
	}
	return `is not a profile: in the config file write [profile NAME]`
}
