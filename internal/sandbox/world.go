// Package sandbox is AWS on one loopback port: accounts, users, roles, virtual
// MFA devices and buckets in memory, served as STS and S3 to any AWS client, and as
// the sign-in to a console of one page. It decides every request from both sides, as
// AWS does, verifies every signature, and takes each MFA code once.
//
// Call [Scenario] for the world of AWS's own tutorial (or [NewWorld] for an empty
// one), then [New], [Server.Listen] and [Server.Serve]; [World.WriteHome] gives
// AWS clients their configuration.
//
// It never listens beyond loopback, never calls AWS, and shares no code with the
// client it judges. What it knows is gone when it ends.
package sandbox

import (
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cameo/internal/policy"
)

// World is the accounts, principals, roles and objects that a sandbox serves. It
// is safe for concurrent use; changes count from the next request on.
type World struct {
	now    func() time.Time
	random io.Reader

	mu       sync.Mutex
	accounts map[string]*account
	keys     map[string]*credential // by access key ID
	buckets  map[string]*bucket
	managed  map[string]policy.Document // managed policies by ARN
	pending  map[string]signin          // by sign-in token
	profiles []Profile
}

type account struct {
	id     string
	users  map[string]*user
	groups map[string]*group
	roles  map[string]*role

	organization    string    // its ID; "": none
	serviceControl  policySet // nil: everything is allowed
	resourceControl policySet
}

type user struct {
	account  string
	name     string
	arn      string
	id       string // AIDA...
	groups   []string
	policies policySet
	boundary *policy.Named
	devices  map[string]*device // by serial number
}

type group struct {
	name     string
	policies policySet
}

type role struct {
	account    string
	name       string
	arn        string // with its path
	id         string // AROA...
	trust      policy.Document
	policies   policySet
	boundary   *policy.Named
	maxSession time.Duration
}

// policySet is the inline policies of one owner, in the order they were put.
type policySet []policy.Named

// put adds a policy that is for a use, in place of one of that name.
func (s *policySet) put(use policy.Use, name, document string) error {
	doc, err := parseFor(use, document)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(*s), func(p policy.Named) bool { return p.Name == name })
	*s = slices.Concat(others, policySet{{Name: name, Document: doc}})
	return nil
}

// NewWorld returns an empty world on a clock and a source of randomness; nil
// means the system's.
func NewWorld(now func() time.Time, random io.Reader) *World {
	if now == nil {
		now = time.Now
	}
	if random == nil {
		random = rand.Reader
	}
	return &World{
		now: now, random: &serialReader{from: random},
		accounts: map[string]*account{}, keys: map[string]*credential{}, pending: map[string]signin{},
		buckets: map[string]*bucket{}, managed: map[string]policy.Document{},
	}
}

// serialReader lets several requests draw from one source of randomness.
type serialReader struct {
	mu   sync.Mutex
	from io.Reader
}

func (r *serialReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from.Read(p)
}

// AddAccount adds an account by its twelve digits.
func (w *World) AddAccount(id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(id) != 12 || strings.Trim(id, "0123456789") != "" {
		return fmt.Errorf("account %q: not twelve digits", id)
	}
	if w.accounts[id] != nil {
		return fmt.Errorf("account %q exists already", id)
	}
	w.accounts[id] = &account{id: id, users: map[string]*user{}, groups: map[string]*group{}, roles: map[string]*role{}}
	return nil
}

// AddUser adds an IAM user without keys, groups or policies. A user that was
// deleted and added again is another one to AWS: it has a new unique ID.
func (w *World) AddUser(accountID, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(accountID)
	if err != nil {
		return err
	}
	for other := range a.users {
		if strings.EqualFold(other, name) {
			return fmt.Errorf("user %q exists already in account %s", other, accountID)
		}
	}
	id, err := w.uniqueID("AIDA")
	if err != nil {
		return err
	}
	a.users[name] = &user{
		account: accountID, name: name, id: id, devices: map[string]*device{},
		arn: "arn:aws:iam::" + accountID + ":user/" + name,
	}
	return nil
}

// DeleteUser removes a user with its keys, sessions and devices.
func (w *World) DeleteUser(accountID, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.user(accountID, name)
	if err != nil {
		return err
	}
	delete(w.accounts[accountID].users, name)
	maps.DeleteFunc(w.keys, func(_ string, key *credential) bool { return key.user == u })
	return nil
}

// PutUserPolicy gives a user an inline policy, in place of one of that name.
func (w *World) PutUserPolicy(accountID, userName, policyName, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.user(accountID, userName)
	if err != nil {
		return err
	}
	return u.policies.put(policy.IdentityUse, policyName, document)
}

// SetUserBoundary gives a user a permissions boundary.
func (w *World) SetUserBoundary(accountID, userName, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.user(accountID, userName)
	if err != nil {
		return err
	}
	return setBoundary(&u.boundary, document)
}

// PutGroupPolicy gives a group an inline policy; the group is added if it is new.
func (w *World) PutGroupPolicy(accountID, groupName, policyName, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(accountID)
	if err != nil {
		return err
	}
	g := a.groups[groupName]
	if g == nil {
		g = &group{name: groupName}
	}
	if err := g.policies.put(policy.IdentityUse, policyName, document); err != nil {
		return err
	}
	a.groups[groupName] = g
	return nil
}

// AddUserToGroup makes a user a member of a group.
func (w *World) AddUserToGroup(accountID, userName, groupName string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.user(accountID, userName)
	if err != nil {
		return err
	}
	if w.accounts[accountID].groups[groupName] == nil {
		return fmt.Errorf("account %s has no group %q", accountID, groupName)
	}
	if !slices.Contains(u.groups, groupName) {
		u.groups = append(u.groups, groupName)
	}
	return nil
}

// RemoveUserFromGroup ends a membership.
func (w *World) RemoveUserFromGroup(accountID, userName, groupName string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.user(accountID, userName)
	if err != nil {
		return err
	}
	u.groups = slices.DeleteFunc(u.groups, func(name string) bool { return name == groupName })
	return nil
}

// RoleSpec is a role to be added.
type RoleSpec struct {
	Name       string
	Path       string        // empty: "/"
	Trust      string        // the trust policy, JSON
	MaxSession time.Duration // 0: one hour, IAM's default
}

// AddRole adds a role and returns its ARN. As in IAM, names are unique whatever
// their case, and users and roles that the trust policy names must exist: they
// are stored by unique ID.
func (w *World) AddRole(accountID string, spec RoleSpec) (arn string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(accountID)
	if err != nil {
		return "", err
	}
	for other := range a.roles {
		if strings.EqualFold(other, spec.Name) {
			return "", fmt.Errorf("role %q exists already in account %s", other, accountID)
		}
	}
	if spec.MaxSession == 0 {
		spec.MaxSession = time.Hour
	}
	if spec.Path == "" {
		spec.Path = "/"
	}
	trust, err := w.trust(spec.Trust)
	if err != nil {
		return "", err
	}
	id, err := w.uniqueID("AROA")
	if err != nil {
		return "", err
	}
	arn = "arn:aws:iam::" + accountID + ":role" + spec.Path + spec.Name
	a.roles[spec.Name] = &role{account: accountID, name: spec.Name, arn: arn, id: id, trust: trust, maxSession: spec.MaxSession}
	return arn, nil
}

// SetTrust replaces a role's trust policy.
func (w *World) SetTrust(accountID, roleName, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.role(accountID, roleName)
	if err != nil {
		return err
	}
	trust, err := w.trust(document)
	if err != nil {
		return err
	}
	r.trust = trust
	return nil
}

// PutRolePolicy gives a role an inline policy, in place of one of that name.
func (w *World) PutRolePolicy(accountID, roleName, policyName, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.role(accountID, roleName)
	if err != nil {
		return err
	}
	return r.policies.put(policy.IdentityUse, policyName, document)
}

// DeleteRole removes a role; its sessions end with it.
func (w *World) DeleteRole(accountID, roleName string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.role(accountID, roleName)
	if err != nil {
		return err
	}
	delete(w.accounts[accountID].roles, roleName)
	maps.DeleteFunc(w.keys, func(_ string, key *credential) bool { return key.role == r })
	return nil
}

// AddManagedPolicy adds a managed policy, which session policies may name.
func (w *World) AddManagedPolicy(arn, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	doc, err := parseFor(policy.IdentityUse, document)
	if err != nil {
		return err
	}
	w.managed[arn] = doc
	return nil
}

func (w *World) account(id string) (*account, error) {
	if a := w.accounts[id]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("there is no account %q", id)
}

func (w *World) user(accountID, name string) (*user, error) {
	a, err := w.account(accountID)
	if err != nil {
		return nil, err
	}
	if u := a.users[name]; u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("account %s has no user %q", accountID, name)
}

func (w *World) role(accountID, name string) (*role, error) {
	a, err := w.account(accountID)
	if err != nil {
		return nil, err
	}
	if r := a.roles[name]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("account %s has no role %q", accountID, name)
}

// roleByARN finds a role by its exact ARN; case counts, as it does in AWS.
func (w *World) roleByARN(arn string) *role {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || w.accounts[parts[4]] == nil {
		return nil
	}
	for _, r := range w.accounts[parts[4]].roles {
		if r.arn == arn {
			return r
		}
	}
	return nil
}

func parseFor(use policy.Use, document string) (policy.Document, error) {
	doc, err := policy.Parse([]byte(document))
	if err != nil {
		return policy.Document{}, err
	}
	return doc, doc.Validate(use)
}

// trust reads a trust policy and binds the users and roles it names to their
// unique IDs, so that a namesake of a deleted user is not trusted. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (w *World) trust(document string) (policy.Document, error) {
	doc, err := parseFor(policy.TrustUse, document)
	if err != nil {
		return policy.Document{}, err
	}
	for _, s := range doc.Statements {
		for i, name := range s.Principal.AWS {
			id, known := w.bind(name)
			if !known {
				return policy.Document{}, fmt.Errorf(`Invalid principal in policy: "AWS":"%s"`, name)
			}
			s.Principal.AWS[i] = id
		}
	}
	return doc, nil
}

// bind returns what a trust policy stores for a principal entry.
func (w *World) bind(name string) (stored string, known bool) {
	parts := strings.SplitN(name, ":", 6)
	isUser := len(parts) == 6 && strings.HasPrefix(parts[5], "user/")
	isRole := len(parts) == 6 && parts[2] == "iam" && strings.HasPrefix(parts[5], "role/")
	isID := strings.HasPrefix(name, "AIDA") || strings.HasPrefix(name, "AROA")
	if !isUser && !isRole && !isID {
		return name, true
	}
	for _, a := range w.accounts {
		for _, u := range a.users {
			if u.arn == name || u.id == name {
				return u.id, true
			}
		}
		for _, r := range a.roles {
			if r.arn == name || r.id == name {
				return r.id, true
			}
		}
	}
	return "", false
}
