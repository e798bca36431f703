package profiles

import (
	"fmt"
	"strings"
)

// RoleARN is the parts of a role's ARN: arn:PARTITION:iam::ACCOUNT:role/PATH/NAME.
// See "IAM identifiers" in the IAM User Guide.
type RoleARN struct {
	Partition string // "aws", "aws-cn", "aws-us-gov", ...
	Account   string // 12 digits
	Path      string // "/", or "/x/y/"
	Name      string // without the path
}

// String is the ARN.
func (r RoleARN) String() string {
	return "arn:" + r.Partition + ":iam::" + r.Account + ":role" + r.Path + r.Name
}

// IsRoleID reports whether a text names a role without a profile: ACCOUNT_ID/ROLE
// with or without the role's path, or a role ARN.
func IsRoleID(text string) bool {
	if account, role, found := strings.Cut(text, "/"); found && accountFault(account) == "" {
		text = "arn:aws:iam::" + account + ":role/" + role
	}
	_, err := ParseRoleARN(text)
	return err == nil
}

// WhoAsks is the profile of a [Step] in a sentence: profile "x", or role
// "111122223333/Admin" for one that no profile has.
func WhoAsks(profile string) string {
	if IsRoleID(profile) {
		return "role " + Quote(profile)
	}
	return "profile " + Quote(profile)
}

// ARNError says which field of an ARN is wrong.
type ARNError struct {
	ARN   string
	Field string // "partition", "service", "region", "account", "resource"; "" for the whole
	Why   string // a clause, inert: "the account has 11 digits, not 12"
}

// Error is one line.
func (e *ARNError) Error() string { return fmt.Sprintf("role ARN %s: %s", Quote(e.ARN), e.Why) }

// lineEnds are the characters with which mail programs and word processors break a line.
const lineEnds = "\r\n\v\u2028"

// spaceFault says what a role that was copied with white space in it lacks; empty: there
// is none.
func spaceFault(text string) string {
	switch {
	case !strings.ContainsAny(text, " \t"+lineEnds):
		return ""
	case strings.Contains(text[1:], "arn:") || strings.Contains(text[1:], "https://"):
		return "there is more than one role in it: name one"
	case strings.ContainsAny(text, lineEnds):
		return "there are more lines, and whether the name goes on there cannot be told: paste it alone, in one line"
	}
	return "there is white space in it"
}

// ParseRoleARN reads the ARN of an IAM role, or returns an [*ARNError].
func ParseRoleARN(arn string) (RoleARN, error) {
	wrong := func(field, format string, args ...any) (RoleARN, error) {
		return RoleARN{}, &ARNError{ARN: arn, Field: field, Why: fmt.Sprintf(format, args...)}
	}
	if why := spaceFault(arn); why != "" {
		return wrong("", "%s", why)
	}
	field := strings.SplitN(arn, ":", 6)
	if len(field) < 6 || field[0] != "arn" {
		return wrong("", "a role's ARN looks like arn:aws:iam::111122223333:role/NAME")
	}
	partition, service, region, account, resource := field[1], field[2], field[3], field[4], field[5]
	if after, ok := strings.CutPrefix(resource, "assumed-role/"); ok {
		name, _, _ := strings.Cut(after, "/")
		return wrong("service", "it names a session, not a role: the role is arn:%s:iam::%s:role/%s", Inert(partition), Inert(account), Inert(name))
	}
	switch {
	case !isPartition(partition):
		return wrong("partition", "there is no partition %s: it is aws, aws-cn or aws-us-gov", Quote(partition))
	case service != "iam":
		return wrong("service", "the service is %s, not iam", Quote(service))
	case region != "":
		return wrong("region", "roles have no region: write nothing in place of %s", Quote(region))
	}
	if why := accountFault(account); why != "" {
		return wrong("account", "%s", why)
	}
	return roleResource(arn, RoleARN{Partition: partition, Account: account}, resource)
}

// longestRoleName is in characters. See "IAM and AWS STS quotas" in the IAM User Guide.
const longestRoleName = 64

func roleResource(arn string, role RoleARN, resource string) (RoleARN, error) {
	wrong := func(format string, args ...any) (RoleARN, error) {
		return RoleARN{}, &ARNError{ARN: arn, Field: "resource", Why: fmt.Sprintf(format, args...)}
	}
	kind, rest, found := strings.Cut(resource, "/")
	if kind != "role" || !found {
		return wrong("it names %s, not role/NAME", Quote(kind+"/..."))
	}
	end := strings.LastIndexByte(rest, '/') + 1
	role.Path, role.Name = "/"+rest[:end], rest[end:]
	switch {
	case role.Name == "":
		return wrong("the role's name is missing")
	case len(role.Name) > longestRoleName:
		return wrong("the role's name has %d characters, and %d are allowed", len(role.Name), longestRoleName)
	case !isIAMName(role.Name):
		return wrong("the role's name may have letters, digits and _+=,.@-")
	case len(role.Path) > 512 || strings.Contains(role.Path, "//") || !isVisibleASCII(role.Path):
		return wrong("the role's path %s is not one", Quote(role.Path))
	}
	return role, nil
}

func isPartition(s string) bool {
	rest, ok := strings.CutPrefix(s, "aws")
	if !ok || rest == "" {
		return ok
	}
	return len(rest) > 1 && rest[0] == '-' && strings.Trim(rest, "-abcdefghijklmnopqrstuvwxyz") == ""
}

func accountFault(account string) string {
	for i := range len(account) {
		if account[i] < '0' || account[i] > '9' {
			return fmt.Sprintf("the account %s is not a number of 12 digits", Quote(account))
		}
	}
	switch len(account) {
	case 12:
		return ""
	case 0:
		return "the account is missing"
	}
	return fmt.Sprintf("the account has %d digits, not 12", len(account))
}

func isIAMName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("_+=,.@-", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func isVisibleASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
