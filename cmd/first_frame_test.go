//go:build unix

package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cameo/internal/screentest"
)

// BenchmarkFirstFrame is from starting the program, with ten thousand profiles, to
// the list on a real terminal.
//
//	go test ./cmd -run '^$' -bench FirstFrame -benchtime 41x
func BenchmarkFirstFrame(b *testing.B) {
	dir := b.TempDir()
	cameo := build(b, dir, "./cameo")
	for _, n := range []int{10, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			config := filepath.Join(dir, strconv.Itoa(n))
			if err := os.WriteFile(config, []byte(manyProfiles(n)), 0o600); err != nil {
				b.Fatal(err)
			}
			environ := []string{"HOME=" + dir, "USER=david", "TERM=xterm-256color", "LANG=C.UTF-8", "AWS_CONFIG_FILE=" + config}
			var frames []time.Duration
			for b.Loop() {
				frames = append(frames, firstFrame(b, cameo, environ, n))
			}
			p50, p95 := percentiles(frames)
			b.ReportMetric(p50, "ms-p50")
			b.ReportMetric(p95, "ms-p95")
		})
	}
}

// firstFrame is how long it takes from starting the program to the last byte of the
// first frame, which is that of a list of n roles.
func firstFrame(t testing.TB, cameo string, environ []string, n int) time.Duration {
	t.Helper()
	end := fmt.Sprintf("1/%d\x1b[m", n)
	program := exec.Command(cameo)
	program.Env = environ
	began := time.Now()
	s := screentest.Start(t, program, 100, 30)
	at := -1
	s.WaitUntil("for the list", func() bool {
		at = strings.Index(s.Written(), end)
		return at >= 0
	})
	took := s.Arrived(at + len(end)).Sub(began)
	s.Type(screentest.CtrlC)
	s.Wait()
	return took
}

// percentiles are the median and the 95th, in milliseconds.
func percentiles(of []time.Duration) (p50, p95 float64) {
	slices.Sort(of)
	return milliseconds(of[len(of)/2]), milliseconds(of[len(of)*95/100])
}

// manyProfiles is the config file of a large organisation: ten teams with an account
// for each of their services and environments.
func manyProfiles(n int) string {
	teams := []string{"payments", "analytics", "identity", "search", "billing", "catalog", "shipping", "platform", "data-lake", "ml-ops"}
	envs := []string{"dev", "staging", "prod", "sandbox"}
	names := []string{"Admin", "ReadOnly", "Deploy", "Developer", "Audit"}
	var text strings.Builder
	text.WriteString("[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
	for i := range n {
		fmt.Fprintf(&text, "[profile %s-%05d-%s]\nrole_arn = arn:aws:iam::%012d:role/%s\nsource_profile = base\nregion = eu-west-1\n",
			teams[i%len(teams)], i, envs[i%len(envs)], 100000000000+i*7919, names[i%len(names)])
		if i%7 == 0 {
			text.WriteString("mfa_serial = arn:aws:iam::111122223333:mfa/david\n")
		}
	}
	return text.String()
}
