package profiles_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cameo/profiles"
)

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		name string
		goos string
		env  map[string]string
		want profiles.Files
	}{
		{"home", "linux", map[string]string{"HOME": "/h"}, profiles.Files{Config: "/h/.aws/config", Credentials: "/h/.aws/credentials"}},
		{"home that ends in a slash", "linux", map[string]string{"HOME": "/h/"}, profiles.Files{Config: "/h/.aws/config", Credentials: "/h/.aws/credentials"}},
		{"variables", "linux", map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "rel/c", "AWS_SHARED_CREDENTIALS_FILE": "/k"}, profiles.Files{Config: "rel/c", Credentials: "/k"}},
		{"tilde", "darwin", map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": "~bob/k"}, profiles.Files{Config: "/h/c", Credentials: "~bob/k"}},
		{"empty variables are like none", "linux", map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": ""}, profiles.Files{Config: "/h/.aws/config", Credentials: "/h/.aws/credentials"}},
		{"no home", "linux", map[string]string{"USERPROFILE": "/u", "AWS_CONFIG_FILE": "/c", "AWS_SHARED_CREDENTIALS_FILE": "~/k"}, profiles.Files{Config: "/c"}},
		{"Windows' drive and path", "windows", map[string]string{"HOMEDRIVE": "C:", "HOMEPATH": `\u`, "AWS_CONFIG_FILE": `~\c`}, profiles.Files{Config: `C:\u\c`, Credentials: `C:\u\.aws\credentials`}},
		{"Windows' profile before drive and path", "windows", map[string]string{"USERPROFILE": `D:\p`, "HOMEDRIVE": "C:", "HOMEPATH": `\u`}, profiles.Files{Config: `D:\p\.aws\config`, Credentials: `D:\p\.aws\credentials`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := profiles.Locate(func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }, c.goos); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestRead(t *testing.T) {
	files := writeConfig(t, "[profile a]\n"+keys)
	set, err := profiles.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	if chain, err := set.Chain("a"); err != nil || steps(chain) != "static:a" || chain.Steps[0].AccessKeyID.File != files.Config {
		t.Errorf("got %v, %v", chain, err)
	}
	if set.Config().Missing || !set.Credentials().Missing {
		t.Error("the wrong file is missing")
	}
}

func TestReadRefuses(t *testing.T) {
	big := filepath.Join(t.TempDir(), "big")
	file, err := os.Create(big)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.Truncate(profiles.LargestFile+1), file.Close()); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{t.TempDir(): "is a directory", big: "is larger than 16 MiB", "": "no home directory is known"}
	if runtime.GOOS != "windows" {
		cases["/dev/zero"] = "is a device"
	}
	for path, why := range cases {
		t.Run(why, func(t *testing.T) { refused(t, path, why) })
	}
}

// refused asserts that neither file may be path, and that this is said at once.
func refused(t *testing.T, path, why string) {
	t.Helper()
	good := writeConfig(t, "[profile a]\n").Config
	for _, files := range []profiles.Files{{Config: path, Credentials: good}, {Config: good, Credentials: path}} {
		done := make(chan error, 1)
		go func() { _, err := profiles.Read(files); done <- err }()
		select {
		case err := <-done:
			var refusal *profiles.FileError
			if !errors.As(err, &refusal) || refusal.Code() != "parse" || refusal.Path != path || !strings.Contains(err.Error(), why) {
				t.Errorf("got %v", err)
			}
			if path == "" && refusal.Try() == "" {
				t.Error("no way out is named")
			}
		case <-time.After(5 * time.Second):
			t.Fatal("hangs")
		}
	}
}

func TestReadFollowsLinksAndNamesTheSystemsError(t *testing.T) {
	files := writeConfig(t, "[profile a]\n"+keys)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(files.Config, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	set, err := profiles.Read(profiles.Files{Config: link, Credentials: filepath.Join(link, "below-a-file")})
	var refusal *profiles.FileError
	if runtime.GOOS != "windows" && (!errors.As(err, &refusal) || strings.Contains(refusal.Why, "open ")) {
		t.Errorf("got %v, %v", set, err)
	}
	set, err = profiles.Read(profiles.Files{Config: link, Credentials: files.Credentials})
	if err != nil || len(set.Names()) != 1 {
		t.Errorf("got %v", err)
	}
}

func TestReadSaysPermissionDenied(t *testing.T) {
	files := writeConfig(t, "[profile a]\n")
	if err := os.Chmod(files.Config, 0); err != nil {
		t.Fatal(err)
	}
	if file, err := os.Open(files.Config); err == nil {
		file.Close()
		t.Skip("this user may read everything")
	}
	if _, err := profiles.Read(files); !errors.Is(err, fs.ErrPermission) || !strings.HasSuffix(err.Error(), "config: permission denied") {
		t.Errorf("got %v", err)
	}
}

func TestCommandsOfAFileThatOthersCanWriteAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access control lists instead of modes")
	}
	files := writeConfig(t, "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/A\nsource_profile = b\n[profile b]\ncredential_process = p\n[profile c]\n"+keys)
	check := func(name string) error {
		set, err := profiles.Read(files)
		if err != nil {
			t.Fatal(err)
		}
		chain, err := set.Chain(name)
		if err != nil {
			t.Fatal(err)
		}
		return chain.Check()
	}
	if err := check("a"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(files.Config, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := check("a"); err == nil || !strings.Contains(err.Error(), "config:5): credential_process") || !strings.Contains(err.Error(), "writable by everyone") {
		t.Errorf("writable by everyone: %v", err)
	}
	if err := check("c"); err != nil {
		t.Errorf("keys are no command: %v", err)
	}
	if os.Geteuid() != 0 {
		return
	}
	if err := errors.Join(os.Chmod(files.Config, 0o600), os.Chown(files.Config, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if err := check("a"); err == nil || !strings.Contains(err.Error(), "uid 65534") {
		t.Errorf("of another user: %v", err)
	}
}

func TestLargeFilesTakeLinearTime(t *testing.T) {
	line := "[profile a]\n" + keys + "long = " + string(bytes.Repeat([]byte("x "), 1<<20)) + "\n"
	for name, text := range map[string]string{
		"one line of megabytes":             line,
		"one junk line of megabytes":        "[profile b]\n" + string(bytes.Repeat([]byte("x "), 1<<20)) + "\n[profile a]\n" + keys,
		"a nested block of megabytes":       "[profile b]\ns3 =\n" + strings.Repeat(" k = v\n", 1<<20/7) + "[profile a]\n" + keys,
		"brackets that could be headers":    "[profile b]\ns3 = 1\n" + strings.Repeat("  [profile a]\n", 60_000) + "[profile a]\n" + keys,
		"indented headers":                  strings.Repeat(" [profile b]\n x = 1\n", 50_000) + "[profile a]\n" + keys,
		"one section again and again":       strings.Repeat("[profile a]\nregion = x\n", 50_000) + keys,
		"one property again and again":      "[profile a]\n" + strings.Repeat("region = x\n", 80_000) + keys,
		"many properties":                   "[profile a]\n" + keys + manyKeys(50_000),
		"headers that are not closed":       strings.Repeat("[profile a\n", 80_000),
		"brackets only":                     strings.Repeat("[", 2<<20),
		"quotes in every header":            strings.Repeat("[profile 'b c']\n", 60_000) + "[profile a]\n" + keys,
		"white space and brackets":          strings.Repeat(strings.Repeat(" ", 1000)+"[", 1000),
		"line feeds only":                   strings.Repeat("\n", 2<<20),
		"lines of equals signs and comment": "[profile a]\n" + strings.Repeat("a = ;# # ;\n", 80_000) + keys,
		"sources that are not there":        missingSources(50_000),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			set := parse(text, "")
			_, _ = set.Chain("a")
			_, _ = set.Chain("a")
			lazy := time.Since(began)
			for _, name := range set.Names() {
				_, _ = set.Chain(name)
			}
			set.Profiles()
			set.Problems()
			set.Ignored()
			if all := time.Since(began); lazy > 5*time.Second || all > 15*time.Second {
				t.Errorf("the chain took %v, everything %v", lazy, all)
			}
		})
	}
}

func missingSources(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[profile a%d]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = b%d\n", i, i)
	}
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("k")
		b.WriteString(strings.Repeat("x", i%7))
		b.WriteString(time.Duration(i).String())
		b.WriteString(" = v\n")
	}
	return b.String()
}
