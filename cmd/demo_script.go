package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"cameo/creds/mfa"
	"cameo/internal/sandbox"
	"cameo/internal/switching"
	"cameo/profiles"
)

// narrate tells the whole scenario, each line from a real signed request. A request
// that does not end as the story says is an error: the story is never told from
// memory.
func (a *app) narrate(ctx context.Context) (err error) {
	stage, err := newStage(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.close()) }()
	s, err := stage.app.switcherWith(mfa.Nobody{Why: "the story has given its code"})
	if err != nil {
		return err
	}
	n := &narrator{stage: stage, switcher: s, out: a.world.Stdout, bucket: bucketClient{endpoint: stage.server.Endpoint(), now: a.world.Now}}
	n.say("AWS's own example of a development and a production account, on a sandbox inside\nthis process. Every request is signed, and decided by the policies of both sides;\nnothing reaches AWS.\n")
	for _, chapter := range []func(context.Context) error{n.outside, n.theresa, n.codes, n.inside, n.exit} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	n.say("\nThe same with screens: cameo demo. The same with your own shell: cameo sandbox --home DIR")
	return n.err
}

// narrator tells one step at a time.
type narrator struct {
	stage    *stage
	switcher *switching.Switcher
	out      io.Writer
	bucket   bucketClient
	steps    int
	role     switching.Session
	err      error // of the first write that failed
}

func (n *narrator) say(format string, args ...any) {
	if _, err := fmt.Fprintf(n.out, format+"\n", args...); err != nil && n.err == nil {
		n.err = err
	}
}

// step tells what was tried, what was answered and why; answered is compared with
// what the story needs.
func (n *narrator) step(tried, answer string, went, should bool, why string) error {
	n.steps++
	n.say("\n%2d  %s\n    AWS: %s\n    %s", n.steps, tried, profiles.Inert(strings.TrimSpace(answer)), why)
	if went != should {
		return fmt.Errorf("the sandbox did not answer as the scenario has it: %s: %s", tried, profiles.Inert(answer))
	}
	return n.err
}

// object makes one request to a bucket.
func (n *narrator) object(ctx context.Context, session switching.Session, method, path, tried string, should bool, why string) error {
	answer, ok, err := n.bucket.do(ctx, session.Credentials, method, path)
	if err != nil {
		return err
	}
	return n.step(tried, answer, ok, should, why)
}

// whoami asks AWS who a session speaks for.
func (n *narrator) whoami(ctx context.Context, session switching.Session, tried, suffix, why string) error {
	arn, _, err := n.switcher.Broker.STS.Identity(ctx, n.stage.endpoint(), session.Credentials, "")
	if err != nil {
		return err
	}
	return n.step(tried, arn, strings.HasSuffix(arn, suffix), true, why)
}

func (n *narrator) user(ctx context.Context, profile string) (switching.Session, error) {
	role, err := n.switcher.Book.Resolve(profile)
	if err != nil {
		return switching.Session{}, err
	}
	return n.switcher.Use(ctx, switching.Ask{Role: role}, "")
}

// enter tries to become a role with a code, the whole way that a switch goes.
func (n *narrator) enter(ctx context.Context, profile, code string) (switching.Session, error) {
	role, err := n.switcher.Book.Resolve(profile)
	if err != nil {
		return switching.Session{}, err
	}
	plan, err := n.switcher.Plan(ctx, switching.Ask{Role: role})
	if err != nil {
		return switching.Session{}, err
	}
	approved, err := switching.Approve(plan, switching.Answer{Code: code, OnScreen: true})
	if err != nil {
		return switching.Session{}, err
	}
	return n.switcher.CarryOut(ctx, approved, nil)
}

// refused tells of an attempt to become a role that AWS must refuse.
func (n *narrator) refused(err error, tried, why string) error {
	var said interface{ Said() string }
	if err == nil || !errors.As(err, &said) {
		return n.step(tried, fmt.Sprint(err), err == nil, false, why)
	}
	return n.step(tried, said.Said(), false, false, why)
}

func (n *narrator) outside(ctx context.Context) error {
	david, err := n.user(ctx, "david")
	if err != nil {
		return err
	}
	if err := n.whoami(ctx, david, "David, a developer, asks who he is.", ":user/David", "He signs with the keys of his user in the development account."); err != nil {
		return err
	}
	return n.object(ctx, david, "PUT", "/productionapp/update.txt", "David writes s3://productionapp/update.txt.", false,
		"The bucket is the production account's, and nothing there lets David in.")
}

func (n *narrator) theresa(ctx context.Context) error {
	code, err := n.code(ctx, "theresa")
	if err != nil {
		return err
	}
	_, err = n.enter(ctx, "prod-update-theresa", code)
	return n.refused(err, "Theresa, a tester, asks for the role UpdateApp, with a good code of her device.",
		"The role trusts her account, but her group Testers gives her no sts:AssumeRole on it: both sides must agree.")
}

func (n *narrator) codes(ctx context.Context) error {
	code, err := n.code(ctx, "david")
	if err != nil {
		return err
	}
	wrong := "000000"
	if code == wrong {
		wrong = "111111"
	}
	_, err = n.enter(ctx, "prod-update", wrong)
	if err := n.refused(err, "David asks for the role UpdateApp, with a wrong code.",
		"The role demands MFA, and this is not what his device shows. Nothing changed: he is David still."); err != nil {
		return err
	}
	n.role, err = n.enter(ctx, "prod-update", code)
	if err != nil {
		return err
	}
	return n.step("David asks again, with the right code.", "credentials until "+n.role.Credentials.Expires.Format(time.RFC3339), true, true,
		"His group Developers may assume the role, the role trusts his account, and the code proves the device.")
}

func (n *narrator) inside(ctx context.Context) error {
	if err := n.whoami(ctx, n.role, "He asks who he is.", ":assumed-role/UpdateApp/David", "The role has taken the place of the user: his own permissions rest meanwhile."); err != nil {
		return err
	}
	for _, t := range []struct {
		method, path, tried string
		ok                  bool
		why                 string
	}{
		{"PUT", "/productionapp/update.txt", "UpdateApp writes s3://productionapp/update.txt.", true, "The role's policy allows s3:PutObject in this bucket."},
		{"GET", "/productionapp/update.txt", "UpdateApp reads it back.", true, "And s3:GetObject."},
		{"GET", "/payroll/salaries.csv", "UpdateApp reads s3://payroll/salaries.csv.", false, "Same account, another bucket: the role's policy names only productionapp."},
		{"GET", "/dev-scratch/notes.txt", "UpdateApp reads s3://dev-scratch/notes.txt, which David may.", false, "In a role only the role's permissions count, not those of the user behind it."},
	} {
		if err := n.object(ctx, n.role, t.method, t.path, t.tried, t.ok, t.why); err != nil {
			return err
		}
	}
	return nil
}

func (n *narrator) exit(ctx context.Context) error {
	david, err := n.user(ctx, "david")
	if err != nil {
		return err
	}
	if err := n.whoami(ctx, david, "He exits the role, and asks who he is.", ":user/David", "Exactly who he was before. AWS is not told: the role's keys are simply no longer used."); err != nil {
		return err
	}
	return n.object(ctx, david, "PUT", "/productionapp/update.txt", "David writes s3://productionapp/update.txt once more.", false,
		"Refused again: what the role may do, he may not.")
}

// code is what a user's virtual device shows, once it shows one that was not used.
func (n *narrator) code(ctx context.Context, user string) (string, error) {
	return sandbox.Code(ctx, n.stage.server.Endpoint(), user)
}
