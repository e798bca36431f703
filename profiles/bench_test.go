package profiles_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cameo/profiles"
)

// manyProfiles is a config file with n roles of one source, about 165 bytes each.
func manyProfiles(n int) string {
	var b strings.Builder
	b.WriteString("[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\n")
	for i := range n {
		fmt.Fprintf(&b, "[profile account-%06d]\nrole_arn = arn:aws:iam::%012d:role/Developer\nsource_profile = base\nregion = eu-central-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n\n", i, i)
	}
	return b.String()
}

func writeConfig(tb testing.TB, text string) profiles.Files {
	tb.Helper()
	dir := tb.TempDir()
	files := profiles.Files{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")}
	if err := os.WriteFile(files.Config, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return files
}

// BenchmarkReadAndChain is what a warm credential-process call does: read the
// files and resolve the last profile.
func BenchmarkReadAndChain(b *testing.B) {
	for _, n := range []int{10, 300, 1000, 10_000, 50_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			text := manyProfiles(n)
			files := writeConfig(b, text)
			name := fmt.Sprintf("account-%06d", n-1)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				set, err := profiles.Read(files)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := set.Chain(name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEverything reads the files, all profiles, all chains and all problems.
func BenchmarkEverything(b *testing.B) {
	for _, n := range []int{1000, 10_000, 50_000} {
		text := manyProfiles(n)
		files := writeConfig(b, text)
		run := func(what string, do func(*profiles.Set)) {
			b.Run(fmt.Sprintf("%s/%d", what, n), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					set, err := profiles.Read(files)
					if err != nil {
						b.Fatal(err)
					}
					do(set)
				}
			})
		}
		run("names", func(s *profiles.Set) { s.Names() })
		run("profiles", func(s *profiles.Set) { s.Profiles() })
		run("problems", func(s *profiles.Set) { s.Problems() })
		run("ignored", func(s *profiles.Set) { s.Ignored() })
		run("chains", func(s *profiles.Set) {
			for _, name := range s.Names() {
				if _, err := s.Chain(name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkListing lists fifty thousand names, in turn with a scan over the bytes
// that knows nothing of the format but "[profile NAME]". The metric x-scan is the
// median of the ratios of neighbours.
func BenchmarkListing(b *testing.B) {
	files := writeConfig(b, manyProfiles(50_000))
	var ratios []float64
	for b.Loop() {
		began := time.Now()
		scanned := scanNames(b, files.Config)
		scan := time.Since(began)
		began = time.Now()
		set, err := profiles.Read(files)
		if err != nil {
			b.Fatal(err)
		}
		listed := set.Names()
		ratios = append(ratios, float64(time.Since(began))/float64(scan))
		if !slices.Equal(listed, scanned) {
			b.Fatalf("%d names listed, %d scanned", len(listed), len(scanned))
		}
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-scan")
}

func scanNames(tb testing.TB, path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for line := range bytes.Lines(text) {
		if name, ok := bytes.CutPrefix(line, []byte("[profile ")); ok {
			names = append(names, string(bytes.TrimSuffix(bytes.TrimSuffix(name, []byte("\n")), []byte("]"))))
		}
	}
	return names
}
