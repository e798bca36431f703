package creds

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cameo/profiles"
)

// One code opens a session of the source, which enters every role. Two kinds of
// role have to be entered directly, by an AssumeRole that carries the code itself:
// one whose source's keys turn out to be temporary, for which AWS opens no session;
// and one that looks at how old the code is (aws:MultiFactorAuthAge,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).

// saysSessionKeys recognises AWS's refusal to open a session of temporary keys. It
// comes before AWS looks at the code.
func saysSessionKeys(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused) && strings.Contains(refused.Message, "Cannot call GetSessionToken with session credentials")
}

// sessionKeysError is that refusal with the code that was not used up.
type sessionKeysError struct {
	error
	unused *oneCode
}

func (e *sessionKeysError) Unwrap() error { return e.error }

// oneCode gives a code that there is already, and then asks on.
type oneCode struct {
	code string
	then Codes
}

// Code is that of Codes.
func (o *oneCode) Code(ctx context.Context, need CodeRequest) (string, error) {
	if code := o.code; code != "" {
		o.code = ""
		return code, nil
	}
	return o.then.Code(ctx, need)
}

// directly enters the role of e with a code of its own, signed by whoever would have
// opened the session that is the last of before.
func (b *Broker) directly(ctx context.Context, r Request, e Exchange, before []Exchange, codes Codes) (Credentials, error) {
	last := len(before) - 1
	signer, _, err := b.resolve(ctx, r, before[:last], "")
	if err != nil {
		return Credentials{}, err
	}
	e.Device = before[last].Device
	with := *b
	with.Codes = codes
	return with.exchange(ctx, r, e, signer)
}

// mayWantNewerCode recognises a refusal that a newer code may lift. AWS never says
// that it is the age, so every refusal counts but those that name something else.
func mayWantNewerCode(err error) bool {
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != "AccessDenied" || !strings.Contains(refused.Message, "is not authorized to perform: sts:AssumeRole") {
		return false
	}
	for _, other := range []string{"service control policy", "resource control policy", "permissions boundary", "VPC endpoint policy"} {
		if strings.Contains(refused.Message, other) {
			return false
		}
	}
	return true
}

// withNewCode tries a role once more that refused a session of before: directly,
// with a new code. Where nobody gives one the refusal stands.
func (b *Broker) withNewCode(ctx context.Context, r Request, e Exchange, before []Exchange, session Credentials, refusal error) (Credentials, error) {
	last := len(before) - 1
	signer, _, err := b.resolve(ctx, r, before[:last], "")
	if err != nil {
		return Credentials{}, err
	}
	e.Device = before[last].Device
	c, err := b.exchangeWithCode(ctx, r, e, signer, b.whyNewCode(e, session))
	var nobody *CodeNeededError
	switch {
	case errors.As(err, &nobody):
		return Credentials{}, refusal
	case err == nil && b.Notes != nil:
		_ = b.Notes.Add(directNote(e)) // else the next time finds out again
	}
	return c, err
}

func (b *Broker) whyNewCode(e Exchange, session Credentials) string {
	age := "an earlier MFA code"
	if old := session.age(b.Moment()); old > 0 {
		age = "the MFA code of " + Ago(old)
	}
	return fmt.Sprintf("AWS refused %s with %s; the role may want a newer one", profiles.Quote(e.Step.Profile), age)
}

// directNote is the note that a role wants the code itself.
func directNote(e Exchange) Key { return digest("direct", e.Step.RoleARN.Text, e.Device) }

// exchanges is Exchanges, less the sessions that a role is known to refuse for their
// age. The sessions that come out keep their keys. A profile that says how old a
// session may be (cameo_mfa_max_age) goes by that.
func (b *Broker) exchanges(r Request) ([]Exchange, error) {
	list, err := Exchanges(r, b.Env)
	if err != nil || b.Notes == nil {
		return list, err
	}
	for i := len(list) - 1; i > 1; i-- {
		role, session := list[i], list[i-1]
		role.Device = session.Device
		if session.Operation == GetSessionToken && session.MaxAge == 0 && b.Notes.Has(directNote(role)) {
			list[i] = role
			list = slices.Delete(list, i-1, i)
		}
	}
	return list, nil
}
