package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cameo/profiles"
)

// helpWidth is how wide help is: it fits a terminal of 80 columns.
const helpWidth = 79

// verbGroups are the verbs as the short help lists them, in the order in which
// people meet them.
func verbGroups(a *app) []verbGroup {
	return []verbGroup{
		{"Every day", []*cobra.Command{newSwitch(a), newExit(a), newRefresh(a), newStatus(a)}},
		{"Use a role without switching", []*cobra.Command{newExec(a), newShell(a), newExport(a), newCredentialProcess(a), newConsole(a)}},
		{"Know and shape what is configured", []*cobra.Command{newProfiles(a), newExplain(a), newAdd(a), newEdit(a), newRemove(a), newWire(a), newUnwire(a), newSync(a)}},
		{"Who you are", []*cobra.Command{newLogout(a), newMFA(a), newHistory(a)}},
		{"Set up and try", []*cobra.Command{newInit(a), newDoctor(a), newConfig(a), newDemo(a), newSandbox(a), newVersion(a)}},
		{"", []*cobra.Command{newCompletion(a), newMan(a)}}, // hidden
	}
}

type verbGroup struct {
	title string
	verbs []*cobra.Command
}

// writeHelp prints the help of a command: what it does, how it is typed, its flags,
// and last its exit codes. The flags of every verb are told by the first help only.
func writeHelp(w io.Writer, c *cobra.Command, groups []verbGroup) {
	about, codes, _ := strings.Cut(c.Long, exitsMark)
	fmt.Fprintf(w, "%s\n\nUsage:\n", strings.TrimSpace(about))
	if c.Runnable() {
		fmt.Fprintf(w, "  %s\n", usageLine(c))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s VERB ...\n", c.CommandPath())
		if c.HasParent() {
			groups = []verbGroup{{"Verbs", c.Commands()}}
		}
		writeVerbs(w, groups)
	}
	flags := c.LocalFlags()
	if c.HasParent() {
		flags = c.LocalNonPersistentFlags()
	}
	if flags.HasAvailableFlags() {
		fmt.Fprintf(w, "\nFlags:\n%s", flags.FlagUsagesWrapped(helpWidth))
	}
	if codes != "" {
		fmt.Fprintf(w, "\nExit codes:\n%s", exitTable(codes))
	}
	if c.HasParent() {
		fmt.Fprintf(w, "\n%s --help has the flags of every verb.\n", c.Root().Name())
	} else {
		fmt.Fprintf(w, "\n%s VERB --help tells more of a verb.\n", c.Name())
	}
}

// newHelp is the verb for those who ask in words; like --help it is in no list.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [VERB]", Short: "Help of a verb", Hidden: true,
		Long: "Print the help of a verb, or of cameo." + exits(exitUsage),
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 && found.HasSubCommands() {
				return noSuchVerb(found, rest)
			}
			found.InitDefaultHelpFlag() // as --help does
			return found.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if found, rest, err := root.Find(args); err == nil && len(rest) == 0 {
				for _, c := range found.Commands() {
					if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), typed) {
						names = append(names, c.Name()+"\t"+c.Short)
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// helpOfNothing is the error of --help behind a word that is neither one of c's verbs
// nor, where c takes roles, a role.
func (a *app) helpOfNothing(c *cobra.Command, words []string) error {
	if len(words) == 0 || !c.HasSubCommands() {
		return nil
	}
	if !c.HasParent() {
		_, book := a.book()
		if _, err := book.Resolve(words[0]); err == nil || words[0] == "-" {
			return nil
		}
	}
	return noSuchVerb(c, words)
}

// noSuchVerb is the error of words that name no verb of c, with the nearest one.
func noSuchVerb(c *cobra.Command, words []string) error {
	try, near := c.CommandPath()+" --help", ""
	if verb := verbNear(words[0], c.Commands()); verb != "" {
		try, near = c.CommandPath()+" "+verb+" --help", fmt.Sprintf(": did you mean %s?", verb)
	}
	return usage(try, "%s has no verb %s%s", c.CommandPath(), profiles.Quote(words[0]), near)
}

// usageLine is how c is typed: flags may stand before what they speak of.
func usageLine(c *cobra.Command) string {
	_, arguments, _ := strings.Cut(c.Use, " ")
	line := c.CommandPath()
	if c.HasParent() && c.LocalNonPersistentFlags().HasAvailableFlags() {
		line += " [FLAGS]"
	}
	return strings.TrimSpace(line + " " + arguments)
}

func writeVerbs(w io.Writer, groups []verbGroup) {
	width := 0
	for _, g := range groups {
		for _, c := range g.verbs {
			width = max(width, len(c.Name()))
		}
	}
	for _, g := range groups {
		heading := "\n" + g.title + ":\n"
		for _, c := range g.verbs {
			if c.IsAvailableCommand() {
				fmt.Fprintf(w, "%s  %-*s  %s\n", heading, width, c.Name(), c.Short)
				heading = ""
			}
		}
	}
}

// exitsMark begins the exit codes at the end of a command's description.
const exitsMark = "\n\nExit codes: "

// exits is the paragraph of a command's description that lists its exit codes.
func exits(codes ...int) string {
	var b strings.Builder
	b.WriteString(exitsMark + "0 ok")
	for _, code := range codes {
		fmt.Fprintf(&b, "; %d %s", code, codesHelp()[code])
	}
	return b.String()
}

// exitTable is that paragraph with a line for each code.
func exitTable(paragraph string) string {
	var b strings.Builder
	list, more, _ := strings.Cut(paragraph, "\n")
	for entry := range strings.SplitSeq(list, "; ") {
		code, meaning, _ := strings.Cut(entry, " ")
		if strings.Trim(code, "0123456789") != "" { // words about the codes of others
			code, meaning = "", entry
		}
		fmt.Fprintf(&b, "  %3s  %s\n", code, meaning)
	}
	for line := range strings.Lines(more) {
		fmt.Fprintf(&b, "  %s\n", strings.TrimRight(line, "\n"))
	}
	return b.String()
}
