package cmd

import (
	"cameo/creds/mfa"
	"cameo/internal/roles"
	"cameo/internal/switching"
)

// marked is the favourites as a set.
func (a *app) marked() map[roles.Favourite]bool {
	marked := map[roles.Favourite]bool{}
	for _, f := range a.favourites().All() {
		marked[f] = true
	}
	return marked
}

// matcher is what reports whether a role matches the query. What only is: asks is
// found out only for it.
func (a *app) matcher(q roles.Query) (func(roles.Role) bool, error) {
	if !q.Asks() {
		return func(r roles.Role) bool { return q.Matches(r, roles.Facts{}) }, nil
	}
	s, err := a.switcherWith(mfa.Nobody{Why: "nothing is entered"})
	if err != nil {
		return nil, err
	}
	s, marked := glancing(s), a.marked()
	return func(r roles.Role) bool {
		return q.Matches(r, roles.Facts{Favourite: marked[roles.FavouriteOf(r)], Ready: ready(s, r)})
	}, nil
}

// ready reports whether a session of the role is in the cache.
func ready(s *switching.Switcher, r roles.Role) bool {
	if r.ARN == "" {
		return false
	}
	ends, _, broken := s.Ready(r)
	return broken == nil && !ends.IsZero()
}
