package refusal

import (
	"fmt"
	"strings"
	"time"
)

// Report is a text for the role's owner or an administrator: what was asked, by
// whom, what AWS said, and what would let it through. No secret is in it.
func (e Explanation) Report() string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, text)
		}
	}
	b.WriteString("AWS refused an identity the way to a role.\n\n")
	line("role", e.Role)
	line("caller", e.Caller)
	if !e.At.IsZero() {
		line("time", e.At.UTC().Format(time.RFC3339))
	}
	line("with", strings.Join(e.sent, ", "))
	line("answer", e.Raw())
	line("AWS said", e.Message)
	if len(e.Causes) > 0 {
		b.WriteString("\nWhat may stand in the way, best first:\n")
	}
	for i, c := range e.Causes {
		fmt.Fprintf(&b, "%d. %s (%s)\n", i+1, strings.TrimSuffix(c.Why, "."), c.Certainty)
	}
	asked := map[string]bool{}
	for _, c := range e.Causes {
		if c.Ask == nil || c.Ask.Policy == "" || asked[c.Ask.Policy] {
			continue
		}
		asked[c.Ask.Policy] = true
		fmt.Fprintf(&b, "\nAsk %s %s:\n%s\n", c.Ask.Whom, c.Ask.For, c.Ask.Policy)
	}
	return b.String()
}
