package profiles

import (
	"fmt"
	"strings"
)

// ReasonAlone is an error without the profile and the line that it begins with, for a
// place that names the profile already.
func ReasonAlone(err error, profile string) string {
	text := err.Error()
	if place, ok := strings.CutPrefix(text, "profile "+Quote(profile)); ok {
		if why, lacks := strings.CutPrefix(place, " names no "); lacks {
			return "names no " + why
		}
		if at, why, ok := strings.Cut(place, ": "); ok && (at == "" || strings.HasPrefix(at, " (")) {
			return why
		}
	}
	return text
}

// ParseError says that a file, or the part of it that was needed, cannot be
// read as it stands. Its code is "parse".
type ParseError struct {
	Problem
	Profile string // that needed the line; empty: the file as a whole
}

// Error is one line.
func (e *ParseError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s: %s: %s", Inert(e.File), e.Reason, e.Fix)
	}
	if e.Profile == "" {
		return e.Problem.String()
	}
	return fmt.Sprintf("profile %s needs a line that cannot be read: %s", Quote(e.Profile), e.Problem)
}

// Code is "parse".
func (e *ParseError) Code() string { return "parse" }

// Where is the line.
func (e *ParseError) Where() Position { return e.Position }

// FileError says that one of the files could not be read at all. A file that
// does not exist is no error. Its code is "parse".
type FileError struct {
	Path string // as it was opened; empty where it is not known
	Why  string // a clause: "is a directory"
	Fix  string // a command or a setting; may be empty
	Err  error  // of the operating system, or nil
}

// Error is one line.
func (e *FileError) Error() string {
	if e.Path == "" {
		return e.Why
	}
	return fmt.Sprintf("%s: %s", Inert(e.Path), Inert(e.Why))
}

// Unwrap is the error of the operating system.
func (e *FileError) Unwrap() error { return e.Err }

// Code is "parse".
func (e *FileError) Code() string { return "parse" }

// Try is what helps, or is empty.
func (e *FileError) Try() string { return e.Fix }

// The codes of a [ChainError].
const (
	CodeProfileNotFound         = "profile_not_found"
	CodeSourceProfileNotFound   = "source_profile_not_found"
	CodeMissingSource           = "missing_source"
	CodeSourceConflict          = "source_conflict"
	CodeInvalidCredentialSource = "invalid_credential_source"
	CodePartialStatic           = "partial_static"
	CodeNoCredentials           = "no_credentials"
	CodeMissingRoleARN          = "missing_role_arn"
	CodeInvalidSSO              = "invalid_sso"
	CodeSSOSessionNotFound      = "sso_session_not_found"
	CodeLoop                    = "loop"
)

// ChainError says why no chain leads to a profile.
type ChainError struct {
	Kind    string   // one of the codes
	Profile string   // the profile with the mistake
	At      Position // the line to look at; zero where there is none
	// Value is the text that does not fit: the name that was not found, the
	// unknown credential_source. Empty where a setting is missing.
	Value string
	// Path is the profiles of a loop; the last one is the one that comes again.
	Path []string
	// Nearest are names that may have been meant, likeliest first.
	Nearest []string

	why string // a clause, inert
	try string
}

// Error is one line: profile "prod" (/home/u/.aws/config:12): why.
func (e *ChainError) Error() string {
	if e.At == (Position{}) {
		return fmt.Sprintf("profile %s: %s", Quote(e.Profile), e.why)
	}
	return fmt.Sprintf("profile %s (%s): %s", Quote(e.Profile), e.At, e.why)
}

// Code is e.Kind.
func (e *ChainError) Code() string { return e.Kind }

// Where is the line to look at.
func (e *ChainError) Where() Position { return e.At }

// Try is a command that helps, or is empty.
func (e *ChainError) Try() string { return e.try }

// didYouMean is ": did you mean ...?", or nothing.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = Quote(n)
	}
	return ": did you mean " + strings.Join(quoted, " or ") + "?"
}

// ValueError says that AWS would refuse a value, or cameo does. Its code is
// "parse".
type ValueError struct {
	Profile string
	Key     string // the setting
	Value   Value
	Why     string // a clause: what is wrong with it and what is allowed
}

// Error is one line.
func (e *ValueError) Error() string {
	return fmt.Sprintf("%s (%s): %s %s: %s", WhoAsks(e.Profile), e.Value.Position, e.Key, Quote(e.Value.Text), Inert(e.Why))
}

// Code is "parse".
func (e *ValueError) Code() string { return "parse" }

// Where is the setting's line.
func (e *ValueError) Where() Position { return e.Value.Position }
