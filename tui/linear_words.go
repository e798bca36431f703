package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

func (c *conversation) say(text string) { fmt.Fprintln(c.out, c.folded(text)) }

// folded breaks text between words where the terminal would break it inside one: a
// screen reader reads line by line.
func (c *conversation) folded(text string) string {
	text = strings.TrimRight(text, " ")
	w := c.width()
	if cells(text) <= w || w < 20 {
		return text
	}
	return strings.Join(wrap(text, w-1), "\n")
}

// spokenEnv is the word for an environment, as the beginning of what follows; empty
// where nobody named one.
func spokenEnv(env roles.Env, end string) string {
	words := map[roles.Env]string{
		roles.Production: "PRODUCTION", roles.Staging: "staging", roles.Dev: "development", roles.Sandbox: "sandbox",
	}
	if word, known := words[env]; known {
		return word + end
	}
	return ""
}

// spokenAccount groups an account ID in fours, as one reads it out.
func spokenAccount(id string) string {
	id = inert(id)
	var groups []string
	for len(id) > 4 && digitsOnly(id) {
		groups, id = append(groups, id[:4]), id[4:]
	}
	return strings.Join(append(groups, id), " ")
}

// spokenSpan says a duration in words, in at most two units, rounded down.
func spokenSpan(d time.Duration) string {
	unit := func(n int, name string) string { return counted(n, name, name+"s") }
	switch {
	case d < time.Minute:
		return unit(max(int(d/time.Second), 0), "second")
	case d < time.Hour:
		return unit(int(d/time.Minute), "minute")
	case d%time.Hour < time.Minute:
		return unit(int(d/time.Hour), "hour")
	}
	return unit(int(d/time.Hour), "hour") + " " + unit(int(d%time.Hour/time.Minute), "minute")
}

// sentence begins with a capital letter, but for the name of a setting, and ends with
// a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	word, _, _ := strings.Cut(s, " ")
	if first, size := utf8.DecodeRuneInString(s); size > 0 && !strings.Contains(word, "_") {
		s = string(unicode.ToUpper(first)) + s[size:]
	}
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}

// roleSentence names a role and its whole account.
func (c *conversation) roleSentence(role roles.Role) string {
	return spokenEnv(role.Env, ". ") + spokenRole(role) + "."
}

func spokenRole(role roles.Role) string {
	in := ""
	if name := knownAs(role); name != "" {
		in = " in " + name
	}
	return fmt.Sprintf("%s%s, account %s", inert(role.Name), in, spokenAccount(role.AccountID))
}

// rowWords is one role of the list.
func (c *conversation) rowWords(row Row) string {
	name := inert(row.Role.Label())
	if row.Broken != nil {
		return name + " cannot be entered. " + sentence(row.whyBroken())
	}
	words := fmt.Sprintf("%s%s, %s, account ends %s.", spokenEnv(row.Role.Env, ". "), name, inert(row.Role.Name), inert(switching.LastDigits(row.Role)))
	active := c.overview.State.Active
	switch {
	case active != nil && isActive(row.Role, &active.Role):
		words += " Active now."
	case row.Ready.After(c.now):
		words += " Ready for " + spokenSpan(row.Ready.Sub(c.now)) + "."
	case row.Code != "":
		words += " Needs an MFA code."
	}
	return words
}

// whoYouAre says the identity of this shell.
func (c *conversation) whoYouAre() string {
	home := spokenIdentity(c.overview.State.Home)
	place := ""
	if c.overview.Sandbox {
		place = " This is a sandbox; nothing reaches AWS."
	}
	active := c.overview.State.Active
	if active == nil {
		return "You are " + home + ". No role is active." + place
	}
	words := fmt.Sprintf("You are %s%s %s, account %s.", spokenEnv(active.Role.Env, " "), inert(active.Role.Label()),
		inert(active.Role.Name), spokenAccount(active.Role.AccountID))
	switch {
	case active.ReadOnly:
		words += " Read-only."
	case active.ByPolicy:
		words += " Narrowed by a policy."
	}
	switch {
	case active.Expires.IsZero():
		words += " When it ends is not known here."
	case !active.Expires.After(c.now):
		words += " It ended at " + profiles.Clock(active.Expires, c.now) + "; its keys fail now."
	default:
		words += fmt.Sprintf(" It ends at %s, in %s.", profiles.Clock(active.Expires, c.now), spokenSpan(active.Expires.Sub(c.now)))
	}
	if active.Inherited {
		words += " This shell was born inside the role: exit clears it, but home is not known here."
	} else {
		words += " Home is " + home + "."
	}
	if active.KeysChanged {
		words += " AWS_ACCESS_KEY_ID was changed by hand: it is no longer this role's."
	}
	return words + place
}

func spokenIdentity(id switching.Identity) string {
	name := who(switching.Identity{Name: id.Name, ARN: id.ARN})
	if id.AccountID != "" {
		name += ", account " + spokenAccount(id.AccountID)
	}
	return name
}

// sayNotes says what is wrong in the files.
func (c *conversation) sayNotes() {
	for _, notice := range c.overview.Notices {
		c.say(sentence(inert(notice)))
	}
	if len(c.overview.Problems) > 0 {
		c.say(sentence(problemsLine(c.overview.Problems, c.file)))
		if len(c.overview.Rows) == 0 {
			c.sayProblems()
		}
	}
}

func (c *conversation) file(path string) string { return homely(inert(path), c.opts.home()) }

// sayProblems says every one, with the line as it stands in the file.
func (c *conversation) sayProblems() {
	for _, problem := range c.overview.Problems {
		text := c.file(problem.File)
		if problem.Line > 0 {
			text += fmt.Sprintf(", line %d", problem.Line)
		}
		if problem.Text != "" {
			text += fmt.Sprintf(", %s", inert(problem.Text))
		}
		text += ": " + strings.TrimSuffix(inert(problem.Reason), ".") + "."
		c.say(strings.TrimSpace(text + " " + sentence(inert(problem.Fix))))
	}
}

// sayFirstRun says what can be done while there is no role.
func (c *conversation) sayFirstRun() {
	var looked []string
	for _, file := range c.overview.Looked {
		name := c.file(file)
		if slices.Contains(c.overview.Missing, file) {
			name += " (not there)"
		}
		looked = append(looked, name)
	}
	text := "No roles yet."
	if len(looked) > 0 {
		text += " Looked in " + strings.Join(looked, " and ") + "."
	}
	c.say(text)
	c.say("To try the sandbox, leave and type: cameo demo")
	if line := c.overview.setUp(); line != "" {
		c.say("To let this shell switch, leave and type: " + line)
	}
	c.say("A role is a profile in " + c.file(c.overview.configFile()) + " that names it and the profile that signs, in four lines:")
	for _, line := range stanza() {
		c.say(line)
	}
}

// sayPlan says what is about to happen: who signs, with which device, for how
// long and why not longer, and what one code is good for.
func (c *conversation) sayPlan(plan switching.Plan) {
	words := "Signed by " + inert(plan.Source)
	if plan.Code != nil {
		words += ", with a code of the device " + inert(plan.Code.Device)
	}
	words += "."
	if plan.Session.ReadOnly {
		words += " Read-only."
	}
	if plan.Session.Duration > 0 {
		words += " The role lasts " + spokenSpan(plan.Session.Duration)
		if why := inert(plan.Session.WhyNotLonger); why != "" {
			words += ", not longer: " + why
		}
		words += "."
	}
	c.say(words)
	if plan.Code != nil {
		c.say(serves(plan, spokenSpan))
	}
}

// sayDevice says the code of the rehearsal's device, and waits for the next where
// this one was used already.
func (c *conversation) sayDevice(ctx context.Context, device string) error {
	type shown struct {
		code string
		left time.Duration
	}
	for range 3 { // a device that keeps failing must not keep the user waiting
		now, err := wait(ctx, func(ctx context.Context) (shown, error) {
			code, left, err := c.rehearsal.DeviceCode(ctx, device)
			return shown{code, left}, err
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil // the question works without
		case now.code != "":
			c.say(fmt.Sprintf("The sandbox's device shows %s, for %s.", inert(now.code), counted(seconds(now.left), "second", "seconds")))
			return nil
		}
		c.say(fmt.Sprintf("The sandbox's device shows its next code in %s. Please wait.", counted(seconds(now.left), "second", "seconds")))
		if err := c.pause(ctx, max(now.left, time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// sayTrials does the rehearsal's requests and says what came back.
func (c *conversation) sayTrials(ctx context.Context) error {
	if c.rehearsal == nil {
		return nil
	}
	trials, err := wait(ctx, func(ctx context.Context) ([]Trial, error) { return c.rehearsal.Trials(ctx) })
	for _, t := range trials {
		c.say(inert(t.As) + " tries to " + inert(t.Tried) + ".")
		c.say(sentence("AWS answers " + inert(t.Answer)))
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		c.say(sentence(inert(err.Error())))
	}
	return nil
}

// sayFailure says what, why, AWS's own words, who the shell still is, and last
// what to type next.
func (c *conversation) sayFailure(what string, err error) {
	c.say(sentence(what))
	c.say(sentence(inert(err.Error())))
	if words := said(err); words != "" {
		c.say(sentence("AWS said: " + inert(words)))
	}
	c.say("The shell is unchanged. " + c.whoYouAre())
	if next := try(err); next != "" {
		fmt.Fprintln(c.out, "Try: "+inert(next)) // in one piece, to be copied
	}
}
