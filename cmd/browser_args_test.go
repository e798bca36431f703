package cmd

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"cameo/internal/roles"
	"cameo/profiles"
)

func TestArgumentsOfTheBrowser(t *testing.T) {
	const page = "http://127.0.0.1:4711/ABC"
	evil := roles.Role{Called: "--load-extension=/x", Partition: "aws", AccountID: "111122223333", Name: "R", Env: roles.Production}
	spaced := roles.Role{Profile: "my role&x=1\x1b[31m", Env: roles.Dev, Color: "Teal"}
	for _, c := range []struct {
		argv []string
		role roles.Role
		want []string
	}{
		{[]string{"open", "{url}"}, spaced, []string{"open", page}},
		{[]string{"chrome", "--app={url}", "--profile-directory={name}"}, roles.Role{Profile: "a b"}, []string{"chrome", "--app=" + page, "--profile-directory=a b"}},
		{[]string{"firefox", "ext+container:name={name}&color={color}&url={url}"}, roles.Role{Profile: "a b+c&d"},
			[]string{"firefox", "ext+container:name=a%20b%2Bc%26d&color=blue&url=" + url.QueryEscape(page)}},
		{[]string{"firefox", "{name}", "{url}"}, evil, []string{"firefox", "load-extension=/x", page}},
		{[]string{"x", `C:\{name}`, "{url}{url}"}, roles.Role{Profile: "{url}"}, []string{"x", `C:\{url}`, page + page}},
	} {
		if got := (browser{argv: c.argv}).arguments(page, c.role); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.argv, got, c.want)
		}
	}
	got := browser{argv: []string{"b", "{name} {color} {url}"}}.arguments(page, spaced)[1]
	if strings.ContainsRune(got, '\x1b') || !strings.Contains(got, " turquoise ") {
		t.Errorf("got %q", got)
	}
}

// Without a display there is nobody to see a browser.
func TestTheSystemsBrowser(t *testing.T) {
	for _, c := range []struct {
		goos string
		env  map[string]string
		want []string // the programs that are tried
	}{
		{"linux", nil, nil},
		{"linux", map[string]string{"DISPLAY": ":0"}, []string{"xdg-open"}},
		{"linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, []string{"xdg-open"}},
		{"freebsd", map[string]string{"BROWSER": "w3m"}, []string{"xdg-open"}},
		{"linux", map[string]string{"WSL_DISTRO_NAME": "Debian"}, []string{"wslview", "rundll32.exe"}},
		{"darwin", nil, []string{"open"}},
		{"windows", nil, []string{"rundll32"}},
	} {
		var got []string
		for _, argv := range systemBrowsers(c.goos, func(name string) string { return c.env[name] }) {
			got = append(got, argv[0])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %v: %q", c.goos, c.env, got)
		}
	}
}

// Whatever a role is called, the address of its container says that name, that page, and
// nothing else.
func FuzzTheAddressOfAContainer(f *testing.F) {
	for _, name := range []string{"deploy", "a b&url=http://evil", "%41", "漢字", "--x", "{url}", "{color}&", "\x1b[0m"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		const page = "http://127.0.0.1:4711/ABC"
		argv := browser{argv: []string{"firefox", "ext+container:name={name}&color={color}&url={url}"}}.arguments(page, roles.Role{Profile: name, Name: "R"})
		said, err := url.ParseQuery(strings.TrimPrefix(argv[1], "ext+container:"))
		if err != nil || len(said) != 3 || len(said["name"])+len(said["url"])+len(said["color"]) != 3 {
			t.Fatalf("%q: %v, %v", argv, said, err)
		}
		if label := (roles.Role{Profile: name, Name: "R"}).Label(); said.Get("url") != page || said.Get("name") != strings.TrimLeft(profiles.Inert(label), "-") {
			t.Errorf("%q: %v", argv, said)
		}
	})
}
