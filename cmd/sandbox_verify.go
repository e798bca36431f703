package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/internal/sandbox"
	"cameo/profiles"
)

func newSandboxVerify(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "verify", Short: "Explain the signature of a request", Hidden: true,
		Long: `Check the Signature Version 4 of a request, in its header or its query, and show
each step: what one compares at a SignatureDoesNotMatch. One JSON object comes on
stdin:

  {"signed_request": "GET / HTTP/1.1\nHost: ...", "now": "2015-08-30T12:36:00Z",
   "credentials": [{"access_key_id": ID, "secret_access_key": SECRET, "token": TOKEN}],
   "region": "us-east-1", "service": "sts",
   "normalize_path": true, "double_encode": true, "unsigned_token": false}

All but the first and the credentials may be left out. A signature that is not
accepted is an answer too: the exit code is 0.` + exits(exitUsage),
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := mortal(c.Context()); err != nil {
				return err
			}
			return a.verifySignature(asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// verification is the question of `sandbox verify`.
type verification struct {
	SignedRequest string `json:"signed_request"`
	Credentials   []struct {
		AccessKeyID     string `json:"access_key_id"`
		SecretAccessKey string `json:"secret_access_key"`
		Token           string `json:"token"`
	} `json:"credentials"`
	Now           *time.Time `json:"now"`
	Region        string     `json:"region"`
	Service       string     `json:"service"`
	NormalizePath *bool      `json:"normalize_path"`
	DoubleEncode  *bool      `json:"double_encode"`
	UnsignedToken bool       `json:"unsigned_token"`
}

type verificationJSON struct {
	Version          int     `json:"version"`
	Valid            bool    `json:"valid"`
	Reason           *string `json:"reason"`
	Detail           string  `json:"detail,omitempty"`
	CanonicalRequest string  `json:"canonical_request"`
	StringToSign     string  `json:"string_to_sign"`
	Signature        string  `json:"signature"`
}

func (a *app) verifySignature(asJSON bool) error {
	const help = "cameo sandbox verify --help"
	var question verification
	if err := a.readQuestion(&question, help); err != nil {
		return err
	}
	request := sandbox.SignedRequest{
		Text: question.SignedRequest, Now: a.world.Now(), Region: question.Region, Service: question.Service,
		NormalizePath: question.NormalizePath, DoubleEncode: question.DoubleEncode, UnsignedToken: question.UnsignedToken,
	}
	if question.Now != nil {
		request.Now = *question.Now
	}
	for _, c := range question.Credentials {
		request.Keys = append(request.Keys, sandbox.SigningKey{ID: c.AccessKeyID, Secret: c.SecretAccessKey, Token: c.Token})
	}
	check, err := sandbox.CheckSignature(request)
	if err != nil {
		return usage(help, "signed_request: %s", profiles.Inert(err.Error()))
	}
	if asJSON {
		answer := verificationJSON{Version: jsonVersion, Valid: check.Reason == "", Detail: check.Detail,
			CanonicalRequest: check.CanonicalRequest, StringToSign: check.StringToSign, Signature: check.Signature}
		if check.Reason != "" {
			answer.Reason = &check.Reason
		}
		return printJSON(a.world.Stdout, answer)
	}
	_, err = io.WriteString(a.world.Stdout, verificationText(check))
	return err
}

func verificationText(check sandbox.SignatureCheck) string {
	var text strings.Builder
	switch {
	case check.Reason == "":
		fmt.Fprintln(&text, "accepted")
	case check.Detail == "":
		fmt.Fprintln(&text, check.Reason)
	default:
		fmt.Fprintf(&text, "%s: %s\n", check.Reason, profiles.Inert(check.Detail))
	}
	for _, part := range []struct{ name, value string }{
		{"canonical request", check.CanonicalRequest}, {"string to sign", check.StringToSign}, {"signature", check.Signature},
	} {
		if part.value == "" {
			continue
		}
		fmt.Fprintf(&text, "\n%s\n", part.name)
		for line := range strings.SplitSeq(part.value, "\n") {
			fmt.Fprintf(&text, "  %s\n", profiles.Inert(line))
		}
	}
	return text.String()
}
