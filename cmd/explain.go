package cmd

import (
	"context"
	"crypto/sha1" //nolint:gosec // the name of a file of the AWS CLI's, no protection
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

func newExplain(a *app) *cobra.Command {
	var flags explainFlags
	c := &cobra.Command{
		Use: "explain ROLE", Short: "Say which exchanges lead to a role, and why AWS refuses it",
		Long: `Say which exchanges lead to a role or a profile, where each value comes from, who
signs, and what will be asked. Nothing is asked of AWS and no process is run. The
flags are those of switch, for a session that they shape.

With --check the exchanges are made, the last one always afresh, to find out whether
AWS would let you in now. Where it does not: which exchange it refuses, why as far as
its answer tells, what to do, and whom to ask for which policy statement. The session
is dropped: nothing is handed over.` + exits(exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole),
		Args: exactly(1, "one ROLE"),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case flags.check:
				return a.check(c.Context(), args[0], flags)
			case c.Flags().Changed("mfa-code"):
				return usage(checkCommand(args[0]), "--mfa-code is for --check: without it nothing is asked of AWS")
			case flags.json && flags.again() != "":
				return usage(checkCommand(args[0])+" --json", "--json goes by the files alone: with flags of a session it needs --check")
			case flags.json:
				return a.explainJSON(args[0])
			}
			return a.explainText(c.Context(), args[0], flags)
		},
	}
	flags.sessionFlags.add(c.Flags())
	c.Flags().BoolVar(&flags.json, "json", false, "print one JSON object")
	c.Flags().BoolVar(&flags.check, "check", false, "ask AWS, and say which side refuses and why")
	c.Flags().BoolVar(&flags.chain, "chain", false, "as switch --chain: the active role signs")
	return c
}

// explainFlags are those of explain.
type explainFlags struct {
	switchFlags
	json, check bool
}

// asked is what flags ask of the role that word names.
func (a *app) asked(ctx context.Context, s *switching.Switcher, word string, flags explainFlags) (switching.Ask, error) {
	if err := flags.settle(ctx); err != nil {
		return switching.Ask{}, err
	}
	role, err := s.Book.Resolve(word)
	if err != nil {
		return switching.Ask{}, err
	}
	ask := flags.ask(role, switching.Named)
	ask.OnTopOf, err = a.onTopOf(flags.switchFlags)
	return ask, err
}

type explainAnswer struct {
	Version int        `json:"version"`
	Profile string     `json:"profile"`
	Region  string     `json:"region,omitempty"`
	Chain   []stepJSON `json:"chain"`
}

// stepJSON is one step; keys that its kind does not use are left out.
type stepJSON struct {
	Kind             profiles.Kind `json:"kind"`
	Profile          string        `json:"profile"`
	AccessKeyID      string        `json:"access_key_id,omitempty"`
	HasSessionToken  *bool         `json:"has_session_token,omitempty"`
	AccountID        string        `json:"account_id,omitempty"`
	CredentialSource string        `json:"credential_source,omitempty"`
	RoleARN          string        `json:"role_arn,omitempty"`
	RoleSessionName  string        `json:"role_session_name,omitempty"`
	ExternalID       string        `json:"external_id,omitempty"`
	MFASerial        string        `json:"mfa_serial,omitempty"`
	DurationSeconds  *int64        `json:"duration_seconds,omitempty"`

	SourceIdentity        string         `json:"source_identity,omitempty"`
	SessionTags           []profiles.Tag `json:"session_tags,omitempty"`
	TransitiveSessionTags []string       `json:"transitive_session_tags,omitempty"`
	ReasonTag             string         `json:"cameo_reason_tag,omitempty"`
	Policy                string         `json:"cameo_policy,omitempty"` // as AWS is told it
	PolicyARNs            []string       `json:"cameo_policy_arns,omitempty"`
	// Where is the line of each value that stands in a file: "/home/u/.aws/config:12".
	Where map[string]string `json:"where,omitempty"`

	WebIdentityTokenFile string   `json:"web_identity_token_file,omitempty"`
	SSOSession           string   `json:"sso_session,omitempty"`
	SSOAccountID         string   `json:"sso_account_id,omitempty"`
	SSORoleName          string   `json:"sso_role_name,omitempty"`
	SSORegion            string   `json:"sso_region,omitempty"`
	SSOStartURL          string   `json:"sso_start_url,omitempty"`
	TokenCacheKey        string   `json:"token_cache_key,omitempty"`
	Command              string   `json:"command,omitempty"`
	Argv                 []string `json:"argv,omitempty"`
	LoginSession         string   `json:"login_session,omitempty"`
}

// explainJSON is strict, as programs want it, and goes by the files alone: a role
// without a source is an error here, although the setting source or home would
// sign for it.
func (a *app) explainJSON(word string) error {
	set, err := a.profiles()
	if err != nil {
		return err
	}
	if err := set.Strict(); err != nil {
		return err
	}
	name := word
	var role roles.Role
	if _, ok := set.Profile(word); !ok {
		if role, err = a.bookOf(set).Resolve(word); err == nil {
			name = role.ID()
		}
	}
	chain, err := set.Chain(name)
	if role.ARN != "" && role.Profile == "" {
		chain, err = a.chainOf(role)
	}
	if err != nil {
		return err
	}
	return printJSON(a.world.Stdout, answerOf(name, chain))
}

func answerOf(name string, chain profiles.Chain) explainAnswer {
	answer := explainAnswer{Version: jsonVersion, Profile: name, Region: chain.Region.Text, Chain: []stepJSON{}}
	for _, s := range chain.Steps {
		answer.Chain = append(answer.Chain, stepOf(s))
	}
	return answer
}

// chainOf is the chain of a role that no profile has: the setting source, or home,
// signs where its rule does not say.
func (a *app) chainOf(role roles.Role) (profiles.Chain, error) {
	s, err := a.switcherWith(nil)
	if err != nil {
		return profiles.Chain{}, err
	}
	request, err := s.Request(switching.Ask{Role: role})
	return request.Chain, err
}

func stepOf(s profiles.Step) stepJSON {
	j := stepJSON{
		Kind: s.Kind, Profile: s.Profile, AccessKeyID: s.AccessKeyID.Text, AccountID: s.AccountID.Text, CredentialSource: s.CredentialSource.Text,
		RoleARN: s.RoleARN.Text, RoleSessionName: s.RoleSessionName.Text, ExternalID: s.ExternalID.Text, MFASerial: s.MFASerial.Text,
		WebIdentityTokenFile: s.TokenFile.Text, SSOSession: s.SSOSession.Text, SSOAccountID: s.SSOAccountID.Text, SSORoleName: s.SSORoleName.Text,
		SSORegion: s.SSORegion.Text, SSOStartURL: s.SSOStartURL.Text, Command: s.Command.Text, LoginSession: s.LoginSession.Text,
	}
	j.SourceIdentity, j.SessionTags, j.TransitiveSessionTags, j.ReasonTag = s.SourceIdentity.Text, s.Tags(), s.TransitiveTags(), s.ReasonTag.Text
	j.Policy, j.PolicyARNs = s.Policy, s.PolicyARNs
	for _, v := range valuesOf(s) {
		if v.value.Line > 0 {
			if j.Where == nil {
				j.Where = map[string]string{}
			}
			j.Where[v.name] = v.value.Position.String()
		}
	}
	if s.DurationAt != (profiles.Position{}) {
		seconds := int64(s.Duration / time.Second)
		j.DurationSeconds = &seconds
	}
	switch s.Kind {
	case profiles.Static:
		has := !s.SessionToken.Empty()
		j.HasSessionToken = &has
	case profiles.SSO, profiles.SSOToken:
		j.TokenCacheKey = tokenCacheKey(s)
	case profiles.Process:
		j.Argv = profiles.SplitCommand(s.Command.Text)
	}
	return j
}

// tokenCacheKey is how the AWS CLI names the file of a token: by its session, else
// by its start URL.
func tokenCacheKey(s profiles.Step) string {
	name := s.SSOSession.Text
	if name == "" {
		name = s.SSOStartURL.Text
	}
	sum := sha1.Sum([]byte(name)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// explainText shows the exchanges as they would be made now, from this shell.
func (a *app) explainText(ctx context.Context, word string, flags explainFlags) error {
	s, err := a.switcher()
	if err != nil {
		return err
	}
	ask, err := a.asked(ctx, s, word, flags)
	if err != nil {
		return err
	}
	role := ask.Role
	request, err := s.Request(ask)
	if err != nil {
		return err
	}
	forecast, err := s.Broker.Forecast(request)
	if err != nil {
		return err
	}
	var b strings.Builder
	writeExchanges(&b, role, request, forecast.Exchanges, func(int) string { return "" })
	switch {
	case !forecast.Cached.Expires.IsZero():
		fmt.Fprintf(&b, "\nNothing will be asked: a session is in the cache until %s.\n", a.clockTime(forecast.Cached.Shown(s.Broker.Moment())))
	case forecast.Code != nil:
		fmt.Fprintf(&b, "\nA code of %s will be asked for.\n", profiles.Inert(forecast.Code.Device))
	default:
		b.WriteString("\nNo code will be asked for.\n")
	}
	fmt.Fprintf(&b, "Whether AWS lets you in: %s\n", checkCommand(role.Label())+flags.again())
	_, err = io.WriteString(a.world.Stdout, foldLines(b.String(), a.columns()))
	return err
}

// writeExchanges lists the exchanges with where their values come from, and under
// each what came of it; "" where nothing did.
func writeExchanges(b *strings.Builder, role roles.Role, request creds.Request, list []creds.Exchange, outcome func(int) string) {
	fmt.Fprintf(b, "%s, at %s\n", switching.Describe(role), request.Endpoint.Host())
	for i, e := range list {
		fmt.Fprintf(b, "\n%d  %s\n", i+1, exchangeText(e))
		for _, v := range usedBy(e) {
			where := at(v.value.Position)
			if v.asked {
				where = "  (asked for)"
			}
			fmt.Fprintf(b, "   %-23s %s%s\n", v.name, profiles.Inert(v.value.Text), where)
		}
		if i == len(list)-1 && role.SourceAt.Line > 0 {
			fmt.Fprintf(b, "   %-23s %s%s\n", "source", profiles.Inert(role.Source), at(role.SourceAt))
		}
		if e.Operation == creds.AssumeRole {
			fmt.Fprintf(b, "   %-23s %s\n", "lasts", lasts(e, list[i-1], i == len(list)-1))
		}
		if came := outcome(i); came != "" {
			fmt.Fprintf(b, "   %s\n", came)
		}
	}
}

// lasts says how long the session of a role is, why, and how long it could be. Only
// AWS knows the role's own maximum.
func lasts(e, before creds.Exchange, last bool) string {
	const ifAllowed = ", if the role's own maximum allows it"
	length := profiles.Span(e.Duration)
	switch {
	case e.Capped > 0:
		return length + ", not " + profiles.Span(e.Capped) + ": AWS limits a role entered from another session"
	case e.Asked:
		return length + ", as asked for" + ifAllowed
	case e.Step.Duration > 0:
		return length + ", as its profile says" + ifAllowed
	case e.Longest == creds.ChainedLimit:
		return length + ": AWS limits a role entered from another session"
	case e.Longest == 0:
		return length
	}
	length += "; up to " + profiles.Span(e.Longest) + " with "
	if last {
		length += "--duration or "
	}
	length += "duration_seconds" + ifAllowed
	if before.Operation == creds.GetSessionToken {
		length += "; then it asks for its own code"
	}
	return length
}

func exchangeText(e creds.Exchange) string {
	who := profiles.Quote(e.Step.Profile)
	switch e.Operation {
	case creds.UseKeys:
		if e.Step.Kind == profiles.Process {
			return "what the credential_process of profile " + who + " prints"
		}
		if e.Step.Kind == profiles.CredentialSource {
			return "the keys of the environment"
		}
		return "the keys of profile " + who
	case creds.GetSessionToken:
		return fmt.Sprintf("GetSessionToken, signed by %s with a code: a session of %s for all its roles", profiles.Quote(e.Signer), profiles.Span(e.Duration))
	}
	text := fmt.Sprintf("AssumeRole for %s, signed by %s, as %s", profiles.WhoAsks(e.Step.Profile), profiles.Quote(e.Signer), profiles.Inert(e.SessionName))
	if e.Device != "" {
		text += ", with a code"
	}
	return text
}

// named is a value of a step with its key.
type named struct {
	name  string
	value profiles.Value
	asked bool // by a flag: it stands in no file
}

// usedBy is what an exchange uses of its step.
func usedBy(e creds.Exchange) []named {
	s := e.Step
	if e.Device == "" {
		s.MFASerial = profiles.Value{}
	}
	if e.Operation == creds.GetSessionToken {
		return []named{inFile("mfa_serial", s.MFASerial)}
	}
	return valuesOf(s)
}

// valuesOf is what a step has of its profile, and of who asks.
func valuesOf(s profiles.Step) []named {
	duration := profiles.Value{Position: s.DurationAt}
	if s.DurationAt.Line > 0 {
		duration.Text = strconv.FormatInt(int64(s.Duration/time.Second), 10)
	}
	var tags []string
	for _, t := range s.MoreTags {
		tags = append(tags, t.Key+"="+t.Value)
	}
	all := []named{
		inFile("aws_access_key_id", s.AccessKeyID), inFile("credential_process", s.Command), inFile("role_arn", s.RoleARN), inFile("mfa_serial", s.MFASerial),
		inFile("external_id", s.ExternalID), perhapsAsked("role_session_name", s.RoleSessionName), inFile("duration_seconds", duration),
		perhapsAsked("source_identity", s.SourceIdentity), inFile("session_tags", s.SessionTags), inFile("transitive_session_tags", s.TransitiveSessionTags),
		inFile("cameo_reason_tag", s.ReasonTag), perhapsAsked("tags", profiles.Value{Text: strings.Join(tags, ", ")}),
	}
	policy, arns := "cameo_policy", "cameo_policy_arns"
	if !s.NarrowedByProfile() {
		policy, arns = "policy", "policy_arns"
	}
	all = append(all, perhapsAsked(policy, profiles.Value{Text: s.Policy, Position: s.SessionPolicy.Position}),
		perhapsAsked(arns, profiles.Value{Text: strings.Join(s.PolicyARNs, ", "), Position: s.SessionPolicyARNs.Position}))
	return slices.DeleteFunc(all, func(v named) bool { return v.value.Text == "" })
}

func inFile(name string, v profiles.Value) named { return named{name: name, value: v} }

// perhapsAsked is a value that a flag has given where no file has.
func perhapsAsked(name string, v profiles.Value) named {
	return named{name: name, value: v, asked: v.Line == 0}
}

func at(p profiles.Position) string {
	if p.Line == 0 {
		return ""
	}
	return "  (" + p.String() + ")"
}
