package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cameo/internal/policy"
)

// federate sends a form to the sign-in, in the body or in the address.
func (b *box) federate(method string, form url.Values) (int, string) {
	b.Helper()
	address, body := b.endpoint+"/federation", ""
	if method == http.MethodPost {
		body = form.Encode()
	} else {
		address += "?" + form.Encode()
	}
	request, err := http.NewRequestWithContext(b.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestWhatTheSignInRefuses(t *testing.T) {
	b := startBox(t)
	b.world.mu.Lock()
	role := b.world.accounts[Production].roles["UpdateApp"]
	user := b.world.accounts[Development].users["David"]
	issue := func(c credential, temporary bool) *credential {
		c.expires = b.now().Add(time.Hour)
		issued, err := b.world.issue(c, temporary)
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	session := issue(credential{account: Production, kind: policy.Role, role: role, session: "<i>me"}, true)
	chained := issue(credential{account: Production, kind: policy.Role, role: role, session: "me", chained: true}, true)
	ofUser := issue(credential{account: Development, kind: policy.User, user: user}, true)
	long := issue(credential{account: Development, kind: policy.User, user: user}, false)
	b.world.mu.Unlock()

	form := func(c *credential, length string) url.Values {
		v := url.Values{"Action": {"getSigninToken"}, "Session": {`{"sessionId":"` + c.id + `","sessionKey":"` + c.secret + `","sessionToken":"` + c.token + `"}`}}
		if length != "" {
			v.Set("SessionDuration", length)
		}
		return v
	}
	for name, c := range map[string]struct {
		form url.Values
		want int
	}{
		"a role":                      {form(session, ""), 200},
		"for twelve hours":            {form(session, "43200"), 200},
		"for too long":                {form(session, "43201"), 400},
		"for too short":               {form(session, "899"), 400},
		"for words":                   {form(session, "an hour"), 400},
		"a chained role":              {form(chained, ""), 200},
		"a chained role for an hour":  {form(chained, "3600"), 400},
		"a GetSessionToken session":   {form(ofUser, ""), 400},
		"long-term keys":              {form(long, ""), 400},
		"nothing":                     {url.Values{"Action": {"getSigninToken"}}, 400},
		"another action":              {url.Values{"Action": {"logout"}}, 400},
		"a sign-in without a token":   {url.Values{"Action": {"login"}, "Destination": {"https://console.aws.amazon.com/"}}, 400},
		"an action that is not there": {url.Values{}, 400},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			status, text := b.federate(method, c.form)
			if status != c.want || (status == 200) != strings.Contains(text, "SigninToken") {
				t.Errorf("%s by %s: %d %s", name, method, status, text)
			}
			if told := b.last().Told.Encode(); strings.Contains(told, "session") {
				t.Errorf("the event tells %s", told)
			}
		}
	}

	_, text := b.federate(http.MethodPost, form(session, "43200"))
	token := strings.TrimSuffix(strings.TrimPrefix(text, `{"SigninToken":"`), `"}`)
	login := url.Values{"Action": {"login"}, "SigninToken": {token}, "Destination": {"https://console.aws.amazon.com/s3/home"}}
	status, page := b.federate(http.MethodGet, login)
	if status != 200 || !strings.Contains(page, "assumed-role/UpdateApp/&lt;i&gt;me") || !strings.Contains(page, "console.aws.amazon.com/s3/home") ||
		!strings.Contains(page, b.now().Add(12*time.Hour).UTC().Format("2006-01-02T15:")) {
		t.Error(status, page)
	}
	login.Set("Destination", "javascript:alert(1)")
	if status, _ := b.federate(http.MethodGet, login); status != 400 {
		t.Error("it opens anything")
	}
	b.advance(15 * time.Minute)
	login.Set("Destination", "https://console.aws.amazon.com/")
	if status, _ := b.federate(http.MethodGet, login); status != 400 {
		t.Error("a token lasts 15 minutes")
	}
}
