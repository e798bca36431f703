package export

import "cameo/creds"

// process prints the JSON of a credential_process
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
func process(c creds.Credentials) (string, error) {
	answer := struct {
		Version         int
		AccessKeyId     string
		SecretAccessKey string
		SessionToken    string `json:",omitempty"`
		Expiration      string `json:",omitempty"`
		AccountId       string `json:",omitempty"`
	}{1, c.AccessKeyID, c.SecretAccessKey.Reveal(), c.SessionToken.Reveal(), "", c.AccountID}
	if !c.Expires.IsZero() {
		answer.Expiration = expiration(c)
	}
	text, err := marshal(answer)
	return text + "\n", err
}
