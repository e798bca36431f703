package cmd

import (
	"path/filepath"
	"runtime"

	"cameo/internal/history"
	"cameo/internal/roles"
	"cameo/internal/settings"
)

// settingsPath is the file that --config or CAMEO_CONFIG names, else the usual one.
func (a *app) settingsPath() string {
	for _, path := range []string{a.flags.config, a.get("CAMEO_CONFIG")} {
		if path != "" {
			return path
		}
	}
	return settings.Path(a.env, runtime.GOOS)
}

// cacheDir is $XDG_CACHE_HOME/cameo or what stands for it on this system; empty:
// there is no place.
func (a *app) cacheDir() string { return a.place("XDG_CACHE_HOME", "cache", ".cache") }

// stateDir is $XDG_STATE_HOME/cameo or what stands for it on this system; empty:
// there is no place.
func (a *app) stateDir() string { return a.place("XDG_STATE_HOME", "state", ".local/state") }

// place is cameo's directory in the one that variable names, else the one called
// windows in %LocalAppData%\cameo, else the one that home, below $HOME, has for it.
func (a *app) place(variable, windows, home string) string {
	switch {
	case a.get(variable) != "":
		return filepath.Join(a.get(variable), "cameo")
	case runtime.GOOS == "windows" && a.get("LOCALAPPDATA") != "":
		return filepath.Join(a.get("LOCALAPPDATA"), "cameo", windows)
	case a.get("HOME") != "":
		return filepath.Join(a.get("HOME"), home, "cameo")
	}
	return ""
}

// stateFile is the file or directory called name of the state directory; empty: there
// is no place.
func (a *app) stateFile(name string) string {
	if dir := a.stateDir(); dir != "" {
		return filepath.Join(dir, name)
	}
	return ""
}

// recents is the memory of the roles entered.
func (a *app) recents() roles.Recents {
	return roles.Recents{Path: a.stateFile("recents.json"), Now: a.world.Now}
}

// favourites is the memory of the roles that the user marked.
func (a *app) favourites() roles.Favourites {
	return roles.Favourites{Path: a.stateFile("favourites.json")}
}

// history is the log of this user.
func (a *app) history() history.Log { return history.Log{Path: a.stateFile("history.jsonl")} }

// catalogues is where the copies of the catalogues are: what is there works offline,
// and outlives a cache that is cleared.
func (a *app) catalogues() roles.Catalogues {
	return roles.Catalogues{Dir: a.stateFile("catalogues")}
}
