package export_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cameo/creds"
	"cameo/creds/export"
	"cameo/profiles"
)

func credentials(id, secret, token string, expires time.Time) creds.Credentials {
	return creds.Credentials{AccessKeyID: id, SecretAccessKey: profiles.NewSecret(secret), SessionToken: profiles.NewSecret(token), Expires: expires}
}

func write(t testing.TB, format string, c creds.Credentials) string {
	t.Helper()
	var b bytes.Buffer
	if err := export.Write(&b, format, "prod-update", c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var ends = time.Date(2026, 11, 22, 14, 0, 0, 0, time.FixedZone("CET", 3600))

func TestEveryFormat(t *testing.T) {
	plain := credentials("ASIAEXAMPLE", "wJalr/K7+b=", "token", ends)
	plain.AccountID = "123456789012"
	awkward := credentials("ASIA", `it's "$HOME" \ `+"`x`", "", time.Time{})
	tests := map[string][2]string{
		"env": {"export AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nexport AWS_SECRET_ACCESS_KEY=wJalr/K7+b=\nexport AWS_SESSION_TOKEN=token\nexport AWS_CREDENTIAL_EXPIRATION=2026-11-22T13:00:00Z\n",
			"export AWS_ACCESS_KEY_ID=ASIA\nexport AWS_SECRET_ACCESS_KEY='it'\\''s \"$HOME\" \\ `x`'\n"},
		"env-no-export": {"AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=wJalr/K7+b=\nAWS_SESSION_TOKEN=token\nAWS_CREDENTIAL_EXPIRATION=2026-11-22T13:00:00Z\n",
			"AWS_ACCESS_KEY_ID=ASIA\nAWS_SECRET_ACCESS_KEY='it'\\''s \"$HOME\" \\ `x`'\n"},
		"process": {`{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"wJalr/K7+b=","SessionToken":"token","Expiration":"2026-11-22T13:00:00Z","AccountId":"123456789012"}` + "\n",
			`{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"it's \"$HOME\" \\ ` + "`x`" + `"}` + "\n"},
		"powershell": {"$Env:AWS_ACCESS_KEY_ID=\"ASIAEXAMPLE\"\n$Env:AWS_SECRET_ACCESS_KEY=\"wJalr/K7+b=\"\n$Env:AWS_SESSION_TOKEN=\"token\"\n$Env:AWS_CREDENTIAL_EXPIRATION=\"2026-11-22T13:00:00Z\"\n",
			"$Env:AWS_ACCESS_KEY_ID=\"ASIA\"\n$Env:AWS_SECRET_ACCESS_KEY='it''s \"$HOME\" \\ `x`'\n"},
		"windows-cmd": {"set AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nset AWS_SECRET_ACCESS_KEY=wJalr/K7+b=\nset AWS_SESSION_TOKEN=token\nset AWS_CREDENTIAL_EXPIRATION=2026-11-22T13:00:00Z\n", ""},
		"fish": {"set -gx AWS_ACCESS_KEY_ID \"ASIAEXAMPLE\"\nset -gx AWS_SECRET_ACCESS_KEY \"wJalr/K7+b=\"\nset -gx AWS_SESSION_TOKEN \"token\"\nset -gx AWS_CREDENTIAL_EXPIRATION \"2026-11-22T13:00:00Z\"\n",
			"set -gx AWS_ACCESS_KEY_ID \"ASIA\"\nset -gx AWS_SECRET_ACCESS_KEY 'it\\'s \"$HOME\" \\\\ `x`'\n"},
		"nushell": {`{"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalr/K7+b=", "AWS_SESSION_TOKEN": "token", "AWS_CREDENTIAL_EXPIRATION": "2026-11-22T13:00:00Z"}` + "\n",
			`{"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "it's \"$HOME\" \\ ` + "`x`" + `"}` + "\n"},
		"dotenv":      {"AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=wJalr/K7+b=\nAWS_SESSION_TOKEN=token\nAWS_CREDENTIAL_EXPIRATION=2026-11-22T13:00:00Z\n", ""},
		"credentials": {"[prod-update]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = wJalr/K7+b=\naws_session_token = token\n# until 2026-11-22T13:00:00Z\n", ""},
	}
	for _, format := range export.Formats() {
		t.Run(format, func(t *testing.T) {
			want, ok := tests[format]
			if !ok {
				t.Fatal("no case for it")
			}
			if got := write(t, format, plain); got != want[0] {
				t.Errorf("got\n%s\nwant\n%s", got, want[0])
			}
			var b bytes.Buffer
			err := export.Write(&b, format, "prod-update", awkward)
			var refused *export.ValueError
			switch {
			case want[1] == "" && (!errors.As(err, &refused) || refused.Format != format || !strings.Contains(strings.ToUpper(refused.Variable), "SECRET") || b.Len() > 0):
				t.Errorf("an awkward value was not refused: %v, %q", err, b.String())
			case want[1] != "" && b.String() != want[1]:
				t.Errorf("got\n%s\nwant\n%s", b.String(), want[1])
			}
		})
	}
}

func TestWhatAFormatCannotHoldIsRefused(t *testing.T) {
	refused := map[string][]string{
		"env": {"a\x00", "\xff"}, "env-no-export": {"a\x00"}, "fish": {"a\x00", "\xff"}, "nushell": {"a\x00", "\xff"}, "process": {"\xff"},
		"powershell":  {"a\x00", "a\nb", "a\rb", "\xff"},
		"windows-cmd": {"a\x00", "a\nb", "a%b", "a^b", "a&b", "a|b", "a<b", "a>b", `a"b`, "a!b"},
		"dotenv":      {"a\x00", "a\nb", "a'b"},
		"credentials": {"a\x00", "a\nb", "a #b", "a;b", " a", "a ", `"a"`, "'a'"},
	}
	for format, values := range refused {
		for _, value := range values {
			var b bytes.Buffer
			err := export.Write(&b, format, "name", credentials("ASIA", value, "", time.Time{}))
			var wrong *export.ValueError
			if !errors.As(err, &wrong) || b.Len() > 0 {
				t.Errorf("%s of %q: %v, %q", format, value, err, b.String())
			}
		}
	}
	for _, name := range []string{"", "a]b", "a\nb", "#a", " a", "a;b"} {
		if err := export.Write(&bytes.Buffer{}, "credentials", name, credentials("a", "b", "", time.Time{})); err == nil {
			t.Errorf("a section called %q", name)
		}
	}
	if err := export.Write(&bytes.Buffer{}, "env", "", credentials("ASIA", "CANARY\x00", "", time.Time{})); err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("got %v", err)
	}
	var unknown *export.UnknownFormatError
	if err := export.Write(&bytes.Buffer{}, "yaml", "", creds.Credentials{}); !errors.As(err, &unknown) || !strings.Contains(err.Error(), `"yaml"`) {
		t.Errorf("got %v", err)
	}
}

type once struct{ writes int }

func (o *once) Write(p []byte) (int, error) { o.writes++; return len(p), nil }

func TestAnAnswerIsOneWrite(t *testing.T) {
	for _, format := range export.Formats() {
		var o once
		if err := export.Write(&o, format, "name", credentials("a", "b", "c", ends)); err != nil || o.writes != 1 {
			t.Errorf("%s: %d writes, %v", format, o.writes, err)
		}
	}
}

// awkward values have to come out of a real shell as they went in.
var awkward = []string{
	"plain", "it's", `"quoted"`, "$HOME", "$(echo x)", "`echo x`", `back\slash`, `\`, `\\'`, "a b", " lead", "trail ", "a\nb", "\n", "a\tb", "!!", "~", "*", "#x", "a;b", "a&b",
	"ünïcode", "日本", "😀", "%s", "-n", "‘’", "{a,b}", "[x]", "\x1b[31m", "\x7f",
}

// shells print a variable between marks, after reading the text from stdin.
var shells = []struct{ format, program, script string }{
	{"env", "sh", `eval "$(cat)"; printf '<%s>' "$(printenv AWS_SECRET_ACCESS_KEY; echo .)"`},
	{"env", "bash", `eval "$(cat)"; printf '<%s>' "$(printenv AWS_SECRET_ACCESS_KEY; echo .)"`},
	{"env", "zsh", `eval "$(cat)"; printf '<%s>' "$(printenv AWS_SECRET_ACCESS_KEY; echo .)"`},
	{"env-no-export", "sh", `eval "$(cat)"; export AWS_SECRET_ACCESS_KEY; printf '<%s>' "$(printenv AWS_SECRET_ACCESS_KEY; echo .)"`},
	{"fish", "fish", `source -; printf '<%s\n.>' $AWS_SECRET_ACCESS_KEY`},
}

func fromShell(t *testing.T, program, script, text string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, "-c", script)
	command.Stdin = strings.NewReader(text)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LC_ALL=C.UTF-8"}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, ok := strings.CutPrefix(string(out), "<")
	got, ok2 := strings.CutSuffix(got, "\n.>")
	if !ok || !ok2 {
		t.Fatalf("the shell printed %q", out)
	}
	return got
}

func TestShellsReadTheSameValue(t *testing.T) {
	for _, s := range shells {
		t.Run(s.format+" in "+s.program, func(t *testing.T) {
			if _, err := exec.LookPath(s.program); err != nil {
				t.Skipf("%s is not here", s.program)
			}
			for _, value := range awkward {
				text := write(t, s.format, credentials("ASIA", value, "", time.Time{}))
				if got := fromShell(t, s.program, s.script, text); got != value {
					t.Errorf("%q became %q by %s", value, got, text)
				}
			}
		})
	}
}

func TestJSONReadersReadTheSameValue(t *testing.T) {
	for _, value := range append([]string{"<&>", "\u2028"}, awkward...) {
		for format, key := range map[string]string{"process": "SecretAccessKey", "nushell": "AWS_SECRET_ACCESS_KEY"} {
			var got map[string]any
			if err := json.Unmarshal([]byte(write(t, format, credentials("ASIA", value, "", time.Time{}))), &got); err != nil || got[key] != value {
				t.Errorf("%s: %q became %q, %v", format, value, got[key], err)
			}
		}
	}
}

func TestTheCredentialsFormatIsReadBack(t *testing.T) {
	text := write(t, "credentials", credentials("ASIAEXAMPLE", "a/b+c=", "t", ends))
	chain, err := profiles.Parse("config", nil, "credentials", []byte(text)).Chain("prod-update")
	if err != nil {
		t.Fatal(err)
	}
	step := chain.Steps[0]
	if step.AccessKeyID.Text != "ASIAEXAMPLE" || step.SecretAccessKey.Reveal() != "a/b+c=" || step.SessionToken.Reveal() != "t" {
		t.Errorf("got %+v", step)
	}
}

// posixValue reads NAME=value as a POSIX shell does: words of plain characters, of
// single quotes, and of backslashes before a character.
func posixValue(t *testing.T, line string) string {
	_, rest, _ := strings.Cut(line, "=")
	var b strings.Builder
	for rest != "" {
		switch rest[0] {
		case '\'':
			end := strings.IndexByte(rest[1:], '\'')
			if end < 0 {
				t.Fatalf("a quote is open in %q", line)
			}
			b.WriteString(rest[1 : 1+end])
			rest = rest[end+2:]
		case '\\':
			b.WriteByte(rest[1])
			rest = rest[2:]
		default:
			if strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+=_-:.", rest[0]) < 0 {
				t.Fatalf("%q stands bare in %q", rest[0], line)
			}
			b.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	return b.String()
}

// fishValue reads `set -gx NAME value` as fish does.
func fishValue(t *testing.T, line string) string {
	quoted := strings.TrimPrefix(line, "set -gx AWS_SECRET_ACCESS_KEY ")
	quote := quoted[0]
	var b strings.Builder
	for i := 1; i < len(quoted); i++ {
		switch c := quoted[i]; {
		case c == quote:
			if i != len(quoted)-1 {
				t.Fatalf("%q goes on after the value", line)
			}
			return b.String()
		case quote == '"' && (c == '$' || c == '\\'):
			t.Fatalf("%q expands", line)
		case c == '\\' && (quoted[i+1] == '\\' || quoted[i+1] == '\''):
			i++
			b.WriteByte(quoted[i])
		default:
			b.WriteByte(c)
		}
	}
	t.Fatalf("a quote is open in %q", line)
	return ""
}

func FuzzQuoting(f *testing.F) {
	for _, value := range awkward {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for format, read := range map[string]func(*testing.T, string) string{"env-no-export": posixValue, "fish": fishValue} {
			var b bytes.Buffer
			err := export.Write(&b, format, "", credentials("ASIA", value, "", time.Time{}))
			if holdable := utf8.ValidString(value) && !strings.Contains(value, "\x00"); (err == nil) != holdable {
				t.Fatalf("%s of %q: %v", format, value, err)
			}
			if err != nil {
				continue
			}
			_, line, _ := strings.Cut(strings.TrimSuffix(b.String(), "\n"), "\n")
			if got := read(t, line); got != value {
				t.Fatalf("%s: %q became %q by %q", format, value, got, line)
			}
		}
	})
}

func FuzzProcess(f *testing.F) {
	for _, value := range awkward {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		var b bytes.Buffer
		err := export.Write(&b, "process", "", credentials("ASIA", "secret", value, time.Time{}))
		if (err == nil) != utf8.ValidString(value) {
			t.Fatalf("%q: %v", value, err)
		}
		if err != nil {
			return
		}
		var got struct{ SessionToken string }
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.SessionToken != value {
			t.Fatalf("%q became %q by %q: %v", value, got.SessionToken, b.String(), err)
		}
	})
}

func TestConformance(t *testing.T) {
	root := os.Getenv("CAMEO_CONFORMANCE")
	if root == "" {
		t.Skip("CAMEO_CONFORMANCE does not name a folder of conformance cases")
	}
	data, err := os.ReadFile(filepath.Join(root, "formats", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			ID, Kind, Format string
			Credentials      struct {
				ID         string `json:"access_key_id"`
				Secret     string `json:"secret_access_key"`
				Token      string `json:"session_token"`
				Expiration string
			}
			Expect struct {
				Stdout string
				JSON   map[string]any
			}
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range file.Cases {
		if c.Kind != "export" {
			continue
		}
		ran++
		t.Run(c.ID, func(t *testing.T) {
			var expires time.Time
			if c.Credentials.Expiration != "" {
				if expires, err = time.Parse(time.RFC3339, c.Credentials.Expiration); err != nil {
					t.Fatal(err)
				}
			}
			got := write(t, c.Format, credentials(c.Credentials.ID, c.Credentials.Secret, c.Credentials.Token, expires))
			if c.Expect.JSON == nil {
				if got != c.Expect.Stdout {
					t.Errorf("got\n%s\nwant\n%s", got, c.Expect.Stdout)
				}
				return
			}
			var object map[string]any
			if err := json.Unmarshal([]byte(got), &object); err != nil {
				t.Fatal(err)
			}
			want, _ := json.Marshal(c.Expect.JSON)
			if have, _ := json.Marshal(object); !bytes.Equal(have, want) {
				t.Errorf("got %s, want %s", have, want)
			}
		})
	}
	if ran == 0 {
		t.Error("no case of this kind")
	}
}
