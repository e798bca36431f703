package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-runewidth"
)

// inert makes text from outside safe to draw on one line: control characters,
// escape sequences, direction overrides and invisible characters are gone, every
// kind of white space is a space, bytes that are not UTF-8 are U+FFFD. What
// terminals disagree on the width of is reduced to its first character, so that
// columns line up on all of them.
func inert(s string) string {
	if ascii(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		case r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
			return -1
		case r >= 0x1f1e6 && r <= 0x1f1ff: // two of them are a flag, on some terminals
			return 'A' + r - 0x1f1e6
		case unicode.Is(unicode.Mn, r):
			return r
		case runewidth.RuneWidth(r) == 0:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	var steady strings.Builder
	for _, cluster := range graphemes(s) {
		steady.WriteString(undisputed(cluster))
	}
	return steady.String()
}

// undisputed is as much of a cluster as has one width everywhere.
func undisputed(cluster string) string {
	if w := ansi.StringWidth(cluster); w > 0 && w == ansi.StringWidthWc(cluster) {
		return cluster
	}
	first, size := utf8.DecodeRuneInString(cluster)
	if w := ansi.StringWidth(cluster[:size]); w > 0 && w == ansi.StringWidthWc(cluster[:size]) && w == runewidth.RuneWidth(first) {
		return cluster[:size]
	}
	return string(utf8.RuneError)
}

// ascii reports whether s is printable ASCII and nothing else.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// cells is how many columns s takes, escape sequences left out. Terminals
// disagree on clusters such as an emoji with a skin tone; the larger answer
// counts, so that no line outgrows the window on any of them.
func cells(s string) int {
	if ascii(s) {
		return len(s)
	}
	return max(ansi.StringWidth(s), ansi.StringWidthWc(s))
}

// clip cuts a styled line at w columns.
func clip(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if cells(s) <= w {
		return s
	}
	for limit := w; limit > 0; limit-- { // once, but for clusters whose width is in dispute
		if cut := ansi.Truncate(s, limit, ""); cells(cut) <= w {
			return cut
		}
	}
	return ""
}

// shorten takes the middle out of plain text so that it fits w columns: the
// start and the end of a name tell more than its middle.
func shorten(s string, w int, ellipsis string) string {
	if w <= 0 {
		return ""
	}
	if cells(s) <= w {
		return s
	}
	clusters := graphemes(s)
	head, tail, dots := cutMiddle(clusters, w, ellipsis)
	return strings.Join(clusters[:head], "") + dots + strings.Join(clusters[tail:], "")
}

// cutMiddle says what of clusters fits w columns: those before head, then dots, then
// those from tail.
func cutMiddle(clusters []string, w int, ellipsis string) (head, tail int, dots string) {
	total := 0
	for _, cluster := range clusters {
		total += cells(cluster)
	}
	if total <= w {
		return len(clusters), len(clusters), ""
	}
	room := w - cells(ellipsis)
	left := (room + 1) / 2
	if room < 2 { // the start alone
		left, ellipsis = w, ""
	}
	for head < len(clusters) && cells(clusters[head]) <= left {
		left -= cells(clusters[head])
		head++
	}
	tail = len(clusters)
	if room < 2 {
		return head, tail, ellipsis
	}
	right := room/2 + left
	for tail > head && cells(clusters[tail-1]) <= right {
		right -= cells(clusters[tail-1])
		tail--
	}
	return head, tail, ellipsis
}

// breakOff cuts the end off a sentence so that it fits w columns: unlike a name,
// it is read from its beginning.
func breakOff(s string, w int, ellipsis string) string {
	if cells(s) <= w {
		return s
	}
	return strings.TrimRight(clip(s, w-cells(ellipsis)), " ") + clip(ellipsis, w)
}

// pad fills s with spaces up to w columns.
func pad(s string, w int) string {
	if n := w - cells(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// fit is shorten and pad: exactly w columns, unless w is not positive.
func fit(s string, w int, ellipsis string) string { return pad(shorten(s, w, ellipsis), w) }

// spread puts left and right at the ends of w columns; where both do not fit,
// left wins and right goes.
func spread(left, right string, w int) string {
	gap := w - cells(left) - cells(right)
	if right == "" || gap < 2 {
		return left
	}
	return left + strings.Repeat(" ", gap) + right
}

// wrap breaks plain text at w columns: at spaces, and inside a word only where it
// is longer than a line. An ARN is not broken at its hyphens.
func wrap(s string, w int) []string {
	if w <= 0 || s == "" {
		return nil
	}
	var lines []string
	line := ""
	end := func() {
		if line = strings.TrimRight(line, " "); line != "" {
			lines = append(lines, line)
		}
	}
	for word := range strings.SplitSeq(s, " ") { // two spaces in a row stay two
		if line != "" && cells(line)+1+cells(word) <= w {
			line += " " + word
			continue
		}
		end()
		for line = word; cells(line) > w; {
			head := clip(line, w)
			rest, found := strings.CutPrefix(line, head)
			if head == "" || !found { // one character wider than the line
				line = ""
				break
			}
			lines, line = append(lines, head), rest
		}
	}
	end()
	return lines
}

// homely writes the home folder in the name of a file as ~.
func homely(path, home string) string {
	if rest, inside := strings.CutPrefix(path, home); home != "" && inside && (rest == "" || rest[0] == '/' || rest[0] == '\\') {
		return "~" + rest
	}
	return path
}

// graphemes splits plain text into what a reader sees as characters.
func graphemes(s string) []string {
	if ascii(s) {
		return strings.Split(s, "")
	}
	var clusters []string
	for s != "" {
		cluster, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if cluster == "" {
			break
		}
		clusters = append(clusters, cluster)
		s = s[len(cluster):]
	}
	return clusters
}
