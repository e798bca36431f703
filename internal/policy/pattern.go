package policy

import "strings"

// A pattern is a text whose wildcards are told apart from the same characters
// meant literally (from ${*}, or from the value of a variable).
type pattern []rune

const (
	anyRunes rune = -1 // *
	oneRune  rune = -2 // ?
)

// wildcards reads * and ? of a text as wildcards, nothing else.
func wildcards(text string) pattern {
	p := pattern(text)
	for i, r := range p {
		switch r {
		case '*':
			p[i] = anyRunes
		case '?':
			p[i] = oneRune
		}
	}
	return p
}

// match reports whether the whole text fits. It needs no more than
// len(p)*len(text) steps.
func (p pattern) match(text string) bool {
	t := []rune(text)
	i, j := 0, 0
	star, retry := -1, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == anyRunes:
			star, retry = i, j
			i++
		case i < len(p) && (p[i] == oneRune || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			retry++
			i, j = star+1, retry
		default:
			return false
		}
	}
	for i < len(p) && p[i] == anyRunes {
		i++
	}
	return i == len(p)
}

// String is the text that the pattern was made from, variables replaced.
func (p pattern) String() string {
	var b strings.Builder
	for _, r := range p {
		switch r {
		case anyRunes:
			b.WriteByte('*')
		case oneRune:
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// expand replaces the policy variables of a text: ${key}, ${key, 'default'}, and
// the escapes ${*} ${?} ${$}. ok is false where a variable has neither exactly
// one value nor a default; then the statement cannot match. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func expand(text string, context Context, version string) (p pattern, ok bool) {
	if version != VersionVariables {
		return wildcards(text), true
	}
	for {
		before, rest, found := strings.Cut(text, "${")
		p = append(p, wildcards(before)...)
		if !found {
			return p, true
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return append(p, wildcards("${"+rest)...), true
		}
		value, ok := variable(name, context)
		if !ok {
			return nil, false
		}
		p = append(p, []rune(value)...)
		text = after
	}
}

func variable(name string, context Context) (string, bool) {
	switch name {
	case "*", "?", "$":
		return name, true
	}
	key, fallback, hasFallback := strings.Cut(name, ",")
	if values, present := context.Get(strings.TrimSpace(key)); present && len(values) == 1 {
		return values[0], true
	}
	fallback = strings.TrimSpace(fallback)
	if hasFallback && len(fallback) >= 2 && fallback[0] == '\'' && fallback[len(fallback)-1] == '\'' {
		return fallback[1 : len(fallback)-1], true
	}
	return "", false
}
