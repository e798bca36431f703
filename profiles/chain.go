package profiles

import "time"

// Position is a line of a file. The zero Position means "not in a file".
type Position struct {
	File string // path as it was opened
	Line int    // 1 is the first
}

// Value is one setting with the place it came from.
type Value struct {
	Text string
	Position
}

// Kind says how a Step gets credentials. The values are those of
// `cameo explain --json`.
type Kind string

// The kinds of step.
const (
	Static           Kind = "static"            // keys that stand in a file
	CredentialSource Kind = "credential_source" // Environment, Ec2InstanceMetadata or EcsContainer
	WebIdentity      Kind = "web_identity"      // AssumeRoleWithWebIdentity with a token file
	SSO              Kind = "sso"               // IAM Identity Center, account and role
	SSOToken         Kind = "sso_token"         // IAM Identity Center, a bearer token only
	Process          Kind = "process"           // credential_process
	Login            Kind = "login"             // `aws login`
	AssumeRole       Kind = "assume_role"       // sts:AssumeRole, signed by the step before
)

// Step is one exchange of a Chain: a pure value that says what would be done.
// Fields that its Kind does not use are zero.
type Step struct {
	Kind    Kind
	Profile string // the profile that asks for this step

	// Static
	AccessKeyID     Value
	SecretAccessKey Secret
	SessionToken    Secret
	AccountID       Value // aws_account_id, where the profile says so

	CredentialSource Value // CredentialSource

	// AssumeRole and WebIdentity
	RoleARN         Value
	RoleSessionName Value
	ExternalID      Value
	MFASerial       Value
	MFAMaxAge       time.Duration // cameo_mfa_max_age; 0: the profile does not say
	Duration        time.Duration // 0: the profile does not say, unless DurationAt does
	DurationAt      Position      // of duration_seconds where it is a number
	TokenFile       Value         // web_identity_token_file
	// MFAProcess is a command that prints the code of MFASerial (mfa_process): the
	// profile's own, else that of the profile that signs for it. It is aws-vault's
	// key; SDKs ignore it.
	MFAProcess Value
	// MFAProcessDistrust says why MFAProcess must not be run, as CommandDistrust does.
	MFAProcessDistrust string

	// AssumeRole
	SourceIdentity        Value // source_identity
	SessionTags           Value // session_tags, as written; see [Step.Tags]
	TransitiveSessionTags Value // transitive_session_tags, as written
	ReasonTag             Value // cameo_reason_tag: the key of the tag that gets the reason
	SessionPolicy         Value // cameo_policy, as written
	SessionPolicyARNs     Value // cameo_policy_arns, as written

	// AssumeRole: what AWS is told, by the profile or by who asks; see
	// [Step.ReplacePolicies].
	Policy     string   // inline session policy, JSON
	PolicyARNs []string // managed session policies
	MoreTags   []Tag    // what no file says but who asks

	// SSO and SSOToken
	SSOSession, SSOStartURL, SSORegion, SSOAccountID, SSORoleName Value

	Command Value // Process
	// CommandDistrust says why Command must not be run: what is wrong with its
	// file, as [Document.Distrust] does. Empty: nothing.
	CommandDistrust string

	LoginSession Value // Login
}

// Chain is the ordered exchanges that lead from a starting identity to what a
// profile yields: the first step has credentials of its own, every later one is
// an AssumeRole signed by the step before it.
type Chain struct {
	Profile string
	Steps   []Step

	// Of the profile asked for; empty where it does not say.
	Region      Value
	EndpointURL Value // for STS: of its services section, else endpoint_url
	SigninURL   Value // for the sign-in to the console: the same
	// STSRegionalEndpoints is "legacy" or "regional" or empty
	// (sts_regional_endpoints).
	STSRegionalEndpoints Value

	// Warnings are settings that were left out because they cannot be meant: a
	// duration_seconds that is not a number, services that do not exist.
	Warnings []Problem
}
