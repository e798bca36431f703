package shell

import (
	"slices"
	"strings"
)

// Managed returns the variables that a switch may touch, and so those whose
// value and export the function hands over. Anything that says whose credentials
// a program should use belongs here; what says where AWS is (endpoints,
// certificates, configuration files) does not.
//
// Beside the keys, the region, the profile and cameo's own marks:
//   - AWS_SECURITY_TOKEN is the older name of the session token, still read by
//     botocore.
//   - AWS_ACCESS_KEY and AWS_SECRET_KEY are older names of the keys, still read
//     by the SDKs for Go and Java.
//   - AWS_ACCOUNT_ID goes with the keys: SDKs build account-based endpoints from
//     it, which would be those of the wrong account.
//   - AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME
//     comes before the keys in the SDK for .NET.
//   - the container variables come after the keys, and before the profile where
//     an SDK looks for AWS_PROFILE only in its file provider.
//   - AWS_BEARER_TOKEN_BEDROCK comes before any keys for that service.
//
// AWS_CREDENTIAL_FILE is not among them: it names a file, and botocore, which
// alone still reads it, asks everything else first.
func Managed() []string {
	return append(Identity(),
		"AWS_REGION", "AWS_DEFAULT_REGION",
		"CAMEO_ROLE", "CAMEO_ENV", "CAMEO_EXPIRES", "CAMEO_PROMPT", ARNVariable, AccessVariable, "CAMEO_SHELL")
}

// ARNVariable is the ARN of the role, where CAMEO_ROLE is a profile's name: a profile
// that is edited meanwhile leads to another role by the same name.
const ARNVariable = "CAMEO_ROLE_ARN"

// AccessVariable says that a role was narrowed. Only then it is set.
const AccessVariable = "CAMEO_ACCESS"

// Identity returns the variables that say whose credentials programs use.
func Identity() []string {
	return []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN",
		"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_ACCOUNT_ID",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
		"AWS_BEARER_TOKEN_BEDROCK",
	}
}

// Displaced returns the variables of the identity from before that must go when
// set is assigned: each would outrank it, or mix with it, and which other role it was and
// how far that was narrowed says nothing of this one. The region is never among them.
func Displaced(set []Assignment) []string {
	assigned := map[string]bool{}
	for _, a := range set {
		assigned[a.Name] = true
	}
	var names []string
	for _, name := range append(Identity(), ARNVariable, AccessVariable) {
		if !assigned[name] {
			names = append(names, name)
		}
	}
	return names
}

// State is what a variable is to a shell.
type State int

// The states of a variable.
const (
	Unset State = iota
	Unexported
	Exported
	// Valueless is exported without a value, as bash's `export NAME` leaves it: no
	// program sees the variable.
	Valueless
)

// Saved is a variable as it was before a switch.
type Saved struct {
	Name  string
	Value string // may be secret; nothing where the variable is unset or valueless
	State State
}

// Call is what the function handed to the program in its environment.
type Call struct {
	// Integrated is true when the function of [Dialect.Init] made the call.
	Integrated bool
	// Shell is the process ID of the calling shell, in decimal; empty where the
	// function did not make the call.
	Shell string
	// Stack is what [Handover.Stack] was at the last switch in this shell; empty
	// where this shell entered no role.
	Stack string
	// Subshell is true in the shell that `cameo shell` started: to leave its role
	// is to leave it. Without the function it is true in that shell's children too.
	Subshell bool
	// Base is what [Subshell] was given when this shell was started by
	// `cameo shell`; empty in any other shell.
	Base string
	// Inherited is true when the environment carries a role that another shell
	// entered: its undo, and so the way home, is not here. Without the function
	// nobody can tell, and it is false.
	Inherited bool
	// Home is every variable of [Managed], in that order, as it was in the
	// environment that the program was given.
	Home []Saved
	// Environ is that environment, "name=value" each, as a program sees it that
	// was not called by the function.
	Environ []string
}

// The variables of a call.
const (
	callerVar     = "CAMEO_CALLER"     // the process ID of the calling shell
	stackVar      = "CAMEO_STACK"      // of the innermost role that this shell entered
	unexportedVar = "CAMEO_UNEXPORTED" // names, separated by spaces
	valuelessVar  = "CAMEO_VALUELESS"  // names, separated by spaces
)

// The marks of one shell, beside those of a role.
const (
	shellVar    = "CAMEO_SHELL"    // the process ID of the shell that entered the role
	subshellVar = "CAMEO_SUBSHELL" // the process ID of the subshell; at its birth: new
	baseVar     = "CAMEO_BASE"     // the subshell's stack at its birth, and in each of its calls
)

// Subshell returns what the shell that `cameo shell` starts needs in its
// environment beside the variables of the role. Base is the stack as the program
// wants to see it in [Call.Base]; it must not hold a secret, and no NUL.
func Subshell(base string) []Assignment {
	return []Assignment{{subshellVar, "new"}, {baseVar, base}}
}

// Marks returns the variables that belong to one shell, and that a program or a
// subshell which is given a role of its own must not inherit.
func Marks() []string { return []string{shellVar, subshellVar, baseVar, stackVar} }

// ReadCall reads an environment as [os.Environ] returns it. Where a name stands
// there twice the first counts, as for getenv.
func ReadCall(environ []string) Call {
	env := lookup(environ)
	caller, integrated := env[callerVar]
	c := Call{
		Integrated: integrated,
		Shell:      caller,
		Stack:      env[stackVar],
		Base:       env[baseVar],
		Subshell:   env[subshellVar] == "new",
		Home:       HomeFrom(environ),
		Environ:    withoutUnexported(environ),
	}
	if integrated {
		c.Subshell = env[subshellVar] == caller
		c.Inherited = env["CAMEO_ROLE"] != "" && c.Stack == "" && !c.Subshell
	}
	return c
}

// HomeFrom returns every variable of [Managed], in that order, as it is in the
// calling shell. Where a name stands in environ twice the first counts.
func HomeFrom(environ []string) []Saved {
	env := lookup(environ)
	unexported, valueless := strings.Fields(env[unexportedVar]), strings.Fields(env[valuelessVar])
	var home []Saved
	for _, name := range Managed() {
		saved := Saved{Name: name}
		if value, ok := env[name]; ok {
			saved.Value, saved.State = value, Exported
			if slices.Contains(unexported, name) {
				saved.State = Unexported
			}
		} else if slices.Contains(valueless, name) {
			saved.State = Valueless
		}
		home = append(home, saved)
	}
	return home
}

// withoutUnexported returns environ as every other program of the shell sees it:
// without the variables that the function exported for this one call, and
// without those that belong to the call itself.
func withoutUnexported(environ []string) []string {
	env := lookup(environ)
	for name := range strings.FieldsSeq(env[unexportedVar]) {
		delete(env, name)
	}
	for _, name := range []string{callerVar, stackVar, baseVar, unexportedVar, valuelessVar} {
		delete(env, name)
	}
	var seen []string
	for _, entry := range environ {
		name, _, ok := cut(entry)
		if !ok {
			seen = append(seen, entry)
			continue
		}
		if value, ok := env[name]; ok {
			seen = append(seen, name+"="+value)
			delete(env, name)
		}
	}
	return seen
}

func lookup(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, ok := cut(entry)
		if _, twice := env[name]; ok && !twice {
			env[name] = value
		}
	}
	return env
}

// cut splits an entry of an environment. On Windows names such as "=C:" exist,
// so the first byte never separates.
func cut(entry string) (name, value string, ok bool) {
	if entry == "" {
		return "", "", false
	}
	i := strings.IndexByte(entry[1:], '=')
	if i < 0 {
		return "", "", false
	}
	return entry[:i+1], entry[i+2:], true
}
