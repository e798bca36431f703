package tui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cameo/internal/roles"
)

// manyRows are n roles as a large organisation has them.
func manyRows(n int) []Row {
	teams := []string{"payments", "analytics", "identity", "search", "billing", "catalog", "shipping", "platform", "data-lake", "ml-ops"}
	envs := []roles.Env{roles.Dev, roles.Staging, roles.Production, roles.Sandbox}
	names := []string{"Admin", "ReadOnly", "Deploy", "Developer", "Audit"}
	rows := make([]Row, n)
	for i := range rows {
		env, team := envs[i%len(envs)], teams[i%len(teams)]
		rows[i].Role = role(fmt.Sprintf("%s-%04d-%s", team, i, env), fmt.Sprintf("%012d", 100000000000+i*7919), names[i%len(names)], env, "work", "", i)
		if i%7 == 0 {
			rows[i].Role.MFA = device
		}
		if i%1000 == 500 {
			rows[i].Used, rows[i].Weight = noon.Add(-time.Duration(i)*time.Minute), float64(n)/float64(i)
		}
		if i%2500 == 3 {
			rows[i].Favourite = true
		}
	}
	return rows
}

// What one key computes, drawing included, is to stay below 5 ms with ten thousand
// roles.
func BenchmarkKey(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		w := newWorld(b)
		w.overview.Rows = manyRows(n)
		d := drive(b, w, w, 100, 30)
		for _, text := range []string{"pay adm", "4417", "prod aud !dl", "paymetns"} {
			b.Run(fmt.Sprintf("%d/%s", n, text), func(b *testing.B) {
				var keys []time.Duration
				for b.Loop() {
					for _, r := range text {
						began := time.Now()
						d.m.Update(d.key(string(r)))
						d.m.View()
						keys = append(keys, time.Since(began))
					}
					d.m.Update(d.key("ctrl+u"))
				}
				slices.Sort(keys)
				b.ReportMetric(float64(keys[len(keys)/2].Microseconds()), "µs/key-p50")
				b.ReportMetric(float64(keys[len(keys)*95/100].Microseconds()), "µs/key-p95")
			})
		}
		b.Run(fmt.Sprintf("%d/down", n), func(b *testing.B) {
			for b.Loop() {
				d.m.Update(d.key("down"))
				d.m.View()
			}
		})
	}
}

// BenchmarkFirstFrame is from the overview to the frame.
func BenchmarkFirstFrame(b *testing.B) {
	w := newWorld(b)
	w.overview.Rows = manyRows(10_000)
	for b.Loop() {
		startOnly(b, w, w, 100, 30).run()
	}
}
