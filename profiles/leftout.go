package profiles

import "strings"

// LeftOut lists the sections that say role_arn and are no profile, because of how
// their header is written: roles that are looked for in vain. In file order, config
// first; of very many, the first [MostProblems].
func (s *Set) LeftOut() []Problem {
	var all []Problem
	for _, f := range s.index().sections {
		if f.ignored == "" || f.ignored == "config_section_in_credentials" || !f.has("role_arn") {
			continue
		}
		body := f.doc.header(f.span)
		p := Problem{Position: f.position(), Text: excerpt(body), Reason: ignoredDetail(f.ignored)}
		if header := meantHeader(body, f.ignored); header != "" {
			p.Reason = shortDetail(f.ignored)
			p.Fix = "write " + excerpt(header)
		}
		if all = append(all, p); len(all) == MostProblems {
			break
		}
	}
	return all
}

// Misread is the header that would be the profile called name, were it written as AWS
// programs read it; false where there is none.
func (s *Set) Misread(name string) (Problem, bool) {
	for _, p := range append(s.LeftOut(), s.Problems()...) {
		inner, opens := strings.CutPrefix(p.Text, "[")
		inner, closes := strings.CutSuffix(inner, "]")
		inner = strings.TrimSpace(inner)
		if after, ok := strings.CutPrefix(inner, "profile "); ok {
			inner = strings.TrimSpace(after)
		}
		if opens && closes && inner == name {
			return p, true
		}
	}
	return Problem{}, false
}

// shortDetail is the part of ignoredDetail that says what is wrong, where what to
// write instead is said in full.
func shortDetail(reason string) string {
	switch reason {
	case "invalid_name":
		return "has a name that needs quotes: it is no profile"
	case "profile_prefix_in_credentials":
		return ignoredDetail(reason)
	}
	return "is not a profile"
}

// meantHeader is the header that makes a profile of the section; empty where no name
// would.
func meantHeader(body, reason string) string {
	inner, _ := betweenBrackets(body)
	name := trim(inner)
	word, rest, _ := strings.Cut(strings.ReplaceAll(name, "\t", " "), " ")
	rest = trim(rest)
	switch reason {
	case "default_section":
		return "[default]"
	case "profile_prefix_in_credentials":
		name = trim(strings.TrimPrefix(name, "profile"))
		if nameFault(name) != "" {
			return ""
		}
		return "[" + name + "]"
	case "invalid_name":
		name = rest
	default:
		if _, slip := distance(strings.ToLower(word), "profile", 2); slip && rest != "" {
			name = rest
		}
	}
	if nameFault(name) != "" {
		return ""
	}
	return headerOf(name)
}

// has reports whether a section sets a property.
func (s section) has(key string) bool {
	t := s.tokens()
	var tok token
	for t.next(&tok) {
		if strings.EqualFold(tok.key, key) {
			return true
		}
	}
	return false
}
