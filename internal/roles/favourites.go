package roles

import (
	"context"
	"errors"
	"slices"
)

// Favourites remembers which roles the user marked, in a small file without
// secrets.
type Favourites struct{ Path string } // empty: nothing is remembered

// Favourite names one of them.
type Favourite struct {
	Profile string `json:"profile,omitempty"`
	ARN     string `json:"arn"`
}

// FavouriteOf is how role is named among them.
func FavouriteOf(role Role) Favourite { return Favourite{Profile: role.Profile, ARN: role.ARN} }

const favouritesLimit = 4 << 20

// All is every favourite, in the order they were marked. A file that is not there
// or cannot be read is an empty list: nothing depends on it.
func (f Favourites) All() []Favourite { return remembered[Favourite](f.Path, favouritesLimit) }

// Set makes role a favourite, or none any more.
func (f Favourites) Set(ctx context.Context, role Role, on bool) error {
	if f.Path == "" {
		return errors.New("favourites: there is no folder to keep them in (HOME and XDG_STATE_HOME are not set)")
	}
	return remember(ctx, f.Path, "favourites", func() []Favourite {
		this := FavouriteOf(role)
		all := slices.DeleteFunc(f.All(), func(other Favourite) bool { return other == this })
		if on {
			all = append(all, this)
		}
		return all
	})
}
