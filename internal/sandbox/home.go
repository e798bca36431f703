package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cameo/internal/safefile"
)

// madeHere begins every file of a home, so that no other file is overwritten.
const madeHere = "# Written by `cameo sandbox`; it holds nothing of a real AWS account.\n"

// NotOursError is returned for a folder that has AWS files of somebody else's.
type NotOursError struct{ Path string }

func (e *NotOursError) Error() string {
	return fmt.Sprintf("%q was not written by a sandbox, so it is left alone; name an empty or a new folder", e.Path)
}

// outranking are the variables that an SDK would take in place of what a home's
// profiles and its one endpoint say.
func outranking() []string {
	return []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
		"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SIGNIN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
	}
}

// WriteHome writes the AWS configuration of the world's profiles into a folder
// (mode 0700; created where it is missing): config, credentials, mfa/PROFILE with
// the base32 seeds, and last env.sh, to be sourced by sh, bash or zsh; all 0600,
// each replaced atomically. Call it when the endpoint answers: scripts wait for
// env.sh, so an old one is removed first. A folder whose config or credentials
// were not written by a sandbox gives a [*NotOursError].
func (w *World) WriteHome(dir, endpoint string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	env := filepath.Join(dir, "env.sh")
	for _, path := range []string{filepath.Join(dir, "config"), filepath.Join(dir, "credentials"), env} {
		if err := oursOrMissing(path); err != nil {
			return err
		}
	}
	if err := os.Remove(env); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, folder := range []string{dir, filepath.Join(dir, "mfa")} {
		if err := safefile.PrivateDir(folder); err != nil {
			return err
		}
	}
	w.mu.Lock()
	profiles := append([]Profile(nil), w.profiles...)
	w.mu.Unlock()

	write := func(name, text string) error {
		return safefile.Write(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600)
	}
	if err := write("config", configText(profiles)); err != nil {
		return err
	}
	if err := write("credentials", credentialsText(profiles)); err != nil {
		return err
	}
	for _, p := range profiles {
		if p.seed != "" {
			if err := write("mfa/"+p.Name, p.seed+"\n"); err != nil {
				return err
			}
		}
	}
	return write("env.sh", envText(dir, endpoint))
}

func oursOrMissing(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(text, []byte(madeHere)) {
		return &NotOursError{Path: path}
	}
	return nil
}

func configText(profiles []Profile) string {
	var b strings.Builder
	b.WriteString(madeHere)
	for _, p := range profiles {
		fmt.Fprintf(&b, "\n[profile %s]\n", p.Name)
		if p.RoleARN != "" {
			fmt.Fprintf(&b, "role_arn = %s\nsource_profile = %s\nmfa_serial = %s\n", p.RoleARN, p.Source, p.serial)
		}
		if p.Env != "" {
			fmt.Fprintf(&b, "cameo_env = %s\n", p.Env)
		}
		b.WriteString("region = us-east-1\n")
	}
	return b.String()
}

func credentialsText(profiles []Profile) string {
	var b strings.Builder
	b.WriteString(madeHere)
	for _, p := range profiles {
		if p.key.ID != "" {
			fmt.Fprintf(&b, "\n[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", p.Name, p.key.ID, p.key.Secret)
		}
	}
	return b.String()
}

func envText(dir, endpoint string) string {
	quote := func(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
	var b strings.Builder
	b.WriteString(madeHere)
	for _, v := range [][2]string{
		{"AWS_CONFIG_FILE", filepath.Join(dir, "config")},
		{"AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials")},
		{"AWS_ENDPOINT_URL", endpoint},
	} {
		fmt.Fprintf(&b, "%s=%s\nexport %s\n", v[0], quote(v[1]), v[0])
	}
	for _, name := range outranking() {
		fmt.Fprintf(&b, "unset %s\n", name)
	}
	return b.String()
}
