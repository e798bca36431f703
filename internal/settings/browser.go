package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// BrowserPlaceholders are what stands in the setting browser for what is known only
// when it is started: the role's name, its colour, and the address to open.
func BrowserPlaceholders() []string { return []string{"{name}", "{color}", "{url}"} }

// browserFault says what is wrong with the setting browser; empty: nothing.
func browserFault(argv []string) string {
	if argv == nil {
		return ""
	}
	if len(argv) == 0 || argv[0] == "" {
		return "it names no program"
	}
	if strings.ContainsAny(argv[0], "{}") {
		return fmt.Sprintf("%q is no program: placeholders stand in its arguments", argv[0])
	}
	opens := false
	for _, argument := range argv[1:] {
		for _, placeholder := range regexp.MustCompile(`\{[^{}]*\}`).FindAllString(argument, -1) {
			if !slices.Contains(BrowserPlaceholders(), placeholder) {
				return fmt.Sprintf("%s is none of %s", placeholder, strings.Join(BrowserPlaceholders(), ", "))
			}
		}
		opens = opens || strings.Contains(argument, "{url}")
	}
	if !opens {
		return "no argument has {url}, the address to open"
	}
	return ""
}
