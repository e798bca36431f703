package profiles

import (
	"strings"
	"unicode"
)

type sectionKind uint8

const (
	noSection sectionKind = iota // ignored, or malformed beyond guessing
	profileSection
	ssoSessionSection
	servicesSection
	sectionKinds // how many there are
)

// header is what a section's first line says.
type header struct {
	kind sectionKind
	name string
	// prefixed: [profile NAME]; it matters for the default profile.
	prefixed bool
	// tolerated: a name in the credentials file with characters that only count
	// where the config file has a profile of that name, which there can be quoted.
	tolerated bool
	// ignored is the reason why the section has no effect; empty: it has.
	ignored string
	// fault is set where the line is malformed; kind and name are then a guess
	// at what was meant, so that only that profile is spoiled.
	fault fault
}

// parseHeader reads body, a line that begins with "[", of the config file or of
// the credentials file.
func parseHeader(body string, inCredentials bool) header {
	inner, f := betweenBrackets(body)
	if f != noFault {
		h := nameSection(trim(inner), inCredentials)
		if h.ignored != "" {
			return header{fault: f}
		}
		h.fault = f
		return h
	}
	h := nameSection(trim(inner), inCredentials)
	if h.ignored != "" || h.tolerated {
		if f := textFault(body); f != noFault {
			return header{fault: f}
		}
	}
	return h
}

// betweenBrackets is the text between the "[" that body begins with and the "]"
// that it ends with, a comment aside. With a fault the text is a guess.
func betweenBrackets(body string) (string, fault) {
	line := body
	if end := commentInHeader(line); end >= 0 {
		line = trimRight(line[:end])
	}
	if len(line) > 1 && line[len(line)-1] == ']' {
		return line[1 : len(line)-1], noFault
	}
	if end := strings.IndexByte(line, ']'); end >= 0 {
		return line[1:end], textAfterHeader
	}
	return line[1:], unclosedHeader
}

// commentInHeader is where a comment begins, outside of quotes, or -1.
func commentInHeader(line string) int {
	first := strings.IndexByte(line, '#')
	if n := strings.IndexByte(line, ';'); n >= 0 && (first < 0 || n < first) {
		first = n
	}
	if first < 0 || !strings.ContainsAny(line[:first], `'"`) {
		return first
	}
	quoted := byte(0)
	for i := range len(line) {
		switch c := line[i]; {
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '"' || c == '\'':
			quoted = c
		case c == '#' || c == ';':
			return i
		}
	}
	if quoted != 0 {
		return first
	}
	return -1
}

func nameSection(inner string, inCredentials bool) header {
	if inner == "DEFAULT" {
		return header{ignored: "default_section"}
	}
	word, rest := inner, ""
	if i := strings.IndexAny(inner, " \t"); i >= 0 {
		word, rest = inner[:i], trim(inner[i:])
	}
	if inCredentials {
		return nameInCredentials(inner, word, rest)
	}
	h := header{kind: noSection}
	switch word {
	case "default":
		if rest == "" {
			return header{kind: profileSection, name: "default"}
		}
	case "profile":
		h = header{kind: profileSection, prefixed: true}
	case "sso-session":
		h = header{kind: ssoSessionSection}
	case "services":
		h = header{kind: servicesSection}
	}
	if h.kind == noSection {
		return header{ignored: "not_a_profile_section"}
	}
	name, ok := sectionName(rest)
	if !ok {
		return header{ignored: "invalid_name"}
	}
	h.name = name
	return h
}

func nameInCredentials(inner, word, rest string) header {
	switch {
	case isPlainName(inner):
		return header{kind: profileSection, name: inner}
	case rest != "" && word == "profile":
		return header{ignored: "profile_prefix_in_credentials"}
	case rest != "" && (word == "sso-session" || word == "services"):
		return header{ignored: "config_section_in_credentials"}
	case inner == "":
		return header{ignored: "invalid_name"}
	}
	return header{kind: profileSection, name: inner, tolerated: true}
}

// sectionName reads the name behind "profile". Bare names have the characters
// that all SDKs allow; in quotes everything printable goes, as in the AWS CLI.
func sectionName(s string) (string, bool) {
	if isPlainName(s) {
		return s, true
	}
	if !strings.ContainsAny(s, `'"\`) {
		return "", false
	}
	word, ok := shellWord(s)
	if !ok || word == "" || textFault(word) != noFault || strings.ContainsFunc(word, unicode.IsControl) {
		return "", false
	}
	return word, true
}

// shellWord undoes the quoting of exactly one word of a POSIX shell, as Python's
// shlex.split does, with which the AWS CLI reads section names.
func shellWord(s string) (string, bool) {
	var b strings.Builder
	quoted := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted != 0 && c == quoted:
			quoted = 0
		case c == '\\' && quoted != '\'':
			i++
			if i == len(s) {
				return "", false
			}
			if quoted == '"' && s[i] != '"' && s[i] != '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		case quoted != 0:
			b.WriteByte(c)
		case c == '"' || c == '\'':
			quoted = c
		case isSpace(c):
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), quoted == 0
}

// isPlainName reports whether s has only characters that the SDKs allow in
// names of profiles and properties.
func isPlainName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '.', c == '/', c == '%', c == '@', c == ':', c == '+':
		default:
			return false
		}
	}
	return s != ""
}
