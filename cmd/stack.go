package cmd

import (
	"encoding/json"
	"time"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

// stackRecord is what the shell keeps for cameo between calls, in CAMEO_STACK: who
// is home, and the roles entered on top. It holds no secret.
type stackRecord struct {
	Home  *homeRecord  `json:"home,omitempty"`
	Roles []roleRecord `json:"roles,omitempty"` // outermost first
}

type homeRecord struct {
	Name      string `json:"name"`
	Profile   string `json:"profile,omitempty"` // empty: home's keys were in the environment, or there were none
	AccountID string `json:"account_id,omitempty"`
	ARN       string `json:"arn,omitempty"`
}

type roleRecord struct {
	Profile     string    `json:"profile,omitempty"`
	ARN         string    `json:"arn"`
	Env         roles.Env `json:"env,omitempty"`
	Source      string    `json:"source,omitempty"`
	SessionName string    `json:"session_name,omitempty"`
	KeyID       string    `json:"key_id"`
	Expires     time.Time `json:"expires"`
	Began       time.Time `json:"began"`
}

// parseStack reads CAMEO_STACK. What cannot be read counts as nothing: the shell's
// own undo does not depend on it.
func parseStack(text string) stackRecord {
	var s stackRecord
	if json.Unmarshal([]byte(text), &s) != nil {
		return stackRecord{}
	}
	return s
}

func (s stackRecord) String() string {
	data, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(data)
}

// push adds a session on top of home.
func stackOf(home switching.Identity, profile string, session switching.Session) stackRecord {
	return stackRecord{
		Home: &homeRecord{Name: home.Name, Profile: profile, AccountID: home.AccountID, ARN: home.ARN},
		Roles: []roleRecord{{
			Profile: session.Role.Profile, ARN: session.Role.ARN, Env: session.Role.Env, Source: session.Source,
			SessionName: session.Name, KeyID: session.Credentials.AccessKeyID, Expires: session.Credentials.Expires, Began: session.Began,
		}},
	}
}

// role is the record as the rest of the program knows roles. What the files say
// today about its profile is added where it still is the same role.
func (r roleRecord) role(book *roles.Book) roles.Role {
	if r.Profile != "" {
		if known, err := book.Resolve(r.Profile); err == nil && known.ARN == r.ARN {
			return known
		}
	}
	role := roles.FromARN(r.ARN)
	role.Profile, role.Env, role.Source = r.Profile, r.Env, r.Source
	return role
}
