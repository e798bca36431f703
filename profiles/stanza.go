package profiles

import (
	"cmp"
	"strings"
)

// Stanza is the section of AWS config text that describes the role: what the
// file of others said of it, and nothing where it said nothing. The name is
// [ProfileName] of the role's own or, where it has none, ROLE-ACCOUNT.
func (r ImportedRole) Stanza() Stanza {
	st := Stanza{Name: cmp.Or(ProfileName(r.Name), ProfileName(r.ARN.Name+"-"+r.ARN.Account))}
	for _, set := range []Setting{
		{"role_arn", r.ARN.String()}, {"source_profile", r.SourceProfile}, {"mfa_serial", r.MFASerial}, {"external_id", r.ExternalID},
		{"role_session_name", r.SessionName}, {"duration_seconds", r.DurationSeconds}, {"region", r.Region},
		{"cameo_env", r.Env}, {"cameo_alias", r.RoleAlias}, {"cameo_color", r.Color}, {"cameo_tags", r.Tags},
	} {
		if set.Value != "" {
			st.Settings = append(st.Settings, set)
		}
	}
	return st
}

// ProfileName makes of what others call a role a name that every tool reads and
// every shell takes without quotes: what is not a letter, a digit or one of
// -_/.%@:+ becomes "-". It is empty where nothing is left, and for "default":
// others have no say in what that is.
func ProfileName(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c := string(c); isPlainName(c) {
			b.WriteString(c)
		} else if !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	if strings.EqualFold(name, "default") || len(name) > longestImported {
		return ""
	}
	return name
}

// HideSecrets puts "(hidden)" in place of the secret keys in the text of one of
// the files, in comments too, line by line: every other line stays as it is.
func HideSecrets(text string) string {
	var b strings.Builder
	deep := -1 // the indent of a secret key, whose further lines are hidden with it
	for line := range strings.Lines(text) {
		body := strings.TrimRight(line, " \t\r\n\f\v")
		end := line[len(body):]
		indent := len(indentOf(body, 0))
		key, _, found := strings.Cut(strings.TrimLeft(body, "#; \t\r\f\v\ufeff"), "=")
		switch {
		case found && isSecretKey(strings.ToLower(trim(key))):
			deep = indent
			body = body[:strings.IndexByte(body, '=')+1] + " " + hidden
		case deep >= 0 && indent > deep && body != "":
			body = body[:indent] + hidden
		case body != "":
			deep = -1
		}
		b.WriteString(body + end)
	}
	return b.String()
}
