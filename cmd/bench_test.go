package cmd

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cameo/internal/sandbox"
)

// BenchmarkWarmProcess runs whole processes in turn: `cameo credential-process`
// with a warm cache, and a Go program that reads one file. The metric x-readjson is
// the median of the ratios of neighbours, which says more than milliseconds on a
// machine that others use too.
//
//	go test ./cmd -run '^$' -bench WarmProcess -benchtime 101x
func BenchmarkWarmProcess(b *testing.B) {
	dir := b.TempDir()
	cameo, floor := build(b, dir, "./cameo"), build(b, dir, "./testdata/readjson")
	environ := warmSandbox(b, dir, cameo)
	answer, err := command(environ, cameo, "credential-process", "prod-update").Output()
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(dir, "answer.json")
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		b.Fatal(err)
	}
	var ratios, walls []float64
	for b.Loop() {
		read := wall(b, command(environ, floor, file))
		warm := wall(b, command(environ, cameo, "credential-process", "prod-update"))
		ratios = append(ratios, float64(warm)/float64(read))
		walls = append(walls, float64(warm)/float64(time.Millisecond))
	}
	b.ReportMetric(median(ratios), "x-readjson")
	b.ReportMetric(median(walls), "ms/warm")
}

func build(b *testing.B, dir, pkg string) string {
	b.Helper()
	path := filepath.Join(dir, filepath.Base(pkg))
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, pkg)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", pkg, err, out)
	}
	return path
}

// warmSandbox starts a sandbox and gets one session, so that the next call finds it
// in the cache.
func warmSandbox(b *testing.B, dir, cameo string) []string {
	b.Helper()
	world, err := sandbox.Scenario(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	server := sandbox.New(world, sandbox.Options{})
	if err := server.Listen("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	b.Cleanup(func() { cancel(); <-ended })
	home := filepath.Join(dir, "home")
	if err := world.WriteHome(home, server.Endpoint()); err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "config", "cameo"), 0o700); err != nil {
		b.Fatal(err)
	}
	code, _, _, err := world.Code("david")
	if err != nil {
		b.Fatal(err)
	}
	environ := []string{"HOME=" + dir, "USER=david", "PATH=" + os.Getenv("PATH"), "XDG_CACHE_HOME=" + filepath.Join(dir, "cache"),
		"XDG_CONFIG_HOME=" + filepath.Join(dir, "config"), "AWS_CONFIG_FILE=" + filepath.Join(home, "config"),
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(home, "credentials"), "AWS_ENDPOINT_URL=" + server.Endpoint()}
	if out, err := command(environ, cameo, "credential-process", "prod-update", "--mfa-code", code).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return environ
}

func command(environ []string, name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Env = environ
	return c
}

func wall(b *testing.B, c *exec.Cmd) time.Duration {
	b.Helper()
	began := time.Now()
	if err := c.Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
