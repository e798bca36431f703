package profiles

import (
	"fmt"
	"net/url"
	"strings"
)

// SwitchLink is what a Switch Role link of the AWS console says. The rules are
// those of "Granting a user permissions to switch roles" in the IAM User Guide.
type SwitchLink struct {
	Partition string // of the console that the link leads to
	Account   string // 12 digits; empty where the link names the account by its alias
	Alias     string // of the account; empty where the link has its number
	Path      string // of the role: "/", or "/x/y/"
	Name      string // of the role, without the path
	// DisplayName is free text of whoever made the link: never shown but through
	// [Inert]. It may be empty.
	DisplayName string
	Color       string // six hexadecimal digits, lower case; empty: none, or none that is one
}

// LinkError says why a text is no Switch Role link.
type LinkError struct {
	Link string
	Why  string // a clause, inert
}

// Error is one line. The link is cut to a length that can be read.
func (e *LinkError) Error() string {
	const enough = 120
	shown := e.Link
	if len(shown) > enough {
		shown = strings.ToValidUTF8(shown[:enough], "") + "..."
	}
	return fmt.Sprintf("Switch Role link %s: %s", Quote(shown), e.Why)
}

// consoleHosts are the ends of the names of the hosts that have consoles, with
// their partitions. Before them may stand a region, an account, or both.
func consoleHosts() [][2]string {
	return [][2]string{
		{"aws.amazon.com", "aws"}, {"amazonaws.cn", "aws-cn"}, {"amazonaws-us-gov.com", "aws-us-gov"}, {"amazonaws-eusc.eu", "aws-eusc"},
		{"c2shome.ic.gov", "aws-iso"}, {"sc2shome.sgov.gov", "aws-iso-b"}, {"csphome.adc-e.uk", "aws-iso-e"}, {"csphome.hci.ic.gov", "aws-iso-f"},
	}
}

// ConsoleDomain is what the names of a partition's console hosts end in: its sign-in
// is at signin.DOMAIN and its console at console.DOMAIN, with a region and a dot before
// them or not. Empty where the partition has no console that is known.
func ConsoleDomain(partition string) string {
	for _, c := range consoleHosts() {
		if c[1] == partition {
			return c[0]
		}
	}
	return ""
}

const longestLink = 4096 // bytes; AWS's own are a few hundred

// IsSwitchLink reports whether text is meant as a Switch Role link, well formed
// or not: a web address, or one without its https://.
func IsSwitchLink(text string) bool {
	text = strings.ToLower(text)
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://") || strings.Contains(text, "/switchrole?")
}

// ParseSwitchLink reads a Switch Role link, of any partition, with or without a
// region or a session in front, or returns a [*LinkError]. A link that gives one
// value twice is refused: nobody can tell which was meant.
func ParseSwitchLink(link string) (SwitchLink, error) {
	wrong := func(format string, args ...any) (SwitchLink, error) {
		return SwitchLink{}, &LinkError{Link: link, Why: fmt.Sprintf(format, args...)}
	}
	if len(link) > longestLink {
		return wrong("it is longer than %d bytes", longestLink)
	}
	address := strings.TrimSpace(link)
	if why := spaceFault(address); why != "" {
		return wrong("%s", why)
	}
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return wrong("it is not a web address")
	}
	partition := partitionOfConsole(u.Hostname())
	switch {
	case u.Scheme != "https":
		return wrong("it does not begin with https://")
	case partition == "", u.User != nil, u.Port() != "" && u.Port() != "443":
		return wrong("%s is no host of the AWS console", Quote(u.Host))
	case !strings.EqualFold(u.Path[strings.LastIndexByte(u.Path, '/')+1:], "switchrole"):
		return wrong("it leads to %s of the console, not to switchrole", Quote(u.Path))
	}
	l := SwitchLink{Partition: partition}
	// &amp; is what a link is when it is copied out of a page's source.
	values, err := url.ParseQuery(strings.ReplaceAll(u.RawQuery, "&amp;", "&"))
	if err != nil {
		return wrong("what follows its %q is malformed", "?")
	}
	said, why := onceEach(values, "account", "rolename", "displayname", "color")
	if why != "" {
		return wrong("%s", why)
	}
	if why := l.setAccount(said["account"]); why != "" {
		return wrong("%s", why)
	}
	if why := l.setRole(said["rolename"]); why != "" {
		return wrong("%s", why)
	}
	l.DisplayName = strings.TrimSpace(strings.ToValidUTF8(said["displayname"], "\ufffd"))
	l.Color, _ = parseColor(said["color"])
	return l, nil
}

// partitionOfConsole is the partition of a console's host; empty: it is none.
func partitionOfConsole(host string) string {
	host = strings.ToLower(host)
	for _, c := range consoleHosts() {
		front, ok := strings.CutSuffix(host, "."+c[0])
		if !ok {
			continue
		}
		switch front[strings.LastIndexByte(front, '.')+1:] {
		case "signin", "signin-fips", "console":
			return c[1]
		}
	}
	return ""
}

// onceEach takes the named values; the case of a parameter's name is ignored. why is set where one is there twice with two meanings.
func onceEach(values url.Values, names ...string) (said map[string]string, why string) {
	said = map[string]string{}
	for key, all := range values {
		for _, name := range names {
			if !strings.EqualFold(key, name) {
				continue
			}
			for _, v := range all {
				if before, twice := said[name]; twice && before != v {
					return nil, fmt.Sprintf("it says %s twice", name)
				}
				said[name] = v
			}
		}
	}
	return said, ""
}

func (l *SwitchLink) setAccount(account string) (why string) {
	account = strings.TrimSpace(account)
	if digits := strings.ReplaceAll(account, "-", ""); digits != "" && strings.Trim(digits, "0123456789") == "" {
		if why := accountFault(digits); why != "" {
			return why
		}
		l.Account = digits
		return ""
	}
	if account == "" {
		return "it names no account"
	}
	if !IsAccountAlias(account) {
		return fmt.Sprintf("the account %s is neither a number of 12 digits nor an alias", Quote(account))
	}
	l.Alias = account
	return ""
}

// IsAccountAlias reports whether s can be the alias of an AWS account: 3 to 63
// lower case letters, digits and single hyphens, none at an end, and not a
// number of 12 digits. See CreateAccountAlias in the IAM API Reference.
func IsAccountAlias(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '-' && i > 0 && i < len(s)-1 && s[i-1] != '-':
		default:
			return false
		}
	}
	return 3 <= len(s) && len(s) <= 63 && accountFault(s) != ""
}

func (l *SwitchLink) setRole(role string) (why string) {
	role = strings.TrimPrefix(strings.TrimSpace(role), "/")
	if role == "" {
		return "it names no role"
	}
	// The account does not matter to what a path and a name may be.
	parsed, err := roleResource(role, RoleARN{}, "role/"+role)
	if wrong, ok := err.(*ARNError); ok { //nolint:errorlint // it is not wrapped
		if strings.Contains(role, " ") {
			return wrong.Why + "; in a link %2B stands for +"
		}
		return wrong.Why
	}
	l.Path, l.Name = parsed.Path, parsed.Name
	return ""
}

// ColorWord is the one of red, orange, yellow, green, turquoise, blue, purple and pink
// that the name of a colour means; empty: none.
func ColorWord(s string) string {
	switch word := strings.ToLower(strings.TrimSpace(s)); word {
	case "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink":
		return word
	case "cyan", "teal":
		return "turquoise"
	case "magenta":
		return "purple"
	}
	return ""
}

// parseColor reads six hexadecimal digits, with or without "#" before them.
func parseColor(s string) (color string, ok bool) {
	s = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "#"))
	if len(s) != 6 || strings.Trim(s, "0123456789abcdef") != "" {
		return "", false
	}
	return s, true
}

// RoleARN is the role's ARN, without an account where the link names that by its
// alias, which no ARN can.
func (l SwitchLink) RoleARN() RoleARN {
	return RoleARN{Partition: l.Partition, Account: l.Account, Path: l.Path, Name: l.Name}
}

// LongestConsoleRole is how many characters a role's path, without its first
// slash, and name may have together for the console to switch to it. See "Switch
// from a user to an IAM role (console)" in the IAM User Guide.
const LongestConsoleRole = 64

// String is the link, as AWS writes it; empty where the partition has no console
// that is known. It is the caller's to look at [LongestConsoleRole], and not to
// hand out a link for a role that asks for an external ID: the console cannot
// give one.
func (l SwitchLink) String() string {
	domain := ConsoleDomain(l.Partition)
	if domain == "" {
		return ""
	}
	link := "https://signin." + domain + "/switchrole?account=" + url.QueryEscape(l.Account+l.Alias) +
		"&roleName=" + strings.ReplaceAll(url.QueryEscape(strings.TrimPrefix(l.Path, "/")+l.Name), "%2F", "/")
	if l.DisplayName != "" {
		link += "&displayName=" + url.QueryEscape(l.DisplayName)
	}
	if l.Color != "" {
		link += "&color=" + l.Color
	}
	return link
}
