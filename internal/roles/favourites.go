package roles

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"cameo/internal/safefile"
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

type favouritesFile struct {
	Version int         `json:"version"`
	Roles   []Favourite `json:"roles"`
}

const favouritesLimit = 4 << 20

// All is every favourite, in the order they were marked. A file that is not there
// or cannot be read is an empty list: nothing depends on it.
func (f Favourites) All() []Favourite {
	if f.Path == "" {
		return nil
	}
	data, err := safefile.Read(f.Path, favouritesLimit)
	if err != nil {
		return nil
	}
	var file favouritesFile
	if json.Unmarshal(data, &file) != nil || file.Version != 1 {
		return nil
	}
	return file.Roles
}

// Set makes role a favourite, or none any more.
func (f Favourites) Set(ctx context.Context, role Role, on bool) error {
	if f.Path == "" {
		return errors.New("favourites: there is no folder to keep them in (HOME and XDG_STATE_HOME are not set)")
	}
	return rewrite(ctx, f.Path, "favourites", func() any {
		this := FavouriteOf(role)
		all := slices.DeleteFunc(f.All(), func(other Favourite) bool { return other == this })
		if on {
			all = append(all, this)
		}
		return favouritesFile{Version: 1, Roles: all}
	})
}
