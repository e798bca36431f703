package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTheHomeHasWhatClientsRead(t *testing.T) {
	w, err := Scenario(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "a home", "it's $HOME \"quoted\"")
	if err := w.WriteHome(dir, "http://127.0.0.1:4566"); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(dir, "config"))
	if err != nil {
		t.Fatal(err)
	}
	const want = madeHere + `
[profile david]
region = us-east-1

[profile theresa]
region = us-east-1

[profile prod-update]
role_arn = arn:aws:iam::123456789012:role/UpdateApp
source_profile = david
mfa_serial = arn:aws:iam::111122223333:mfa/David
cameo_env = prod
region = us-east-1

[profile prod-update-theresa]
role_arn = arn:aws:iam::123456789012:role/UpdateApp
source_profile = theresa
mfa_serial = arn:aws:iam::111122223333:mfa/Theresa
cameo_env = prod
region = us-east-1
`
	if string(config) != want {
		t.Errorf("config:\n%s", config)
	}
	for name, text := range map[string]string{"credentials": "[david]\naws_access_key_id = AKIA", "mfa/david": "", "mfa/theresa": "", "env.sh": "AWS_ENDPOINT_URL='http://127.0.0.1:4566'\n"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(data), text) {
			t.Errorf("%s: %s %v", name, data, err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if seed, _ := os.ReadFile(filepath.Join(dir, "mfa", "david")); strings.TrimSpace(string(seed)) != person(t, w, "david").MFASeed {
		t.Error("the seed is another one")
	}
	if info, err := os.Stat(dir); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o700) {
		t.Errorf("%v %v", info, err)
	}
	if err := w.WriteHome(dir, "http://127.0.0.1:1"); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func person(t *testing.T, w *World, name string) Person {
	t.Helper()
	p, err := w.Person(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFilesOfSomebodyElseAreLeftAlone(t *testing.T) {
	w, err := Scenario(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config", "credentials", "env.sh"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("[default]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var notOurs *NotOursError
		if err := w.WriteHome(dir, "http://127.0.0.1:1"); !errors.As(err, &notOurs) || notOurs.Path != path {
			t.Errorf("%s: %v", name, err)
		}
		if entries, err := os.ReadDir(dir); len(entries) != 1 || err != nil {
			t.Errorf("%s: %v %v", name, entries, err)
		}
		if text, _ := os.ReadFile(path); string(text) != "[default]\n" {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestAnOldEnvFileIsGoneBeforeTheNewOneIsReady(t *testing.T) {
	w, err := Scenario(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := w.WriteHome(dir, "http://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	// A folder in the way of credentials stops the second writing half-way.
	if err := os.Remove(filepath.Join(dir, "mfa", "david")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "mfa", "david", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteHome(dir, "http://127.0.0.1:2"); err == nil {
		t.Fatal("written over a folder")
	}
	if _, err := os.Stat(filepath.Join(dir, "env.sh")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("env.sh of the first home is still there: %v", err)
	}
}

func TestShellsReadEnv(t *testing.T) {
	w, err := Scenario(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), `it's "a" $(home) \n`)
	if err := w.WriteHome(dir, "http://127.0.0.1:4566"); err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"sh", "bash", "zsh"} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not on PATH", shell)
			}
			command := exec.Command(path, "-c", `set -eu; . "$1"; env`, shell, filepath.Join(dir, "env.sh"))
			command.Env = []string{"PATH=" + os.Getenv("PATH"), "AWS_PROFILE=other", "AWS_SESSION_TOKEN=x", "AWS_ENDPOINT_URL_STS=http://x"}
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, line := range []string{"AWS_CONFIG_FILE=" + dir + "/config\n", "AWS_SHARED_CREDENTIALS_FILE=" + dir + "/credentials\n", "AWS_ENDPOINT_URL=http://127.0.0.1:4566\n"} {
				if !strings.Contains(string(out), line) {
					t.Errorf("no %s in\n%s", line, out)
				}
			}
			for _, name := range []string{"AWS_PROFILE=", "AWS_SESSION_TOKEN=", "AWS_ENDPOINT_URL_STS="} {
				if strings.Contains(string(out), name) {
					t.Errorf("%s is still set", name)
				}
			}
		})
	}
}
