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
			seen := fmt.Sprintf("%d roles", n)
			var frames []float64
			for b.Loop() {
				began := time.Now()
				program := exec.Command(cameo)
				program.Env = environ
				s := screentest.Start(b, program, 100, 30)
				for !strings.Contains(s.Written(), seen) {
					if time.Since(began) > screentest.Patience {
						b.Fatalf("no list after %v:\n%s", screentest.Patience, s.Text())
					}
					time.Sleep(200 * time.Microsecond)
				}
				frames = append(frames, float64(time.Since(began))/float64(time.Millisecond))
				s.Type(screentest.CtrlC)
				s.Wait()
			}
			slices.Sort(frames)
			b.ReportMetric(frames[len(frames)/2], "ms-p50")
			b.ReportMetric(frames[len(frames)*95/100], "ms-p95")
		})
	}
}

// manyProfiles is the config file of a large organisation.
func manyProfiles(n int) string {
	var text strings.Builder
	text.WriteString("[profile base]\nregion = eu-west-1\n")
	for i := range n {
		fmt.Fprintf(&text, "[profile team-%d-service-%05d-dev]\nrole_arn = arn:aws:iam::%012d:role/Developer\nsource_profile = base\nregion = eu-west-1\n", i%97, i, 100000000000+i)
	}
	return text.String()
}
