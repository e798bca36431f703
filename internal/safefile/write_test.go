package safefile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"cameo/internal/safefile"
)

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	if err := safefile.Write(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustEqual(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("%s holds %q, want %q", filepath.Base(path), got, want)
	}
}

// mustHold checks the names in a directory: no temporary file is left.
func mustHold(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if len(got) != len(want) {
		t.Fatalf("directory holds %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("directory holds %q, want %q", got, want)
		}
	}
}

func needUnix(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has neither these modes nor unprivileged links")
	}
}

func TestWriteCreatesAndReplacesWithTheModeAsked(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	mustWrite(t, path, "one")
	if err := safefile.Write(path, []byte("two"), 0o640); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, path, "two")
	mustHold(t, dir, "config")
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, want 0640", info.Mode().Perm())
	}
}

func TestWriteKeepsASymbolicLinkAndReplacesWhatItLeadsTo(t *testing.T) {
	needUnix(t)
	for name, lay := range map[string]func(t *testing.T, root string) (link, target string){
		"absolute": func(t *testing.T, root string) (string, string) {
			target := filepath.Join(root, "dotfiles", "aws")
			mustLink(t, target, filepath.Join(root, "home", "config"))
			return filepath.Join(root, "home", "config"), target
		},
		"relative, two links long": func(t *testing.T, root string) (string, string) {
			mustLink(t, "middle", filepath.Join(root, "home", "config"))
			mustLink(t, "../dotfiles/aws", filepath.Join(root, "home", "middle"))
			return filepath.Join(root, "home", "config"), filepath.Join(root, "dotfiles", "aws")
		},
		"relative through a linked directory": func(t *testing.T, root string) (string, string) {
			mustLink(t, filepath.Join(root, "deep", "er"), filepath.Join(root, "home", "aws"))
			mustLink(t, "../aws", filepath.Join(root, "deep", "er", "config"))
			return filepath.Join(root, "home", "aws", "config"), filepath.Join(root, "deep", "aws")
		},
	} {
		for _, existing := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				root := t.TempDir()
				for _, dir := range []string{"home", "dotfiles", "deep/er"} {
					if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
						t.Fatal(err)
					}
				}
				link, target := lay(t, root)
				if existing {
					mustWrite(t, target, "old")
				}
				mustWrite(t, link, "new")
				mustEqual(t, target, "new")
				if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
					t.Error("the link became a file")
				}
			})
		}
	}
}

func mustLink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
}

func TestWriteRefusesALinkThatLeadsToItself(t *testing.T) {
	needUnix(t)
	dir := t.TempDir()
	mustLink(t, "loop", filepath.Join(dir, "loop"))
	if err := safefile.Write(filepath.Join(dir, "loop"), []byte("x"), 0o600); err == nil {
		t.Fatal("no error")
	}
	mustHold(t, dir, "loop")
}

func TestWriteOverADirectoryFailsAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "config"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := safefile.Write(filepath.Join(dir, "config"), []byte("x"), 0o600); err == nil {
		t.Fatal("no error")
	}
	mustHold(t, dir, "config")
}

func TestReadersOfAFileBeingReplacedSeeOneVersionWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	versions := [][]byte{bytes.Repeat([]byte("a"), 70_000), bytes.Repeat([]byte("b"), 50_000)}
	if err := safefile.Write(path, versions[0], 0o600); err != nil {
		t.Fatal(err)
	}
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range 40 {
			if err := safefile.Write(path, versions[i%2], 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	finished := make(chan struct{})
	go func() { writer.Wait(); close(finished) }()
	for running := true; running; {
		select {
		case <-finished:
			running = false
		default:
		}
		got, err := safefile.Read(path, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, versions[0]) && !bytes.Equal(got, versions[1]) {
			t.Fatalf("a mixture of %d bytes", len(got))
		}
	}
}
