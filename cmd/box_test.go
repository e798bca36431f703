//go:build unix

package cmd_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"cameo/internal/sandbox"
)

// box is a sandbox for one test, on a clock that can be moved, so that nobody
// waits for the next code.
type box struct {
	world    *sandbox.World
	home     string
	endpoint string
	stop     context.CancelFunc
	ended    chan error

	mu     sync.Mutex
	ahead  time.Duration
	events []sandbox.Event
	fault  sandbox.Fault
	faults int           // how many calls fault is for; negative: all
	dialed int           // connections made
	gate   chan struct{} // where not nil, no call is answered until it is closed
}

// deployRole is a role of the production account that wants no code.
const deployRole = "arn:aws:iam::" + sandbox.Production + ":role/ci/Deploy"

const trustDevelopment = `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
	"Principal":{"AWS":"arn:aws:iam::` + sandbox.Development + `:root"},"Action":"sts:AssumeRole"}}`

// Tagged is a role that lets its sessions have tags and a source identity, and
// lasts up to four hours. No profile names it before a script adds one.
const (
	trustWithTags = `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
		"Principal":{"AWS":"arn:aws:iam::` + sandbox.Development + `:root"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}`
	mayTag = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],
		"Resource":"arn:aws:iam::` + sandbox.Production + `:role/Tagged"}}`
	mayUseProductionApp = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::productionapp","arn:aws:s3:::productionapp/*"]}}`
)

const mayDeploy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + deployRole + `"}}`

// deployProfile comes after what the sandbox writes itself.
const deployProfile = `
[profile deploy]
role_arn = ` + deployRole + `
source_profile = david
cameo_alias = ship
`

func startBox(home string) (*box, error) {
	b := &box{home: home, ended: make(chan error, 1)}
	var err error
	if b.world, err = sandbox.Scenario(b.now, nil); err != nil {
		return nil, err
	}
	if _, err := b.world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: "Deploy", Path: "/ci/", Trust: trustDevelopment}); err != nil {
		return nil, err
	}
	if err := b.world.PutGroupPolicy(sandbox.Development, "Developers", "deploy", mayDeploy); err != nil {
		return nil, err
	}
	if _, err := b.world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: "Tagged", Trust: trustWithTags, MaxSession: 4 * time.Hour}); err != nil {
		return nil, err
	}
	if err := b.world.PutRolePolicy(sandbox.Production, "Tagged", "productionapp", mayUseProductionApp); err != nil {
		return nil, err
	}
	if err := b.world.PutGroupPolicy(sandbox.Development, "Developers", "tagged", mayTag); err != nil {
		return nil, err
	}
	if err := b.addHops(); err != nil {
		return nil, err
	}
	server := sandbox.New(b.world, sandbox.Options{Observe: b.observe, Fault: b.faultOf, Connect: b.connected})
	if err := server.Listen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	b.endpoint = server.Endpoint()
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	go func() { b.ended <- server.Serve(ctx) }()
	if err := b.world.WriteHome(home, b.endpoint); err != nil {
		return b, err
	}
	return b, b.configure(deployProfile)
}

// addHops adds the roles Hop1, Hop2, Hop3 and Hop3b, of which each is entered from
// the one before and Hop3b from Hop2 too, and Fresh, which wants a new code.
func (b *box) addHops() error {
	const (
		trust  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"sts:AssumeRole"%s}}`
		onward = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
	)
	for _, hop := range []struct{ name, from, condition string }{
		{"Hop1", sandbox.Development, ""}, {"Hop2", sandbox.Production, ""}, {"Hop3", sandbox.Production, ""}, {"Hop3b", sandbox.Production, ""},
		{"Fresh", sandbox.Development, `,"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}`},
	} {
		if _, err := b.world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: hop.name, Trust: fmt.Sprintf(trust, hop.from, hop.condition)}); err != nil {
			return err
		}
		if err := b.world.PutRolePolicy(sandbox.Production, hop.name, "onward", onward); err != nil {
			return err
		}
	}
	return b.world.PutGroupPolicy(sandbox.Development, "Developers", "hops",
		strings.Replace(onward, `"*"`, `["arn:aws:iam::*:role/Hop*","arn:aws:iam::*:role/Fresh"]`, 1))
}

func (b *box) close() error {
	b.stop()
	return <-b.ended
}

// configure appends to the AWS config file.
func (b *box) configure(text string) error {
	f, err := os.OpenFile(filepath.Join(b.home, "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (b *box) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.ahead)
}

func (b *box) observe(e sandbox.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func (b *box) faultOf(sandbox.Call) sandbox.Fault {
	b.mu.Lock()
	fault, gate := b.fault, b.gate
	if b.faults == 0 {
		fault = sandbox.Fault{}
	} else {
		b.faults--
	}
	b.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return fault
}

// hold keeps every call from being answered until the function that it returns is
// called.
func (b *box) hold() (release func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	gate := make(chan struct{})
	b.gate = gate
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.gate = nil
		close(gate)
	}
}

func (b *box) setFault(f sandbox.Fault) { b.setFaults(f, -1) }

// setFaults is setFault for the next n calls.
func (b *box) setFaults(f sandbox.Fault, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault, b.faults = f, n
}

func (b *box) connected() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dialed++
}

// connections is how many were made since it was asked last.
func (b *box) connections() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.dialed
	b.dialed = 0
	return n
}

// advance makes time pass for AWS and its devices.
func (b *box) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += d
}

// calls is how many requests for an action were answered.
func (b *box) calls(action string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, e := range b.events {
		if action == "*" || e.Action == action {
			n++
		}
	}
	return n
}

// told is a parameter of the last call of AssumeRole that was answered.
func (b *box) told(parameter string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range slices.Backward(b.events) {
		if e.Action == "AssumeRole" {
			return e.Told.Get(parameter)
		}
	}
	return ""
}

// signed is a parameter of the last request for a sign-in token that was granted.
func (b *box) signed(parameter string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range slices.Backward(b.events) {
		if e.Action == "getSigninToken" && e.Status == 200 {
			return e.Told.Get(parameter)
		}
	}
	return ""
}

// code is a code of a user's device that was not used; the clock goes on where it
// must. AWS, and so the sandbox, takes signatures that are up to 15 minutes off.
func (b *box) code(user string) (string, error) {
	for range 20 {
		code, _, wait, err := b.world.Code(user)
		if err != nil || code != "" {
			return code, err
		}
		b.mu.Lock()
		b.ahead += wait
		b.mu.Unlock()
	}
	return "", fmt.Errorf("no code of %q that is new", user)
}

// wrongCode is six digits that the user's device shows at no time near now.
func (b *box) wrongCode(user string) (string, error) {
	person, err := b.world.Person(user)
	if err != nil {
		return "", err
	}
	for n := range 1000 {
		code := fmt.Sprintf("%06d", n)
		if !near(person.MFASeed, code, b.now()) {
			return code, nil
		}
	}
	return "", fmt.Errorf("every code is right")
}

// secrets is what must not be seen anywhere.
func (b *box) secrets() ([]string, error) {
	var all []string
	for _, name := range []string{"david", "theresa"} {
		person, err := b.world.Person(name)
		if err != nil {
			return nil, err
		}
		all = append(all, person.Key.Secret, strings.TrimSpace(person.MFASeed))
	}
	return all, nil
}

// faultOf is what the sandbox answers to every call; status 0: nothing goes wrong.
func faultOf(status int, code, message string) sandbox.Fault {
	return sandbox.Fault{Status: status, Code: code, Message: message}
}
