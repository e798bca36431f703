// Command libraries copies one file to stdout, as readjson does, with the libraries of
// cameo linked into it: what the start of a Go program costs that can do what cameo
// does, before it does anything.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/charmbracelet/x/ansi"
	"github.com/gofrs/flock"
	"github.com/mattn/go-runewidth"
	"github.com/pelletier/go-toml/v2"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/sahilm/fuzzy"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/term"
)

func main() {
	if os.Args[1] == "use" {
		use(os.Stdout)
		return
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.Write(data)
}

// use calls every library, so that the linker leaves none out, and says what each came
// to. Its context has ended: nothing is sent, listened on or drawn on a terminal.
func use(to io.Writer) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	command := &cobra.Command{Use: "use", Run: func(c *cobra.Command, _ []string) {
		callSTS(ctx, c)
		drawScreen(ctx, c)
		server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
		c.Println("close", server.Close())
		c.Println("serve", server.ListenAndServe())
		readAndSeal(c)
	}}
	command.SetOut(to)
	command.SetArgs([]string{})
	command.Println("execute", command.Execute())
}

func callSTS(ctx context.Context, c *cobra.Command) {
	client := sts.New(sts.Options{
		Region: "us-east-1", HTTPClient: &http.Client{}, Retryer: retry.NewStandard(),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	})
	_, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/r"), RoleSessionName: aws.String("s")})
	c.Println("assume role", err)
	_, err = client.GetSessionToken(ctx, &sts.GetSessionTokenInput{})
	c.Println("session token", err)
	_, err = client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	c.Println("caller identity", err)
}

// screen is a program that shows one line.
type screen struct{}

func (screen) Init() tea.Cmd                         { return tea.Quit }
func (s screen) Update(tea.Msg) (tea.Model, tea.Cmd) { return s, nil }
func (screen) View() tea.View                        { return tea.NewView(lipgloss.NewStyle().Bold(true).Render("one")) }

func drawScreen(ctx context.Context, c *cobra.Command) {
	_, err := tea.NewProgram(screen{}, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler()).Run()
	c.Println("screen", err)
	c.Println("key", key.NewBinding(key.WithKeys("q")).Keys())
	c.Println("width", ansi.StringWidth("\x1b[1mone\x1b[m"), runewidth.StringWidth("one"), term.IsTerminal(-1))
	c.Println("found", len(fuzzy.Find("o", []string{"one"})))
}

func readAndSeal(c *cobra.Command) {
	var settings struct{ Source string }
	err := toml.NewDecoder(strings.NewReader(`source = "work"`)).DisallowUnknownFields().Decode(&settings)
	c.Println("toml", settings.Source, err)
	code, err := totp.GenerateCodeCustom("JBSWY3DPEHPK3PXP", time.Unix(0, 0), totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix})
	c.Println("code", code, err)
	aead, err := chacha20poly1305.NewX(make([]byte, chacha20poly1305.KeySize))
	if err != nil {
		c.Println("seal", err)
		return
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	opened, err := aead.Open(nil, nonce, aead.Seal(nil, nonce, []byte("one"), nil), nil)
	c.Println("seal", bytes.Equal(opened, []byte("one")), err)
	c.Println("lock", flock.New(os.DevNull).Locked())
	c.Println("diff", len(diff.Diff("a", []byte("one\n"), "b", []byte("two\n"))) > 0)
}
