package roles

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"cameo/internal/settings"
	"cameo/profiles"
)

// Problem is something wrong in what the settings say of roles: in a [[roles]]
// table, in its accounts, or in a catalogue. Its texts are safe to print.
type Problem struct {
	profiles.Position
	What string
	Why  string // a clause
	Try  string // a command; empty: none
}

// String is the problem on one line: WHAT (FILE:LINE): WHY.
func (p Problem) String() string { return fmt.Sprintf("%s (%s): %s", p.What, p.Position, p.Why) }

// account is an account that a rule speaks of.
type account struct {
	id, alias string
	env       Env
}

// accountsLimit is how large a file of accounts may be: some 100,000 of them.
const accountsLimit = 8 << 20

// ruled is every role of a rule: each of its roles in each of its accounts. What
// cannot be a role is left out, with a problem.
func (b *Book) ruled(rule settings.Rule) ([]Role, []Problem) {
	at := func(line int) profiles.Position { return profiles.Position{File: rule.File, Line: line} }
	wrong := func(line int, why string) []Problem {
		return []Problem{{Position: at(line), What: "[[roles]]", Why: why + ": the table is skipped"}}
	}
	model := Role{Origin: OfRule, Partition: "aws", Source: b.defaultSource(), MFA: rule.MFASerial.Text, Defined: at(rule.Line)}
	if rule.Source.Text != "" {
		model.Source, model.SourceAt = rule.Source.Text, at(rule.Source.Line)
	}
	if model.MFA != "" {
		model.MFAAt = at(rule.MFASerial.Line)
		model.Partition = partitionOfDevice(model.MFA)
	}
	for _, name := range rule.Roles {
		role := model.in(account{id: "000000000000"}, name)
		if why := faultOf(role); why != "" {
			line := rule.RolesLine
			if _, err := profiles.ParseRoleARN(role.ARN); err == nil {
				line = rule.MFASerial.Line
			}
			return nil, wrong(line, why)
		}
	}
	accounts, problems := accountsOf(rule)
	all := make([]Role, 0, len(accounts)*len(rule.Roles))
	for _, a := range accounts {
		for _, name := range rule.Roles {
			role := model.in(a, name)
			if role.Env = stricter(a.env, Env(rule.Env.Text)); role.Env == Unknown {
				role.Env = b.envOfName(a.alias + " " + role.Name)
			}
			all = append(all, role)
		}
	}
	return all, problems
}

// in is the role of this name, which may have a path, in an account.
func (r Role) in(a account, name string) Role {
	name = strings.TrimPrefix(name, "/")
	end := strings.LastIndexByte(name, '/') + 1
	r.AccountID, r.Account, r.Path, r.Name = a.id, a.alias, "/"+name[:end], name[end:]
	r.ARN = profiles.RoleARN{Partition: r.Partition, Account: r.AccountID, Path: r.Path, Name: r.Name}.String()
	return r
}

// faultOf says what AWS would refuse of a role; empty: nothing.
func faultOf(r Role) string {
	step := profiles.Step{Kind: profiles.AssumeRole, RoleARN: profiles.Value{Text: r.ARN}, MFASerial: profiles.Value{Text: r.MFA}}
	err := profiles.Chain{Steps: []profiles.Step{step}}.Check()
	if wrong, ok := errors.AsType[*profiles.ValueError](err); ok {
		return fmt.Sprintf("%s %s: %s", wrong.Key, profiles.Quote(wrong.Value.Text), profiles.Inert(wrong.Why))
	}
	return ""
}

// partitionOfDevice is the partition of an MFA device's ARN, in which its user's
// roles are too; "aws" for a serial number.
func partitionOfDevice(serial string) string {
	if field := strings.Split(serial, ":"); len(field) > 2 && field[0] == "arn" && field[1] != "" {
		return field[1]
	}
	return "aws"
}

// accountsOf is the accounts of a rule: of its list, or of its file.
func accountsOf(rule settings.Rule) ([]account, []Problem) {
	var all []account
	for _, id := range rule.Accounts {
		all = append(all, account{id: id})
	}
	if rule.AccountsFile == "" {
		return all, nil
	}
	data, err := settings.ReadNamed(rule.AccountsFile, accountsLimit)
	if err != nil {
		why := err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			why = "there is no such file"
		}
		return nil, []Problem{{Position: profiles.Position{File: rule.File, Line: rule.AccountsLine}, What: "accounts", Why: profiles.Inert(rule.AccountsFile) + ": " + profiles.Inert(why)}}
	}
	return readAccounts(rule.AccountsFile, data)
}

// readAccounts reads a CSV file of accounts: its first line names the columns, of
// which id, alias and env are read. A line that has no account is left out, with a
// problem.
func readAccounts(file string, data []byte) ([]account, []Problem) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	problem := func(line int, what, format string, args ...any) Problem {
		return Problem{Position: profiles.Position{File: file, Line: line}, What: what, Why: fmt.Sprintf(format, args...)}
	}
	header, err := r.Read()
	columns := map[string]int{}
	for i, name := range header {
		if name = strings.ToLower(strings.TrimSpace(name)); columns[name] == 0 {
			columns[name] = i + 1
		}
	}
	if err != nil || columns["id"] == 0 {
		return nil, []Problem{problem(1, "accounts", `the first line has to name the columns, id among them: id,alias,env`)}
	}
	var all []account
	var problems []Problem
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, problems
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			return all, append(problems, problem(wrong.Line, "accounts", "it is no CSV from here on: %s", wrong.Err))
		}
		line, _ := r.FieldPos(0)
		cell := func(name string) string {
			if i := columns[name]; i > 0 && i <= len(record) {
				return strings.TrimSpace(record[i-1])
			}
			return ""
		}
		a := account{id: cell("id"), alias: cell("alias")}
		env, known := envCalled(strings.ToLower(cell("env")))
		if !known {
			problems = append(problems, problem(line, "account "+profiles.Quote(a.id), "env %s is none of prod, staging, dev, sandbox: left out", profiles.Quote(cell("env"))))
			if strings.HasPrefix(strings.ToLower(cell("env")), "prod") {
				env = Production // a slip never takes the guard away
			}
		}
		a.env = env
		if !isAccountID(a.id) {
			problems = append(problems, problem(line, "account "+profiles.Quote(a.id), "an ID has 12 digits: the line is left out"))
			continue
		}
		if why := aliasFault(a.alias); a.alias != "" && why != "" {
			problems = append(problems, problem(line, "alias "+profiles.Quote(a.alias), "%s: left out", why))
			a.alias = ""
		}
		all = append(all, a)
	}
}

func isAccountID(text string) bool { return len(text) == 12 && strings.Trim(text, "0123456789") == "" }

// aliasFault says why an account cannot be called so on the command line; empty: it
// can.
func aliasFault(alias string) string {
	switch {
	case alias != profiles.Inert(alias):
		return "it has characters that cannot be seen"
	case isAccountID(alias):
		return "it looks like another account's ID"
	case strings.Contains(alias, "/"), strings.HasPrefix(alias, "-"), strings.HasPrefix(alias, "arn:"):
		return "it would be taken for something else"
	}
	return ""
}

// envCalled is the environment that a word names outright. known is false where it
// names none.
func envCalled(word string) (env Env, known bool) {
	switch word {
	case "":
		return Unknown, true
	case "prod", "production":
		return Production, true
	case "staging", "dev", "sandbox":
		return Env(word), true
	}
	return Unknown, false
}

// stricter is the one of the environments that is guarded more.
func stricter(envs ...Env) Env {
	return slices.MaxFunc(envs, func(x, y Env) int { return rank(x) - rank(y) })
}
