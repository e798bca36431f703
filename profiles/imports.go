package profiles

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Import is the roles that a file of somebody else's describes. Whoever made the
// file is trusted with nothing: of all it may say, only what is in
// [ImportedRole] is taken; what could run a program, name a file or lead
// requests elsewhere is left out, and said to be.
type Import struct {
	Roles   []ImportedRole // in the order of the file
	LeftOut []LeftOut
}

// ImportedRole is one role of a file of somebody else's. Every text has been
// looked at and is one line; names are still to be shown through [Inert].
type ImportedRole struct {
	Name string // as the file calls it; empty where it does not
	// ARN.Account is empty where the file has the alias in place of the number.
	ARN         RoleARN
	Alias       string // of the account; empty where not known
	AccountName string
	Env         string // prod, staging, dev, sandbox, or empty
	Color       string // the name of a colour, or six hexadecimal digits; lower case; or empty
	Region      string
	RoleAlias   string // cameo_alias
	Tags        string // cameo_tags

	// How the role is asked for, from AWS config text alone: they name identities of
	// whoever reads the file, so a catalogue of many people's has no use for them.
	SourceProfile, MFASerial, ExternalID, SessionName, DurationSeconds string

	Defined Position
}

// LeftOut is something in a file that was not taken. Its texts are safe to
// print.
type LeftOut struct {
	Position
	Profile string // where it stands, inert; empty: in none
	What    string // the key, or the header
	Why     string // a clause: "is a command"
}

// String is the note on one line.
func (l LeftOut) String() string { return fmt.Sprintf("%s (%s): %s", l.What, l.Position, l.Why) }

// ImportError says that a file cannot be read as roles at all. Its code is
// "parse".
type ImportError struct {
	Position
	Why string // a clause, inert
}

// Error is one line.
func (e *ImportError) Error() string { return fmt.Sprintf("%s: %s", e.Position, e.Why) }

// Code is "parse".
func (e *ImportError) Code() string { return "parse" }

// Where is the line.
func (e *ImportError) Where() Position { return e.Position }

// ParseImport reads the roles of a file called name: AWS config text, the INI of
// the browser extension AWS Extend Switch Roles (role_arn, or aws_account_id and
// role_name; base accounts with target_role_name and target_region), or JSON,
//
//	{"version": 1, "roles": [{"account_id", "account_name", "role", "name", "env", "color", "region"}]}
//
// in which role may have a path before its name. A role that cannot be meant is
// left out; the error, an [*ImportError], is for a file that is none of these.
func ParseImport(name string, data []byte) (Import, error) {
	d := newDocument(name, string(data), false)
	if d.unreadable != nil {
		return Import{}, &ImportError{Position{name, 1}, d.unreadable.Reason + ": " + d.unreadable.Fix}
	}
	text := strings.TrimPrefix(d.text, byteOrderMark)
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return importJSON(name, []byte(text))
	}
	return importINI(d), nil
}

// importer collects what a file has.
type importer struct {
	file string
	into Import
}

func (i *importer) leaveOut(line int, profile, what, why string) {
	i.into.LeftOut = append(i.into.LeftOut, LeftOut{Position{i.file, line}, Inert(profile), excerpt(what), why})
}

// describes is a section, or an object, before it has become a role: its values
// by key, each on one line.
type describes struct {
	name   string
	line   int
	values map[string]string
	lines  map[string]int
}

func importINI(d *Document) Import {
	i := importer{file: d.Path}
	all := i.sections(d)
	named := map[string]*describes{} // by source_profile
	isBase := map[string]bool{}
	numbers := map[string]string{} // of accounts, by alias
	for _, s := range all {
		named[s.name] = s
		if alias := s.values["aws_account_alias"]; alias != "" {
			numbers[alias] = s.values["aws_account_id"]
		}
	}
	for _, s := range all {
		if base := named[s.values["source_profile"]]; base != nil && base != s && base.values["role_arn"] == "" {
			isBase[base.name] = true
		}
	}
	for _, s := range all {
		if s.values["role_arn"] == "" && (isBase[s.name] || s.values["role_name"] == "" && s.values["source_profile"] == "") {
			continue // an account to sign in to, or a profile of another kind
		}
		if base := named[s.values["source_profile"]]; base != nil {
			s.inherit("role_name", base, "target_role_name")
			s.inherit("region", base, "target_region")
		}
		if number := numbers[s.values["aws_account_id"]]; number != "" {
			s.values["aws_account_alias"], s.values["aws_account_id"] = s.values["aws_account_id"], number
		}
		i.add(s)
	}
	slices.SortStableFunc(i.into.LeftOut, func(a, b LeftOut) int { return cmp.Compare(a.Line, b.Line) })
	return i.into
}

func (s *describes) inherit(key string, base *describes, from string) {
	if s.values[key] == "" && base.values[from] != "" {
		s.values[key], s.lines[key] = base.values[from], base.lines[from]
	}
}

// sections reads the sections that may describe roles, in file order. One that
// comes twice is one.
func (i *importer) sections(d *Document) []*describes {
	var all []*describes
	byName := map[string]*describes{}
	var at *describes
	key := "" // the setting that a further line would belong to
	t := d.tokens()
	for tok := (token{}); t.next(&tok); {
		switch tok.kind {
		case headerToken:
			key = ""
			name, why := importedName(tok.body)
			if at = byName[name]; why == "" && at == nil {
				at = &describes{name: name, line: tok.line, values: map[string]string{}, lines: map[string]int{}}
				byName[name] = at
				all = append(all, at)
			}
			if why != "" {
				at = nil
				i.leaveOut(tok.line, "", tok.body, why)
			}
		case propertyToken:
			key = ""
			if at == nil {
				continue
			}
			why := whyNotImported(tok.key)
			if why == "" && tok.body != Inert(tok.body) {
				why = "has characters that are not to be seen"
			}
			if why != "" {
				i.leaveOut(tok.line, at.name, tok.key, why)
				continue
			}
			key = tok.key
			at.values[key], at.lines[key] = tok.value, tok.line
		case moreToken:
			if key != "" && at.values[key] != "" {
				i.leaveOut(at.lines[key], at.name, key, "runs over several lines")
			}
			if key != "" {
				delete(at.values, key)
			}
			key = ""
		case malformedToken:
			p := tok.fault.problem(Position{}, tok.body)
			where := ""
			if at != nil {
				where = at.name
			}
			i.leaveOut(tok.line, where, tok.body, p.Reason)
		}
	}
	return all
}

// importedName is the name in a header of either kind of INI: [profile NAME],
// or [NAME] with all that a person may write there.
func importedName(body string) (name, why string) {
	inner, f := betweenBrackets(body)
	if f != noFault {
		return "", f.problem(Position{}, body).Reason
	}
	inner = trim(inner)
	word, rest, _ := strings.Cut(strings.ReplaceAll(inner, "\t", " "), " ")
	switch {
	case word == "sso-session" || word == "services":
		return "", "is no role"
	case word == "profile" && rest != "":
		inner = trim(rest)
	}
	if unquoted, ok := shellWord(inner); ok {
		inner = unquoted
	}
	switch {
	case inner == "default" || inner == "DEFAULT":
		return "", "would change what every program does that names no profile"
	case inner == "" || inner != Inert(inner):
		return "", "has no name that can be used"
	case len(inner) > longestImported:
		return "", "has a name that is too long"
	}
	return inner, ""
}

const longestImported = 512 // bytes of a name

// whyNotImported says why a key of an INI file is not taken, or nothing.
func whyNotImported(key string) string {
	switch key {
	case "role_arn", "region", "aws_account_id", "aws_account_alias", "role_name", "target_role_name", "target_region", "color",
		"cameo_env", "cameo_alias", "cameo_color", "cameo_tags",
		"source_profile", "mfa_serial", "external_id", "role_session_name", "duration_seconds":
		return ""
	case "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token":
		return "is a key: keys are not taken from files of others"
	case "credential_process", "mfa_process", "web_identity_token_process":
		return "is a command: commands of others are not run"
	case "web_identity_token_file", "ca_bundle", "cli_pager", "login_session":
		return "is about this machine: a file of others has no say in it"
	case "endpoint_url", "services", "sso_start_url", "sso_session", "sso_region":
		return "says where requests or sign-ins go"
	}
	return "is not taken from files of others"
}

// add takes one role, or leaves it out.
func (i *importer) add(s *describes) {
	r := ImportedRole{Name: s.name, Defined: Position{i.file, s.line}}
	if key, why := r.setRole(s.values); why != "" {
		line := s.line
		if l, ok := s.lines[key]; ok {
			line = l
		}
		i.leaveOut(line, s.name, cmp.Or(s.name, "a role"), why)
		return
	}
	take := func(into *string, key string, fits func(string) (string, string)) {
		value, there := s.values[key]
		if !there || value == "" {
			return
		}
		if fit, why := fits(value); why != "" {
			i.leaveOut(s.lines[key], s.name, key, why)
		} else {
			*into = fit
		}
	}
	take(&r.Region, "region", importedRegion)
	take(&r.Env, "env", importedEnv)
	take(&r.Env, "cameo_env", importedEnv)
	take(&r.Color, "color", importedColor)
	take(&r.Color, "cameo_color", importedColor)
	take(&r.RoleAlias, "cameo_alias", importedText)
	take(&r.Tags, "cameo_tags", importedText)
	take(&r.AccountName, "account_name", importedText)
	take(&r.SourceProfile, "source_profile", importedText)
	take(&r.MFASerial, "mfa_serial", importedText)
	take(&r.ExternalID, "external_id", importedText)
	take(&r.SessionName, "role_session_name", importedText)
	take(&r.DurationSeconds, "duration_seconds", importedNumber)
	i.into.Roles = append(i.into.Roles, r)
}

// setRole finds out which role is meant. key is where to look for what is wrong.
func (r *ImportedRole) setRole(values map[string]string) (key, why string) {
	r.Alias = values["aws_account_alias"]
	if !IsAccountAlias(r.Alias) {
		r.Alias = ""
	}
	if arn := values["role_arn"]; arn != "" {
		parsed, err := ParseRoleARN(arn)
		if wrong, ok := err.(*ARNError); ok { //nolint:errorlint // it is not wrapped
			return "role_arn", wrong.Why
		}
		r.ARN = parsed
		return "", ""
	}
	r.ARN.Partition, _ = PartitionOf(values["region"])
	link := SwitchLink{}
	if why := link.setRole(values["role_name"]); why != "" {
		return "role_name", why
	}
	r.ARN.Path, r.ARN.Name = link.Path, link.Name
	if why := link.setAccount(values["aws_account_id"]); why != "" {
		return "aws_account_id", why
	}
	r.ARN.Account = link.Account
	if link.Alias != "" {
		r.Alias = link.Alias
	}
	return "", ""
}

func importedRegion(s string) (region, why string) {
	if !IsRegion(s) {
		return "", "is no region"
	}
	return s, ""
}

func importedEnv(s string) (env, why string) {
	switch s = strings.ToLower(s); s {
	case "prod", "staging", "dev", "sandbox":
		return s, ""
	case "production":
		return "prod", ""
	}
	return "", "is no environment: prod, staging, dev or sandbox"
}

func importedColor(s string) (color, why string) {
	if ColorWord(s) != "" {
		return strings.ToLower(s), ""
	}
	color, ok := parseColor(s)
	if !ok {
		return "", "is no colour: a word such as red, or six hexadecimal digits"
	}
	return color, ""
}

func importedText(s string) (text, why string) {
	if len(s) > longestImported {
		return "", "is too long"
	}
	return s, valueFault(s)
}

func importedNumber(s string) (number, why string) {
	if _, err := strconv.ParseUint(s, 10, 31); err != nil {
		return "", "is no number"
	}
	return s, ""
}

// importJSON reads the JSON catalogue.
func importJSON(name string, data []byte) (Import, error) {
	i := importer{file: name}
	at := func(offset int64) Position {
		return Position{name, 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n"))}
	}
	if !utf8.Valid(data) {
		return Import{}, &ImportError{Position{name, 1}, "is not UTF-8: save the file as UTF-8"}
	}
	var file struct {
		Version json.Number       `json:"version"`
		Roles   []json.RawMessage `json:"roles"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return Import{}, jsonFault(err, at)
	}
	switch {
	case file.Version != "1":
		return Import{}, &ImportError{Position{name, 1}, `has no "version": 1, the only one that is known`}
	case file.Roles == nil:
		return Import{}, &ImportError{Position{name, 1}, `has no list "roles"`}
	}
	offset, line := 0, 1 // of the role: the decoder tells them of mistakes only
	for _, raw := range file.Roles {
		start := offset + max(bytes.Index(data[offset:], raw), 0)
		line += bytes.Count(data[offset:start], []byte("\n"))
		i.addJSON(raw, line)
		offset = start + len(raw)
		line += bytes.Count(raw, []byte("\n"))
	}
	return i.into, nil
}

func jsonFault(err error, at func(int64) Position) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &ImportError{at(syntax.Offset), "is no JSON: " + Inert(syntax.Error())}
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &ImportError{at(kind.Offset), fmt.Sprintf("%s cannot be %s", Quote(kind.Field), Inert(kind.Value))}
	}
	return &ImportError{at(0), "is no JSON of roles"}
}

// jsonKeys are the keys of a role in JSON, each with that of the INI.
func jsonKeys() map[string]string {
	return map[string]string{
		"account_id": "aws_account_id", "account_name": "account_name", "account_alias": "aws_account_alias", "role": "role_name", "name": "name",
		"env": "env", "color": "color", "region": "region",
	}
}

func (i *importer) addJSON(raw json.RawMessage, line int) {
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil || values == nil {
		i.leaveOut(line, "", "a role", "is no object")
		return
	}
	s := &describes{line: line, values: map[string]string{}, lines: map[string]int{}}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		ini, known := jsonKeys()[key]
		text, isText := values[key].(string)
		switch {
		case values[key] == nil:
		case !known:
			i.leaveOut(line, "", key, cmp.Or(whyNotImported(key), "is no key of a role in JSON"))
		case !isText:
			i.leaveOut(line, "", key, "is no text")
		case valueFault(text) != "":
			i.leaveOut(line, "", key, valueFault(text))
		default:
			s.values[ini], s.lines[ini] = text, line
		}
	}
	if s.name = s.values["name"]; len(s.name) > longestImported || s.name == "default" {
		i.leaveOut(line, "", s.name, "is no name for a role")
		s.name = ""
	}
	i.add(s)
}
