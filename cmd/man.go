package cmd

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cameo/profiles"
)

func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page", Hidden: true,
		Long: `Print the manual page of cameo and all its verbs, for man and mandoc:

  cameo man >cameo.1
  man -l cameo.1` + exits(exitUsage),
		Args:              exactly(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(a.world.Stdout, manual(c.Root(), a.world.Build, a.world.Now()))
			return err
		},
	}
}

// manual is cameo(1) in the man macros, groff_man(7). The page is of the day of
// the build's commit, so that two builds of it agree; without one, of today.
func manual(root *cobra.Command, build Build, now time.Time) string {
	day, _, _ := strings.Cut(build.Date, "T")
	if day == "" {
		day = now.UTC().Format(time.DateOnly)
	}
	p := &page{}
	// Here mandoc reads the date itself, which has no escapes.
	fmt.Fprintf(p, ".TH CAMEO 1 %s \"cameo %s\" \"User Commands\"\n", day, roff(build.Version))
	p.macro("SH", "NAME")
	p.text("cameo - " + strings.ToLower(root.Short[:1]) + root.Short[1:])
	p.macro("SH", "SYNOPSIS")
	p.macro("B", root.Use)
	p.macro("br")
	p.macro("B", "cameo VERB [ARGUMENT]...")
	p.macro("SH", "DESCRIPTION")
	p.text(root.Long)
	p.macro("SH", "VERBS")
	for _, c := range root.Commands() {
		p.verb(c)
	}
	p.macro("SH", "OPTIONS OF EVERY VERB")
	p.flags(root.PersistentFlags())
	p.macro("SH", "EXIT STATUS")
	p.entry("0", "ok")
	for _, code := range sortedCodes() {
		p.entry(strconv.Itoa(code), codesHelp()[code])
	}
	p.macro("SH", "ENVIRONMENT")
	for _, v := range manVariables() {
		p.entry(v[0], v[1])
	}
	p.macro("SH", "FILES")
	for _, f := range manFiles() {
		p.entry(f[0], f[1])
	}
	return p.String()
}

func sortedCodes() []int {
	var codes []int
	for code := range codesHelp() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

func manVariables() [][2]string {
	return [][2]string{
		{"AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "The AWS files, in place of those in ~/.aws."},
		{"AWS_REGION, AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTPS_PROXY, ...", "As for every AWS program."},
		{"CAMEO_CONFIG", "The settings file, as --config names it."},
		{"CAMEO_NO_INPUT", "Unless empty or 0: never ask, as --no-input."},
		{"CAMEO_ROLE_ARN", "Set in a role that has a profile: its ARN, by which an edited profile is noticed."},
		{"CAMEO_ACCESS", "Set in a role that session policies narrow: read-only, policy, or both; policy,profile where its profile says so."},
		{"CAMEO_ROLE, CAMEO_ENV, CAMEO_EXPIRES, CAMEO_PROMPT", "Set by cameo in a shell that is in a role: which role, what kind of environment, until when, and a few words for the prompt."},
	}
}

func manFiles() [][2]string {
	return [][2]string{
		{"~/.aws/config, ~/.aws/credentials", "The profiles, and so the roles."},
		{"$XDG_CONFIG_HOME/cameo/config.toml", "The settings; on Windows below %AppData%."},
		{"$XDG_CACHE_HOME/cameo", "Sessions, each in a sealed file; on Windows below %LocalAppData%."},
	}
}

// page is a manual page that is being written.
type page struct{ strings.Builder }

// macro writes a request with its arguments, each of them quoted.
func (p *page) macro(name string, args ...string) {
	p.WriteString("." + name)
	for _, arg := range args {
		p.WriteString(` "` + strings.ReplaceAll(roff(arg), `"`, `\(dq`) + `"`)
	}
	p.WriteByte('\n')
}

// entry is a word and, indented below it, what it means.
func (p *page) entry(word, meaning string) {
	p.macro("TP")
	p.macro("B", word)
	p.lines(meaning)
}

func (p *page) verb(c *cobra.Command) {
	if !c.IsAvailableCommand() || c.Name() == "help" {
		return
	}
	p.macro("SS", strings.TrimSuffix(c.UseLine(), " [flags]"))
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	p.text(long)
	p.flags(c.LocalNonPersistentFlags())
	for _, sub := range c.Commands() {
		p.verb(sub)
	}
}

func (p *page) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, meaning := pflag.UnquoteUsage(f)
		word := "--" + f.Name
		if f.Shorthand != "" {
			word = "-" + f.Shorthand + ", " + word
		}
		if value != "" {
			word += " " + value
		}
		p.entry(word, meaning)
	})
}

// text writes paragraphs, which blank lines part; one that is indented keeps its
// lines.
func (p *page) text(text string) {
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			p.macro("PP")
		}
		p.paragraph(strings.Split(paragraph, "\n"))
	}
}

func (p *page) paragraph(lines []string) {
	literal := false
	for _, line := range lines {
		if indented := strings.HasPrefix(line, "  "); indented != literal {
			literal = indented
			if literal {
				p.macro("RS", "4")
				p.macro("nf")
			} else {
				p.macro("fi")
				p.macro("RE")
			}
		}
		p.lines(strings.TrimPrefix(line, "  "))
	}
	if literal {
		p.macro("fi")
		p.macro("RE")
	}
}

func (p *page) lines(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		p.WriteString(roff(line) + "\n")
	}
}

// roff is text that means itself: no request at the start of a line, no escapes,
// and the ASCII characters that man would typeset as others.
func roff(text string) string {
	text = strings.NewReplacer(
		`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`,
	).Replace(profiles.Inert(text))
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return text
}
