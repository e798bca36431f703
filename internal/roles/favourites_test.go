package roles

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFavouritesAreKept(t *testing.T) {
	f := Favourites{Path: filepath.Join(t.TempDir(), "state", "favourites.json")}
	if all := f.All(); all != nil {
		t.Errorf("without a file there are %v", all)
	}
	one, two := Role{Profile: "one", ARN: "arn:1"}, Role{Profile: "two", ARN: "arn:2"}
	set := func(r Role, on bool) {
		t.Helper()
		if err := f.Set(context.Background(), r, on); err != nil {
			t.Fatal(err)
		}
	}
	set(one, true)
	set(two, true)
	set(one, true)
	if diff := cmp.Diff([]Favourite{FavouriteOf(two), FavouriteOf(one)}, f.All()); diff != "" {
		t.Error(diff)
	}
	set(two, false)
	set(two, false)
	if diff := cmp.Diff([]Favourite{FavouriteOf(one)}, f.All()); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(f.Path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if all := f.All(); len(all) != 0 {
		t.Errorf("a broken file gives %v", all)
	}
	set(two, true)
	if diff := cmp.Diff([]Favourite{FavouriteOf(two)}, f.All()); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutAFolderAFavouriteIsAnError(t *testing.T) {
	if err := (Favourites{}).Set(context.Background(), Role{}, true); err == nil {
		t.Error("it was said to be kept")
	}
}
