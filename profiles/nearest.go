package profiles

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest returns up to n of the names in among that somebody who typed name may
// have meant, likeliest first: names that differ by a slip or two of the fingers,
// case ignored, then names that hold name or are held by it.
func Nearest(name string, among []string, n int) []string {
	type candidate struct {
		name string
		cost int
	}
	typed := strings.ToLower(name)
	if typed == "" || len(typed) > 256 {
		return nil
	}
	slips := min(3, (len(typed)+2)/3)
	var found []candidate
	for _, other := range among {
		low := strings.ToLower(other)
		if d, ok := distance(typed, low, slips); ok {
			found = append(found, candidate{other, d})
			continue
		}
		if len(typed) >= 3 && strings.Contains(low, typed) || len(low) >= 3 && strings.Contains(typed, low) {
			found = append(found, candidate{other, slips + 1 + abs(len(low)-len(typed))})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.cost, b.cost) })
	names := make([]string, 0, n)
	for _, c := range found[:min(n, len(found))] {
		names = append(names, c.name)
	}
	return names
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b, where it is at most limit.
func distance(a, b string, limit int) (int, bool) {
	if abs(len(a)-len(b)) > limit {
		return 0, false
	}
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return 0, false
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)], prev[len(b)] <= limit
}

func abs(n int) int { return max(n, -n) }
