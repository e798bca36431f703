package refusal

import (
	"regexp"
	"strings"

	"cameo/creds"
	"cameo/profiles"
)

// call is a call that AWS answered with an error, and all that is known of it.
type call struct {
	answer   creds.Answer
	exchange creds.Exchange
	by       creds.Caller
	facts    Facts

	denial denial
	caller identity
	role   profiles.RoleARN // zero where the call is for no role, or its ARN is none
}

func newCall(answer creds.Answer, exchange creds.Exchange, by creds.Caller, facts Facts) *call {
	c := &call{answer: answer, exchange: exchange, by: by, facts: facts, denial: readDenial(answer, exchange.Step.RoleARN.Text)}
	c.role, _ = profiles.ParseRoleARN(exchange.Step.RoleARN.Text)
	arn := c.denial.caller
	if arn == "" {
		arn = by.ARN
	}
	if step, _ := c.place(); arn == "" && (step == 1 || c.signedByBase(step)) {
		arn = facts.Caller
	}
	c.caller = readIdentity(arn)
	return c
}

// signedByBase reports whether the identity that the chain begins with signed the
// exchange at a place: directly, or by a session of its own.
func (c *call) signedByBase(step int) bool {
	if step < 2 {
		return false
	}
	for _, e := range c.facts.Chain[1 : step-1] {
		if e.Operation == creds.AssumeRole {
			return false
		}
	}
	return true
}

// mfa reports whether a code went with the call, or with the session that signed
// it.
func (c *call) mfa() bool {
	return c.exchange.Device != "" || c.exchange.Operation == creds.AssumeRole && c.exchange.Step.MFASerial.Text != ""
}

// sameAccount reports whether the caller is of the role's account; known is false
// where either is not known.
func (c *call) sameAccount() (same, known bool) {
	known = c.caller.account != "" && c.role.Account != ""
	return known && c.caller.account == c.role.Account, known
}

// who is the caller in a word or two.
func (c *call) who() string {
	switch {
	case c.caller.name != "":
		return profiles.Inert(c.caller.name)
	case c.exchange.Signer != "":
		return profiles.Inert(c.exchange.Signer)
	}
	return "the caller"
}

// identity is the parts of the ARN of a caller.
type identity struct {
	arn, partition, account string
	kind                    string // "user", "assumed-role", "federated-user", "root"
	name                    string // of the user; of the role, for a session
}

func readIdentity(arn string) identity {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return identity{}
	}
	id := identity{arn: arn, partition: parts[1], account: parts[4]}
	kind, rest, _ := strings.Cut(parts[5], "/")
	id.kind, id.name = kind, rest
	switch kind {
	case "user":
		id.name = rest[strings.LastIndexByte(rest, '/')+1:]
	case "assumed-role":
		id.name, _, _ = strings.Cut(rest, "/")
	case "root":
		id.name = "root"
	}
	return id
}

// denial is AWS's access denied message, taken apart. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
type denial struct {
	caller   string // ARN
	action   string // "sts:AssumeRole"
	side     string // policy type that AWS names; empty: it names none
	explicit bool
	policy   string // ARN of the policy, where AWS names it
	bare     bool   // the message holds nothing else
}

// The forms are compiled where one is needed: a program that is refused nothing does
// not wait for them.
const (
	deniedForm   = `^User: (\S+) is not authorized to perform: ([\w*]+:[\w*]+)`
	callerForm   = `^arn:[\w-]+:(?:iam|sts)::\d{12}:[\w+=,.@/-]+$`
	implicitForm = `because no ([A-Za-z-]+(?: [A-Za-z-]+){0,3}?) allows the [\w*]+:[\w*]+ action`
	explicitForm = `with an explicit deny in (?:an? |the )?([A-Za-z-]+(?: [A-Za-z-]+){0,3}? ?(?:policy|boundary))\b`
	policyForm   = `^: (arn:[\w:/+=,.@-]+)`
	resourceForm = `^ on resource: (\S+)`
)

func readDenial(a creds.Answer, role string) denial {
	if !strings.HasPrefix(a.Code, "AccessDenied") {
		return denial{}
	}
	message := strings.TrimSuffix(strings.TrimSpace(a.Message), ".")
	m := regexp.MustCompile(deniedForm).FindStringSubmatch(message)
	if m == nil {
		return denial{}
	}
	rest := message[len(m[0]):]
	if on := regexp.MustCompile(resourceForm).FindStringSubmatch(rest); len(on) == 2 && on[1] == role {
		rest = rest[len(on[0]):]
	}
	d := denial{action: m[2]}
	if regexp.MustCompile(callerForm).MatchString(m[1]) { // else it is nobody to be let in anywhere
		d.caller, d.bare = m[1], rest == ""
	}
	form := implicitForm
	if strings.Contains(message, "with an explicit deny") {
		form, d.explicit = explicitForm, true
	}
	if at := regexp.MustCompile(form).FindStringSubmatchIndex(rest); at != nil {
		d.side, d.bare = rest[at[2]:at[3]], d.caller != "" && at[0] == 1 && at[1] == len(rest)
		if named := regexp.MustCompile(policyForm).FindStringSubmatch(rest[at[1]:]); named != nil {
			d.policy = strings.TrimSuffix(named[1], ".")
		}
	}
	return d
}

// quote is what AWS says of the policy, near its own words.
func (d denial) quote() string {
	if d.explicit {
		article := "a"
		if strings.HasPrefix(d.side, "identity") {
			article = "an"
		}
		return "an explicit deny of " + d.action + " in " + article + " " + d.side
	}
	return "no " + d.side + " allows " + d.action
}
