package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"cameo/creds/console"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/internal/shell"
	"cameo/profiles"
)

// browser is the program that opens the console.
type browser struct {
	path    string
	argv    []string // with the placeholders of the setting browser
	environ []string
}

// noBrowserError: nothing is known that would open an address here.
type noBrowserError struct{ why string }

func (e *noBrowserError) Error() string { return e.why }

// browser finds the one of the settings, else the system's own.
func (a *app) browser(s settings.Settings) (browser, error) {
	b := browser{argv: s.Browser, environ: without(a.childEnviron(), shell.Identity()...)}
	if len(b.argv) > 0 {
		path, err := lookPath(b.argv[0])
		if err != nil {
			return b, &noBrowserError{"the setting browser: " + err.Error()}
		}
		b.path = path
		return b, nil
	}
	for _, argv := range systemBrowsers(runtime.GOOS, a.get) {
		if path, err := exec.LookPath(argv[0]); err == nil {
			b.path, b.argv = path, slices.Concat(argv, []string{"{url}"})
			return b, nil
		}
	}
	return b, &noBrowserError{"there is no browser to open here, and the setting browser names none"}
}

// systemBrowsers are the commands that may open an address where env looks variables
// up. Without a display xdg-open would begin a browser in the terminal, if any; where
// BROWSER is set it asks that.
func systemBrowsers(goos string, env func(string) string) [][]string {
	var all [][]string
	switch {
	case goos == "darwin":
		return [][]string{{"open"}}
	case goos == "windows":
		return [][]string{{"rundll32", "url.dll,FileProtocolHandler"}}
	case env("WSL_DISTRO_NAME") != "":
		all = append(all, []string{"wslview"}, []string{"rundll32.exe", "url.dll,FileProtocolHandler"})
	}
	if env("DISPLAY") != "" || env("WAYLAND_DISPLAY") != "" || env("BROWSER") != "" {
		all = append(all, []string{"xdg-open"})
	}
	return all
}

// name is what people call the program.
func (b browser) name() string { return profiles.Inert(filepath.Base(b.argv[0])) }

// open leads the browser to a link, and waits until it is there. The link itself is in
// no arguments.
func (b browser) open(ctx context.Context, link profiles.Secret, role roles.Role) error {
	page, err := console.Serve(link)
	if err != nil {
		return fmt.Errorf("the browser cannot be led to the console: %w", err)
	}
	argv := b.arguments(page.URL, role)
	command := &exec.Cmd{Path: b.path, Args: argv, Env: b.environ}
	detach(command)
	if err := command.Start(); err != nil {
		page.Close()
		return &noBrowserError{fmt.Sprintf("%s cannot be started: %s", b.name(), profiles.Inert(err.Error()))}
	}
	ended := make(chan error, 1)
	go func() {
		err := command.Wait()
		if err != nil {
			err = &noBrowserError{fmt.Sprintf("%s could not open the console: %s", b.name(), profiles.Inert(err.Error()))}
		}
		ended <- err
	}()
	err = page.Wait(ctx, ended)
	if errors.Is(err, console.ErrNotFetched) {
		return &noBrowserError{fmt.Sprintf("%s did not come for the link in %d s: it is not good any more", b.name(), int(console.Patience.Seconds()))}
	}
	return err
}

// isAddress reports whether an argument is one, into which values go escaped: it
// begins with a scheme of RFC 3986, which for Windows's sake has two letters at least.
func isAddress(argument string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(argument), ":")
	return found && len(scheme) > 1 && 'a' <= scheme[0] && scheme[0] <= 'z' &&
		strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") == ""
}

// arguments puts the values in place of the placeholders.
func (b browser) arguments(page string, role roles.Role) []string {
	// A role that a catalogue names is no option of the browser's.
	name := strings.TrimLeft(profiles.Inert(role.Label()), "-")
	argv := []string{b.argv[0]}
	for _, argument := range b.argv[1:] {
		as := func(text string) string { return text }
		if isAddress(argument) {
			as = func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
		}
		argv = append(argv, strings.NewReplacer("{name}", as(name), "{color}", as(containerColor(role)), "{url}", as(page)).Replace(argument))
	}
	return argv
}

// containerColor is the colour of a role as the containers of Firefox know colours:
// the one that the user gave it, else that of its environment.
func containerColor(role roles.Role) string {
	environments := map[roles.Env]string{roles.Production: "red", roles.Staging: "orange", roles.Dev: "green", roles.Sandbox: "turquoise"}
	return cmp.Or(profiles.ColorWord(role.Color), environments[role.Env], "blue")
}
