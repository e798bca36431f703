package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cameo/internal/policy"
)

// federationPath is where AWS's sign-in hosts turn a session into one of the console.
// See "Enable custom identity broker access to the AWS console" in the IAM User Guide.
const federationPath = "/federation"

// signinLasts is how long a sign-in token is good for.
const signinLasts = 15 * time.Minute

// signin is a session of the console that somebody may still begin.
type signin struct {
	who     *credential
	until   time.Time // of the token
	session time.Time // end of the console's session
}

// badCredentials is how the endpoint refuses: it never says what it is that it does
// not take.
func badCredentials() *apiError {
	return &apiError{http.StatusBadRequest, "InvalidCredentials", "Invalid credentials parameter"}
}

// serveFederation answers both actions of the federation endpoint.
func (s *Server) serveFederation(rw http.ResponseWriter, x *exchange) {
	x.event.Service = "signin"
	rw.Header().Set("Cache-Control", "no-store")
	kind, answer, err := s.federation(x)
	status := http.StatusOK
	if err != nil {
		refusal := x.fail(err)
		status, kind = refusal.status, "text/html; charset=utf-8"
		answer = htmlPage(strconv.Itoa(status), refusal.message, "The request sent by the client was syntactically incorrect.")
	}
	x.event.Status = status
	rw.Header().Set("Content-Type", kind)
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, answer)
}

func (s *Server) federation(x *exchange) (kind, answer string, err error) {
	form, err := x.federationForm()
	if err != nil {
		return "", "", err
	}
	x.event.Action, x.event.Told = form.Get("Action"), url.Values{}
	for _, open := range []string{"SessionDuration", "Destination", "Issuer"} {
		if form.Has(open) {
			x.event.Told.Set(open, form.Get(open))
		}
	}
	if refusal := s.hinder(x); refusal != nil {
		return "", "", refusal
	}
	switch x.event.Action {
	case "getSigninToken":
		answer, err = s.world.signinToken(x, form)
		return "application/json", answer, err
	case "login":
		answer, err = s.world.login(x, form)
		return "text/html; charset=utf-8", answer, err
	}
	return "", "", &apiError{http.StatusBadRequest, "InvalidAction", "Invalid action parameter"}
}

// federationForm is the parameters, of the body or of the query.
func (x *exchange) federationForm() (url.Values, error) {
	body, err := readAll(x.r.Body, maxForm)
	if err != nil {
		return nil, &apiError{http.StatusBadRequest, "IncompleteBody", "The request body cannot be read"}
	}
	return readForm(x.r, x.query, body, nil)
}

// signinToken takes the keys of a role session. Those of a GetSessionToken session and
// long-term ones it refuses, and a length for a session that another one entered.
func (w *World) signinToken(x *exchange, form url.Values) (string, error) {
	var keys struct{ SessionID, SessionKey, SessionToken string }
	if json.Unmarshal([]byte(form.Get("Session")), &keys) != nil {
		return "", badCredentials()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	who := w.keys[keys.SessionID]
	if who == nil || !who.temporary() || who.secret != keys.SessionKey || who.token != keys.SessionToken || !now.Before(who.expires) || who.kind != policy.Role {
		return "", badCredentials()
	}
	x.event.KeyID, x.event.Caller = who.id, who.arn()
	session := who.expires
	if form.Has("SessionDuration") {
		seconds, err := strconv.Atoi(form.Get("SessionDuration"))
		if err != nil || seconds < 900 || seconds > 43200 || who.chained {
			return "", badCredentials()
		}
		session = now.Add(time.Duration(seconds) * time.Second)
	}
	raw := make([]byte, 240)
	if _, err := io.ReadFull(w.random, raw); err != nil {
		return "", fmt.Errorf("no randomness for a sign-in token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	maps.DeleteFunc(w.pending, func(_ string, s signin) bool { return !now.Before(s.until) })
	w.pending[token] = signin{who: who, until: now.Add(signinLasts), session: session}
	answer, err := json.Marshal(map[string]string{"SigninToken": token})
	return string(answer), err
}

// login is the console: one page that says who is signed in.
func (w *World) login(x *exchange, form url.Values) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, known := w.pending[form.Get("SigninToken")]
	to, err := url.Parse(form.Get("Destination"))
	switch {
	case !known || !w.now().Before(s.until):
		return "", &apiError{http.StatusBadRequest, "InvalidToken", "Your sign-in token has expired or is not valid"}
	case err != nil || to.Scheme != "https" || to.Host == "":
		return "", &apiError{http.StatusBadRequest, "InvalidDestination", "Invalid destination parameter"}
	}
	x.event.KeyID, x.event.Caller = s.who.id, s.who.arn()
	return htmlPage("Console of the sandbox", "signed in as "+s.who.arn(),
		"until "+s.session.UTC().Format(time.RFC3339)+". AWS would open "+to.String()+" now; the sandbox has no console but this page."), nil
}

func htmlPage(title, heading, text string) string {
	var b strings.Builder
	for _, part := range [][2]string{{"<!doctype html><meta charset=utf-8><title>", title}, {"</title><h1>", heading}, {"</h1><p>", text}} {
		b.WriteString(part[0])
		_ = xml.EscapeText(&b, []byte(part[1])) // a strings.Builder takes everything
	}
	return b.String() + "</p>\n"
}
