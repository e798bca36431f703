package policy

import "strings"

// applies reports whether the statement speaks of the request, Principal aside.
func (s Statement) applies(r Request, version string, implicitResource bool) bool {
	if !s.coversAction(r.Action) || !s.coversResource(r, version, implicitResource) {
		return false
	}
	for _, condition := range s.Conditions {
		if !condition.holds(r.Context, version) {
			return false
		}
	}
	return true
}

func (s Statement) coversAction(action string) bool {
	action = strings.ToLower(action)
	matches := func(list []string) bool {
		for _, text := range list {
			if wildcards(strings.ToLower(text)).match(action) {
				return true
			}
		}
		return false
	}
	if s.NotAction != nil {
		return len(s.NotAction) > 0 && !matches(s.NotAction)
	}
	return matches(s.Action)
}

func (s Statement) coversResource(r Request, version string, implicit bool) bool {
	list := s.Resource
	if s.NotResource != nil {
		list = s.NotResource
	} else if s.Resource == nil {
		return implicit
	}
	if len(list) == 0 {
		return false
	}
	matched := false
	for _, text := range list {
		p, ok := expand(text, r.Context, version)
		if !ok {
			if s.NotResource != nil {
				return false
			}
			continue
		}
		matched = matched || p.match(r.Resource)
	}
	return matched == (s.NotResource == nil)
}
