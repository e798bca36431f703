package sandbox

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// The accounts of the scenario.
const (
	Production  = "123456789012"
	Development = "111122223333"
)

// UpdateApp is the role of the scenario.
const UpdateApp = "arn:aws:iam::" + Production + ":role/UpdateApp"

// Profile is a profile of the AWS configuration that [World.WriteHome] writes.
type Profile struct {
	Name    string
	Account string // of the user
	User    string // who signs
	// RoleARN is the role of the profile; empty: the profile holds the user's keys.
	RoleARN string
	Source  string // source_profile of a role
	Env     string // cameo_env
	key     AccessKey
	serial  string
	seed    string
}

const developersMayUpdate = `{"Version":"2012-10-17","Statement":{"Sid":"SwitchToUpdateApp",
	"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + UpdateApp + `"}}`

const developersScratch = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"},
	{"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::dev-scratch"},
	{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::dev-scratch/*"}]}`

const testersScratch = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"},
	{"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::dev-scratch"},
	{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::dev-scratch/*"}]}`

const developmentWithMFA = `{"Version":"2012-10-17","Statement":{
	"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + Development + `:root"},"Action":"sts:AssumeRole",
	"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`

// The permissions of AWS's tutorial "Delegate access across AWS accounts using
// IAM roles", for its bucket productionapp.
const productionAppAccess = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"},
	{"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::productionapp"},
	{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::productionapp/*"}]}`

// Scenario builds the world of AWS's example of separate development and
// production accounts: developers such as David may become UpdateApp with an MFA
// code and then read and write the bucket productionapp, and nothing else of
// production; testers such as Theresa may not. A nil clock or source of
// randomness means the system's.
func Scenario(now func() time.Time, random io.Reader) (*World, error) {
	w := NewWorld(now, random)
	steps := []func() error{
		func() error { return w.AddAccount(Production) },
		func() error { return w.AddAccount(Development) },
		func() error {
			return w.PutGroupPolicy(Development, "Developers", "allow-assume-UpdateApp", developersMayUpdate)
		},
		func() error { return w.PutGroupPolicy(Development, "Developers", "dev-scratch", developersScratch) },
		func() error { return w.PutGroupPolicy(Development, "Testers", "dev-scratch-read", testersScratch) },
		func() error { return w.addPerson("David", "Developers", "david") },
		func() error { return w.addPerson("Theresa", "Testers", "theresa") },
		func() error {
			_, err := w.AddRole(Production, RoleSpec{Name: "UpdateApp", Trust: developmentWithMFA})
			return err
		},
		func() error {
			return w.PutRolePolicy(Production, "UpdateApp", "productionapp-access", productionAppAccess)
		},
		func() error {
			return w.AddProfile(Profile{Name: "prod-update", RoleARN: UpdateApp, Source: "david", Env: "prod"})
		},
		func() error {
			return w.AddProfile(Profile{Name: "prod-update-theresa", RoleARN: UpdateApp, Source: "theresa", Env: "prod"})
		},
		func() error { return w.AddBucket(Production, "productionapp") },
		func() error { return w.AddBucket(Production, "payroll") },
		func() error { return w.AddBucket(Development, "dev-scratch") },
		func() error { return w.PutObject("productionapp", "version.txt", []byte("41\n")) },
		func() error { return w.PutObject("payroll", "salaries.csv", []byte("name,amount\n")) },
		func() error { return w.PutObject("dev-scratch", "notes.txt", []byte("the update is ready\n")) },
		func() error {
			return w.AddManagedPolicy("arn:aws:iam::aws:policy/AdministratorAccess",
				`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
		},
		func() error {
			return w.AddManagedPolicy("arn:aws:iam::aws:policy/ReadOnlyAccess",
				`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:Get*","iam:List*","s3:Get*","s3:List*"],"Resource":"*"}}`)
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("sandbox scenario: %w", err)
		}
	}
	return w, nil
}

// addPerson adds a development user with keys, a device and a profile.
func (w *World) addPerson(name, group, profile string) error {
	if err := w.AddUser(Development, name); err != nil {
		return err
	}
	if err := w.AddUserToGroup(Development, name, group); err != nil {
		return err
	}
	return w.AddProfile(Profile{Name: profile, Account: Development, User: name})
}

// AddProfile adds a profile to those that [World.WriteHome] writes. One without a
// role gives its user long-term keys and a virtual MFA device; one with a role
// takes account and user from its source profile.
func (w *World) AddProfile(p Profile) error {
	if p.RoleARN == "" {
		key, err := w.AddAccessKey(p.Account, p.User)
		if err != nil {
			return err
		}
		p.key = key
		if p.serial, p.seed, err = w.AddMFADevice(p.Account, p.User); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.RoleARN != "" {
		source := w.profile(p.Source)
		if source == nil {
			return fmt.Errorf("profile %q: there is no source profile %q", p.Name, p.Source)
		}
		p.Account, p.User, p.serial = source.Account, source.User, source.serial
	}
	if w.profile(p.Name) != nil {
		return fmt.Errorf("profile %q exists already", p.Name)
	}
	w.profiles = append(w.profiles, p)
	return nil
}

func (w *World) profile(name string) *Profile {
	for i := range w.profiles {
		if strings.EqualFold(w.profiles[i].Name, name) {
			return &w.profiles[i]
		}
	}
	return nil
}

// Person is a user of the sandbox with what a client needs to act as it.
type Person struct {
	Account   string // twelve digits
	Name      string // IAM user name
	ARN       string
	Key       AccessKey
	MFASerial string // ARN of the virtual device
	MFASeed   string // base32
}

// Format keeps the seed and the secret out of logs.
func (p Person) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.ARN) }

// Person finds who signs for a user name or profile, case ignored; the error is
// an [*UnknownUserError].
func (w *World) Person(name string) (Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.userOf(name)
	if u == nil {
		return Person{}, &UnknownUserError{Name: name}
	}
	for _, p := range w.profiles {
		if p.RoleARN == "" && p.Account == u.account && p.User == u.name {
			return Person{Account: u.account, Name: u.name, ARN: u.arn, Key: p.key, MFASerial: p.serial, MFASeed: p.seed}, nil
		}
	}
	return Person{}, &UnknownUserError{Name: name}
}
