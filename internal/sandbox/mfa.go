package sandbox

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// codeStep is how long a virtual device shows a code (RFC 6238).
const codeStep = 30 * time.Second

// device is a virtual MFA device: TOTP with SHA-1, six digits, 30 seconds.
type device struct {
	serial   string
	seed     string // base32
	accepted int64  // the last step whose code was accepted
}

func (d *device) codeAt(step int64) (string, error) {
	return totp.GenerateCodeCustom(d.seed, time.Unix(step*int64(codeStep/time.Second), 0), totp.ValidateOpts{
		Period: uint(codeStep / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
}

func stepOf(now time.Time) int64 { return now.Unix() / int64(codeStep/time.Second) }

// accept takes a code of this step, the one before or the one after, and each
// step's code only once: a code is also refused after a later one.
func (d *device) accept(code string, now time.Time) bool {
	for step := stepOf(now) - 1; step <= stepOf(now)+1; step++ {
		if step <= d.accepted {
			continue
		}
		want, err := d.codeAt(step)
		if err == nil && subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 {
			d.accepted = step
			return true
		}
	}
	return false
}

// AddMFADevice gives a user a virtual MFA device of its own name and returns the
// serial number (its ARN) and the base32 seed.
func (w *World) AddMFADevice(accountID, userName string) (serial, seed string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.user(accountID, userName)
	if err != nil {
		return "", "", err
	}
	raw := make([]byte, 20)
	if _, err := io.ReadFull(w.random, raw); err != nil {
		return "", "", fmt.Errorf("no randomness for a device seed: %w", err)
	}
	d := &device{
		serial: "arn:aws:iam::" + accountID + ":mfa/" + userName,
		seed:   base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw),
	}
	u.devices[d.serial] = d
	return d.serial, d.seed, nil
}

// UnknownUserError is returned for a name that no user with an MFA device and no
// profile has.
type UnknownUserError struct{ Name string }

func (e *UnknownUserError) Error() string {
	return fmt.Sprintf("the sandbox has no user or profile %q with an MFA device", e.Name)
}

// Code returns the code that the device of a user shows now, and for how long it
// shows it. Where that code was used already, code is empty and wait is the time
// until the next one. The user is named by its IAM name, a device's serial number
// or a profile, case ignored.
func (w *World) Code(name string) (code string, left, wait time.Duration, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.deviceOf(name)
	if d == nil {
		return "", 0, 0, &UnknownUserError{Name: name}
	}
	now := w.now()
	step := stepOf(now)
	until := func(step int64) time.Duration {
		return time.Unix(step*int64(codeStep/time.Second), 0).Sub(now)
	}
	if step <= d.accepted {
		return "", 0, until(d.accepted + 1), nil
	}
	code, err = d.codeAt(step)
	return code, until(step + 1), 0, err
}

func (w *World) deviceOf(name string) *device {
	if u := w.userOf(name); u != nil {
		for _, d := range u.devices {
			return d
		}
	}
	for _, a := range w.accounts {
		for _, u := range a.users {
			if d := u.devices[name]; d != nil {
				return d
			}
		}
	}
	return nil
}

// userOf finds a user by its own name or that of a profile, case ignored.
func (w *World) userOf(name string) *user {
	for _, p := range w.profiles {
		if strings.EqualFold(p.Name, name) {
			return w.accounts[p.Account].users[p.User]
		}
	}
	for _, a := range w.accounts {
		for _, u := range a.users {
			if strings.EqualFold(u.name, name) {
				return u
			}
		}
	}
	return nil
}
