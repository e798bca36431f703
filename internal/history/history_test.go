package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/safefile"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func entered(role, source string, after time.Duration) Event {
	return Event{Time: noon.Add(after), Event: Switch, RoleARN: role, Profile: "p", SessionName: "david", Source: source, Result: OK}
}

func logIn(t *testing.T) Log {
	t.Helper()
	return Log{Path: filepath.Join(t.TempDir(), "state", "cameo", "history.jsonl")}
}

func add(t *testing.T, l Log, events ...Event) {
	t.Helper()
	for _, e := range events {
		if err := l.Append(e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsComeBackInOrder(t *testing.T) {
	l := logIn(t)
	if events, err := l.Read(); len(events) != 0 || err != nil {
		t.Fatalf("before: %v, %v", events, err)
	}
	want := []Event{
		entered("arn:a", "david", 0),
		{Time: noon.Add(time.Minute), Event: "exec", RoleARN: "arn:b", Result: "refused", RequestID: "id", Reason: "INC-1\n\x1b[31m", Message: "AccessDenied: é"},
		{Time: noon.Add(time.Hour), Event: Exit, RoleARN: "arn:a", Result: OK},
	}
	add(t, l, want...)
	got, err := l.Read()
	if err != nil || !cmp.Equal(got, want) {
		t.Fatalf("%v: %s", err, cmp.Diff(want, got))
	}
	data, err := os.ReadFile(l.Path)
	if err != nil || bytes.Count(data, []byte("\n")) != len(want) || bytes.ContainsRune(data, '\x1b') {
		t.Errorf("%v: %q", err, data)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, mode := range map[string]fs.FileMode{l.Path: 0o600, filepath.Dir(l.Path): 0o700 | fs.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, mode)
		}
	}
}

func TestWithoutAPlaceNothingIsKept(t *testing.T) {
	add(t, Log{}, entered("arn:a", "david", 0))
	if events, err := (Log{}).Read(); events != nil || err != nil {
		t.Errorf("%v, %v", events, err)
	}
}

func TestWhatIsWholeIsReadAndTheFirstBadLineNamed(t *testing.T) {
	l := logIn(t)
	add(t, l, entered("arn:a", "david", 0), entered("arn:b", "david", 1), entered("arn:c", "david", 2))
	data, err := os.ReadFile(l.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	lines[1] = []byte("{\"time\":\"yesterday\"}\n")
	cut := bytes.Join(lines, nil)
	if err := os.WriteFile(l.Path, cut[:len(cut)-20], 0o600); err != nil { // a writer died
		t.Fatal(err)
	}
	add(t, l, entered("arn:d", "david", 3)) // and the next one goes on
	events, err := l.Read()
	var wrong *LineError
	if !errors.As(err, &wrong) || wrong.Line != 2 || wrong.Count != 2 || wrong.File != l.Path || !strings.Contains(err.Error(), "history.jsonl:2 ") {
		t.Fatalf("error %v", err)
	}
	if len(events) != 2 || events[0].RoleARN != "arn:a" || events[1].RoleARN != "arn:d" {
		t.Errorf("%+v", events)
	}
}

func TestLastSuccess(t *testing.T) {
	l := logIn(t)
	refused := entered("arn:a", "david", 3*time.Hour)
	refused.Result = "refused"
	left := entered("arn:a", "david", 4*time.Hour)
	left.Event = Exit
	add(t, l, entered("arn:a", "david", 0), entered("arn:a", "david", time.Hour), entered("arn:a", "theresa", 2*time.Hour), refused, left)
	if e, ok := l.LastSuccess("arn:a", "david"); !ok || !e.Time.Equal(noon.Add(time.Hour)) {
		t.Errorf("%v %+v", ok, e)
	}
	for _, edge := range [][2]string{{"arn:a", "mateo"}, {"arn:b", "david"}} {
		if e, ok := l.LastSuccess(edge[0], edge[1]); ok {
			t.Errorf("%v: %+v", edge, e)
		}
	}
}

// Many writers while the file is renamed again and again: no line is lost but with
// the file that is dropped, and none is torn.
func TestNoLineOfAConcurrentWriterIsLostOrTorn(t *testing.T) {
	l := logIn(t)
	const writers, each = 8, 60
	l.Limit = 64 << 10 // more than half of all: one rename, nothing dropped
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				e := entered(fmt.Sprintf("arn:%d/%d", w, i), "david", 0)
				if err := l.Append(e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	events, err := l.Read()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range events {
		seen[e.RoleARN]++
	}
	if len(seen) != writers*each || len(events) != writers*each {
		t.Errorf("%d events, %d of them different; want %d", len(events), len(seen), writers*each)
	}
	if _, err := os.Stat(l.Path + rotated); err != nil {
		t.Errorf("nothing was renamed: %v", err)
	}
}

func TestTheLogIsBounded(t *testing.T) {
	l := logIn(t)
	l.Limit = 4 << 10
	long := entered(strings.Repeat("é", 3000), "david", 0)
	for range 100 {
		add(t, l, long)
	}
	total := int64(0)
	entries, err := os.ReadDir(filepath.Dir(l.Path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 2*l.Limit+2<<10 {
		t.Errorf("%d bytes", total)
	}
	if events, err := l.Read(); err != nil || len(events) == 0 || len(events[0].RoleARN) > maxText+3 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

func TestAFileThatIsNotOursIsLeftAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege there")
	}
	l := logIn(t)
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.Symlink(other, l.Path); err != nil {
		t.Fatal(err)
	}
	var refused *safefile.RefusedError
	if err := l.Append(entered("arn:a", "david", 0)); !errors.As(err, &refused) {
		t.Errorf("Append: %v", err)
	}
	if _, err := os.Lstat(other); err == nil {
		t.Error("the link was followed")
	}
	if _, err := l.Read(); !errors.As(err, &refused) {
		t.Errorf("Read: %v", err)
	}
}

// FuzzParse: any bytes are read, every line is counted once, and what was read can
// be written and read again.
func FuzzParse(f *testing.F) {
	line, err := json.Marshal(entered("arn:a", "david", 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(append(line, '\n'), line[:20]...))
	f.Add([]byte("{}\n\n[]\nnull\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, bad, first := parse(data)
		lines := 0
		for line := range bytes.Lines(data) {
			if len(bytes.TrimSpace(line)) > 0 {
				lines++
			}
		}
		if len(events)+bad != lines || (bad == 0) != (first == 0) {
			t.Fatalf("%d events, %d bad (first %d) of %d lines", len(events), bad, first, lines)
		}
		var again bytes.Buffer
		for _, e := range events {
			line, err := json.Marshal(e)
			if err != nil {
				t.Skip("a time that cannot be written")
			}
			again.Write(append(line, '\n'))
		}
		if same, bad, _ := parse(again.Bytes()); bad != 0 || len(same) != len(events) {
			t.Fatalf("%d of %d events come back", len(same), len(events))
		}
	})
}
