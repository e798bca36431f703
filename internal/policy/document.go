// Package policy reads IAM policy documents and decides requests by them, the
// way AWS describes it in "Policy evaluation logic" of the IAM User Guide:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
//
// Call [Parse] first, [Document.Validate] where a document is to be saved, and
// [Evaluate] to decide a request; the [Decision] carries the statements that led
// to it. The package is pure: it never reads a file, a clock or the network, and
// it never lets an element that it does not understand grant anything.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Effect is what a matching statement does.
type Effect string

// The two effects; the spelling is AWS's, and case matters.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// VersionVariables is the policy language version in which ${...} is a variable;
// in the older one it is plain text.
const VersionVariables = "2012-10-17"

// versionOldest is what a document without a Version means.
const versionOldest = "2008-10-17"

// Document is one policy.
type Document struct {
	Version    string // 2012-10-17 or 2008-10-17
	ID         string
	Statements []Statement
}

// Statement is one entry of a policy. Of each pair (Action and NotAction, and so
// on) at most one is set.
type Statement struct {
	Sid          string
	Effect       Effect
	Principal    *Principals
	NotPrincipal *Principals
	Action       []string
	NotAction    []string
	Resource     []string
	NotResource  []string
	Conditions   []Condition
}

// Principals is the Principal element of a resource or trust policy.
type Principals struct {
	Everyone      bool     // "*"
	AWS           []string // account IDs, ARNs, unique IDs, or "*"
	Service       []string
	Federated     []string
	CanonicalUser []string
}

// Condition is one operator and key of a Condition block; all conditions of a
// statement must hold, any of the values may.
type Condition struct {
	Operator string // as written, such as "ForAnyValue:StringLikeIfExists"
	Key      string
	Values   []string
}

// SyntaxError says why a text is not a policy.
type SyntaxError struct {
	NotJSON bool   // the text is not JSON at all
	Line    int    // of the fault, from 1; 0: the fault is not at one place
	Column  int    // in bytes, from 1
	What    string // such as `statement 2: "Effect" must be "Allow" or "Deny"`
}

// Error names the place and the fault.
func (e *SyntaxError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("policy line %d, column %d: %s", e.Line, e.Column, e.What)
	}
	return "policy: " + e.What
}

// Parse reads a policy document. Statement may be one object or a list; every
// list of strings may be one string; condition values may be strings, booleans
// or numbers. An element that the policy language does not have, a missing or
// misspelt Effect, a key that an object has twice, and both elements of a pair are
// errors, always a [*SyntaxError]. An unknown condition operator is not: its statement matches
// nothing, and [Document.Validate] refuses it.
func Parse(text []byte) (Document, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var top map[string]json.RawMessage
	if err := decoder.Decode(&top); err != nil {
		return Document{}, notJSON(text, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Document{}, &SyntaxError{NotJSON: true, What: "more text after the policy's closing brace"}
	}
	if top == nil {
		return Document{}, &SyntaxError{What: "a policy is an object, not null"}
	}
	if err := onlyOnce(text); err != nil {
		return Document{}, err
	}
	return parseDocument(top)
}

// onlyOnce refuses a key that an object has twice, of which encoding/json would take
// the last and drop the others in silence. See "Grammar of the IAM JSON policy
// language" in the IAM User Guide: elements have no key more than once.
func onlyOnce(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var keys []map[string]bool // of each object that is open; nil: a list
	key := true                // the next string is a key
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil // the end: the text was read before
		}
		innermost := len(keys) - 1
		switch token {
		case json.Delim('{'):
			keys, key = append(keys, map[string]bool{}), true
			continue
		case json.Delim('['):
			keys = append(keys, nil)
			continue
		case json.Delim('}'), json.Delim(']'):
			keys, key = keys[:innermost], true
			continue
		}
		if innermost < 0 || keys[innermost] == nil {
			continue
		}
		if name, ok := token.(string); ok && key {
			if keys[innermost][name] {
				line, column := place(text, decoder.InputOffset())
				return &SyntaxError{Line: line, Column: column, What: fmt.Sprintf("%q is there twice", name)}
			}
			keys[innermost][name], key = true, false
			continue
		}
		key = true
	}
}

func parseDocument(top map[string]json.RawMessage) (Document, error) {
	doc := Document{Version: versionOldest}
	if err := onlyKnown(top, "the policy", "Version", "Id", "Statement"); err != nil {
		return Document{}, err
	}
	if err := oneString(top, "Version", &doc.Version); err != nil {
		return Document{}, err
	}
	if doc.Version != VersionVariables && doc.Version != versionOldest {
		return Document{}, &SyntaxError{What: fmt.Sprintf("version %q is neither 2012-10-17 nor 2008-10-17", doc.Version)}
	}
	if err := oneString(top, "Id", &doc.ID); err != nil {
		return Document{}, err
	}
	raw, ok := top["Statement"]
	if !ok {
		return Document{}, &SyntaxError{What: `"Statement" is missing`}
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for i, raw := range list {
		statement, err := parseStatement(raw)
		if err != nil {
			return Document{}, &SyntaxError{What: fmt.Sprintf("statement %d: %v", i+1, err)}
		}
		doc.Statements = append(doc.Statements, statement)
	}
	return doc, nil
}

func parseStatement(raw json.RawMessage) (Statement, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return Statement{}, errors.New("not an object")
	}
	err := onlyKnown(fields, "a statement", "Sid", "Effect", "Principal", "NotPrincipal",
		"Action", "NotAction", "Resource", "NotResource", "Condition")
	if err != nil {
		return Statement{}, errors.New(err.What)
	}
	for _, pair := range [][2]string{{"Principal", "NotPrincipal"}, {"Action", "NotAction"}, {"Resource", "NotResource"}} {
		if fields[pair[0]] != nil && fields[pair[1]] != nil {
			return Statement{}, fmt.Errorf("%q and %q exclude each other", pair[0], pair[1])
		}
	}
	var s Statement
	if err := oneString(fields, "Sid", &s.Sid); err != nil {
		return Statement{}, errors.New(err.What)
	}
	var effect string
	if err := oneString(fields, "Effect", &effect); err != nil || (effect != string(Allow) && effect != string(Deny)) {
		return Statement{}, errors.New(`"Effect" must be "Allow" or "Deny"`)
	}
	s.Effect = Effect(effect)
	for name, into := range map[string]*[]string{
		"Action": &s.Action, "NotAction": &s.NotAction, "Resource": &s.Resource, "NotResource": &s.NotResource,
	} {
		if raw, ok := fields[name]; ok {
			if *into, ok = stringsOf(raw, false); !ok {
				return Statement{}, fmt.Errorf("%q must be a string or a list of strings", name)
			}
		}
	}
	for name, into := range map[string]**Principals{"Principal": &s.Principal, "NotPrincipal": &s.NotPrincipal} {
		if raw, ok := fields[name]; ok {
			principals, err := parsePrincipals(raw)
			if err != nil {
				return Statement{}, fmt.Errorf("%q %w", name, err)
			}
			*into = principals
		}
	}
	if raw, ok := fields["Condition"]; ok {
		var err error
		if s.Conditions, err = parseConditions(raw); err != nil {
			return Statement{}, err
		}
	}
	return s, nil
}

func parsePrincipals(raw json.RawMessage) (*Principals, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if text != "*" {
			return nil, fmt.Errorf(`must be "*" or an object, not %q`, text)
		}
		return &Principals{Everyone: true}, nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return nil, errors.New(`must be "*" or an object`)
	}
	var p Principals
	for name, raw := range fields {
		into, ok := map[string]*[]string{
			"AWS": &p.AWS, "Service": &p.Service, "Federated": &p.Federated, "CanonicalUser": &p.CanonicalUser,
		}[name]
		if !ok {
			return nil, fmt.Errorf("has the unknown kind %q", name)
		}
		if *into, ok = stringsOf(raw, false); !ok {
			return nil, fmt.Errorf("%q must be a string or a list of strings", name)
		}
	}
	return &p, nil
}

func parseConditions(raw json.RawMessage) ([]Condition, error) {
	var operators map[string]map[string]json.RawMessage
	if json.Unmarshal(raw, &operators) != nil {
		return nil, errors.New(`"Condition" must be an object of operators, each an object of keys`)
	}
	var conditions []Condition
	for operator, keys := range operators {
		for key, raw := range keys {
			values, ok := stringsOf(raw, true)
			if !ok {
				return nil, fmt.Errorf("condition %q on %q must have a string, a boolean, a number or a list of them", operator, key)
			}
			conditions = append(conditions, Condition{Operator: operator, Key: key, Values: values})
		}
	}
	slices.SortFunc(conditions, func(a, b Condition) int {
		return compareStrings(a.Operator, b.Operator, a.Key, b.Key)
	})
	return conditions, nil
}

func compareStrings(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != pairs[i+1] {
			if pairs[i] < pairs[i+1] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// stringsOf reads a string or a list of strings; with scalars, booleans and
// numbers count as their text.
func stringsOf(raw json.RawMessage, scalars bool) ([]string, bool) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil, false
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	texts := make([]string, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case string:
			texts = append(texts, item)
		case bool:
			if !scalars {
				return nil, false
			}
			texts = append(texts, strconv.FormatBool(item))
		case json.Number:
			if !scalars {
				return nil, false
			}
			texts = append(texts, item.String())
		default:
			return nil, false
		}
	}
	return texts, true
}

func oneString(fields map[string]json.RawMessage, name string, into *string) *SyntaxError {
	raw, ok := fields[name]
	if !ok {
		return nil
	}
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		return &SyntaxError{What: fmt.Sprintf("%q must be a string", name)}
	}
	*into = *text
	return nil
}

func onlyKnown(fields map[string]json.RawMessage, where string, names ...string) *SyntaxError {
	for name := range fields {
		if !slices.Contains(names, name) {
			return &SyntaxError{What: fmt.Sprintf("%s has no element %q", where, name)}
		}
	}
	return nil
}

func notJSON(text []byte, err error) *SyntaxError {
	result := &SyntaxError{NotJSON: true, What: "not JSON: " + err.Error()}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		result.Line, result.Column = place(text, syntax.Offset)
	case errors.As(err, &kind):
		result.NotJSON, result.What = false, "a policy is an object, not "+kind.Value
	}
	return result
}

func place(text []byte, offset int64) (line, column int) {
	before := text[:min(int(offset), len(text))]
	if len(before) > 0 {
		before = before[:len(before)-1]
	}
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}
