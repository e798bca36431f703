package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	xterm "golang.org/x/term"

	"cameo/internal/policy"
	"cameo/profiles"
)

func newSandboxSimulate(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "simulate", Short: "Say how policies decide a request", Hidden: true,
		Long: `Say how policies decide a request, and which statements matched: the engine of the
sandbox. One JSON object comes on stdin:

  {"request": {"principal": ARN, "action": "s3:GetObject", "resource": ARN,
               "resource_account": ID, "context": {"aws:SourceIp": "203.0.113.9"}},
   "policies": {"identity": [POLICY...], "resource": POLICY, "session": POLICY,
                "boundary": [POLICY...]}}

A kind of policy that is left out does not apply.` + exits(exitOther, exitUsage),
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := mortal(c.Context()); err != nil {
				return err
			}
			return a.simulate(asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// simulation is the question of `sandbox simulate`.
type simulation struct {
	Request struct {
		Principal       string            `json:"principal"`
		Action          string            `json:"action"`
		Resource        string            `json:"resource"`
		ResourceAccount string            `json:"resource_account"`
		Context         map[string]values `json:"context"`
	} `json:"request"`
	Policies struct {
		Identity []json.RawMessage `json:"identity"`
		Boundary []json.RawMessage `json:"boundary"`
		Resource json.RawMessage   `json:"resource"`
		Session  json.RawMessage   `json:"session"`
	} `json:"policies"`
}

// values are those of one condition key: a value, or a list of them.
type values []string

// UnmarshalJSON takes strings, and numbers and booleans as they are written.
func (v *values) UnmarshalJSON(data []byte) error {
	var many []json.RawMessage
	if json.Unmarshal(data, &many) != nil {
		many = []json.RawMessage{data}
	}
	*v = values{}
	for _, one := range many {
		var text string
		switch bytes.TrimSpace(one)[0] {
		case '"':
			if err := json.Unmarshal(one, &text); err != nil {
				return err
			}
		case '{', '[', 'n':
			return fmt.Errorf("%s is no value of a condition key", one)
		default:
			text = string(one)
		}
		*v = append(*v, text)
	}
	return nil
}

type simulationJSON struct {
	Version  int         `json:"version"`
	Decision string      `json:"decision"`
	Matched  []matchJSON `json:"matched"`
}

type matchJSON struct {
	Policy    string `json:"policy"`
	Statement int    `json:"statement"` // from 0, as in the list
	Sid       string `json:"sid"`
	Effect    string `json:"effect"`
}

func (a *app) simulate(asJSON bool) error {
	var question simulation
	if err := a.readQuestion(&question, "cameo sandbox simulate --help"); err != nil {
		return err
	}
	policies, err := question.policies()
	if err != nil {
		return err
	}
	decision := policy.Evaluate(question.request(), policies)
	answer := simulationJSON{Version: jsonVersion, Decision: decision.Outcome.String(), Matched: []matchJSON{}}
	for _, m := range decision.Matched {
		answer.Matched = append(answer.Matched, matchJSON{Policy: m.Policy, Statement: m.Statement, Sid: m.Sid, Effect: string(m.Effect)})
	}
	if asJSON {
		return printJSON(a.world.Stdout, answer)
	}
	var text strings.Builder
	fmt.Fprintln(&text, answer.Decision)
	for _, m := range answer.Matched {
		fmt.Fprintf(&text, "  %-5s %s, statement %d", m.Effect, m.Policy, m.Statement+1)
		if m.Sid != "" {
			fmt.Fprintf(&text, " %s", profiles.Quote(m.Sid))
		}
		text.WriteByte('\n')
	}
	if len(answer.Matched) == 0 {
		fmt.Fprintln(&text, "  no statement matched")
	}
	_, err = io.WriteString(a.world.Stdout, text.String())
	return err
}

func (q simulation) request() policy.Request {
	r := policy.Request{
		Principal: policy.PrincipalOf(q.Request.Principal), Action: q.Request.Action,
		Resource: q.Request.Resource, ResourceAccount: q.Request.ResourceAccount,
	}
	for key, values := range q.Request.Context {
		r.Context.Set(key, values...)
	}
	return r
}

// policies parses those that apply. A list that is there and empty applies, and
// allows nothing.
func (q simulation) policies() (policy.Policies, error) {
	var p policy.Policies
	var err error
	if p.Identity, err = parsePolicies("identity", q.Policies.Identity); err != nil {
		return p, err
	}
	if p.Boundary, err = parsePolicies("boundary", q.Policies.Boundary); err != nil {
		return p, err
	}
	if len(q.Policies.Session) > 0 && string(q.Policies.Session) != "null" {
		if p.Session, err = parsePolicies("session", []json.RawMessage{q.Policies.Session}); err != nil {
			return p, err
		}
		p.Session[0].Name = "session"
	}
	if len(q.Policies.Resource) > 0 && string(q.Policies.Resource) != "null" {
		resource, err := parsePolicies("resource", []json.RawMessage{q.Policies.Resource})
		if err != nil {
			return p, err
		}
		p.Resource = &resource[0]
	}
	return p, nil
}

func parsePolicies(kind string, texts []json.RawMessage) ([]policy.Named, error) {
	if texts == nil {
		return nil, nil
	}
	list := []policy.Named{}
	for i, text := range texts {
		document, err := policy.Parse(text)
		if err != nil {
			return nil, &codedError{exit: exitOther, code: "policy", message: fmt.Sprintf("%s[%d]: %s", kind, i, profiles.Inert(err.Error())), try: "cameo sandbox simulate --help"}
		}
		list = append(list, policy.Named{Document: document})
	}
	return list, nil
}

// maxQuestion bounds what is read from stdin.
const maxQuestion = 8 << 20

// readQuestion reads the one JSON object on stdin. A key that it should not have is
// an error: a misspelt kind of policy would change the answer.
func (a *app) readQuestion(into any, try string) error {
	if xterm.IsTerminal(int(a.world.Stdin.Fd())) {
		return usage(try, "the question comes on stdin, as one JSON object")
	}
	data, err := io.ReadAll(io.LimitReader(a.world.Stdin, maxQuestion+1))
	if err != nil {
		return usage(try, "stdin cannot be read: %s", err)
	}
	if len(data) > maxQuestion {
		return usage(try, "stdin holds more than %d MiB", maxQuestion>>20)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return usage(try, "stdin is empty: the question comes there, as one JSON object")
		}
		return usage(try, "stdin is not the JSON object of the question: %s", profiles.Inert(strings.TrimPrefix(err.Error(), "json: ")))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return usage(try, "stdin holds more than one JSON object")
	}
	return nil
}
