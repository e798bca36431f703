package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cameo/creds/export"
	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/profiles"
)

func newCompletion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "completion SHELL", Short: "Print what completes cameo's words on Tab", Hidden: true,
		Long: `Print what lets a shell complete verbs, flags and the names of your roles on Tab.
Names are read from the AWS files at that moment; nothing is asked of AWS, and a
line that holds a command substitution is never run to complete it. SHELL is ` + strings.Join(completionShells(), ", ") + `.
Once in the shell's start-up file:

  eval "$(cameo completion bash)"      ~/.bashrc, with or without bash-completion
  source <(cameo completion zsh)       ~/.zshrc, after compinit
  cameo completion fish | source       ~/.config/fish/config.fish
  cameo completion powershell | Out-String | Invoke-Expression   $PROFILE` + exits(exitUsage),
		Args:              exactly(1, "the name of a SHELL"),
		ValidArgsFunction: oneOf(completionShells()...),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := completionScript(c.Root(), args[0])
			if err != nil {
				return err
			}
			_, err = io.WriteString(a.world.Stdout, text)
			return err
		},
	}
}

func completionShells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

// completionScript is the library's text, amended.
func completionScript(root *cobra.Command, name string) (string, error) {
	var b strings.Builder
	var err error
	switch name {
	case "bash":
		err = root.GenBashCompletionV2(&b, true)
	case "zsh":
		err = root.GenZshCompletion(&b)
	case "fish":
		err = root.GenFishCompletion(&b, true)
	case "powershell":
		err = root.GenPowerShellCompletionWithDesc(&b)
	default:
		return "", usage("cameo completion --help", "shell %q is not known: it can be %s", name, strings.Join(completionShells(), ", "))
	}
	if err != nil {
		return "", err
	}
	text := b.String()
	for _, change := range amendments(name) {
		if strings.Count(text, change.line) != 1 {
			return "", fmt.Errorf("completion: the text for %s has no place for %q", name, change.line)
		}
		text = strings.Replace(text, change.line, change.line+change.more, 1)
	}
	return text, nil
}

// amendment is text that goes after a line of the library's script.
type amendment struct{ line, more string }

// amendments are what the library's script for a shell lacks. All of them evaluate
// the line as it is typed so far; one that would run a command, or write to a file,
// gets the shell's own completion instead. And bash has no way to find the words
// of the line without the package bash-completion: readline cuts them at ":".
func amendments(name string) []amendment {
	switch name {
	case "bash":
		return []amendment{{
			line: "    requestComp=\"${words[0]} __complete ${args[*]}\"\n",
			more: "    [[ ${requestComp} != *[\\$\\`\\(\\)\\<\\>\\;\\&\\|]* && ${requestComp} != *$'\\n'* ]] || { out= directive=0; return; }\n",
		}, {
			line: "__cameo_init_completion()\n{\n    COMPREPLY=()\n",
			more: bashWords,
		}, {
			line: "    __cameo_handle_special_char \"$cur\" =\n",
			more: bashAt,
		}}
	case "zsh":
		return []amendment{{
			line: "    requestComp=\"${words[1]} __complete ${words[2,-1]}\"\n",
			more: "    if [[ ${requestComp} == *[\\$\\`\\(\\)\\<\\>\\;\\&\\|]* || ${requestComp} == *$'\\n'* ]]; then\n        _files\n        return\n    fi\n",
		}}
	case "fish":
		return []amendment{{
			line: "    set -l lastArg (string escape -- (commandline -ct))\n",
			more: "    string match -qr '[$()<>;&|\\n]' -- \"$args $lastArg\"; and return 1\n",
		}}
	case "powershell":
		return []amendment{{
			line: "    $RequestComp=\"$Program __complete $Arguments\"\n",
			more: "    if (\"$Arguments\" -match '[$`();<>&|{}\\n]') { return }\n",
		}}
	}
	return nil
}

const bashWords = `    if ! declare -F _get_comp_words_by_ref >/dev/null; then
        local rest=$COMP_LINE piece
        words=()
        for piece in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
            if [[ ${#words[@]} -eq 0 || $rest == [[:blank:]]* ]]; then
                words+=("$piece")
            else
                words[${#words[@]}-1]+=$piece
            fi
            rest=${rest#*"$piece"}
        done
        cword=$((${#words[@]} - 1))
        cur=${words[cword]}
        prev=${words[cword > 0 ? cword - 1 : 0]}
        return
    fi
`

// bashAt: for readline a word ends before an @, too, which begins the next one.
// The package bash-completion turns that off.
const bashAt = `    local tail=${cur##*[:=]} i
    if [[ $tail == *@* && $COMP_WORDBREAKS == *@* ]]; then
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]=${COMPREPLY[i]#"${tail%@*}"}
        done
    fi
`

// completesWords reports whether the library's script for a shell asks: its verb
// stands first.
func completesWords(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// plainUsages takes out of what is said of each flag the marks around its placeholder,
// which only help knows how to read.
func plainUsages(c *cobra.Command) {
	plain := func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") }
	c.Flags().VisitAll(plain)
	c.PersistentFlags().VisitAll(plain)
	for _, verb := range c.Commands() {
		plainUsages(verb)
	}
}

// completeNames lets the verbs under root complete what they take.
func completeNames(a *app, root *cobra.Command) {
	root.ValidArgsFunction = a.completeRole(false)
	for _, c := range root.Commands() {
		switch c.Name() {
		case "switch", "console":
			c.ValidArgsFunction = a.completeRole(false)
		case "exec", "shell", "export", "credential-process", "explain", "logout":
			c.ValidArgsFunction = a.completeRole(true)
		case "wire":
			c.ValidArgsFunction = a.completeRole(true)
		case "edit", "remove", "unwire":
			c.ValidArgsFunction = a.completeProfile
		case "init":
			c.ValidArgsFunction = oneOf(shell.Names()...)
		}
		if c.ValidArgsFunction == nil && c.Name() != "add" { // which takes a file
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		completeFlag(c, "format", oneOf(export.Formats()...))
		completeFlag(c, "service", oneOf("billing", "cloudformation", "cloudwatch", "dynamodbv2", "ec2", "ecs", "iam", "lambda", "rds", "s3", "secretsmanager", "systems-manager", "vpc"))
		completeFlag(c, "env", oneOf("prod", "staging", "dev", "sandbox"))
		completeFlag(c, "source-profile", a.completeSource)
		completeSession(a, c)
	}
	completeSession(a, root)
	completeFlag(root, "color", oneOf("auto", "always", "never"))
}

// completeSession completes the session flags of c, where it has them. The file of
// --policy is the shell's to complete.
func completeSession(a *app, c *cobra.Command) {
	completeFlag(c, "source", a.completeSource)
	completeFlag(c, "duration", oneOf("15m", "30m", "1h", "2h", "4h", "8h", "12h"))
	completeFlag(c, "policy-arn", oneOf("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"))
	for _, free := range []string{"reason", "session-name", "source-identity", "tag", "mfa-code"} {
		completeFlag(c, free, cobra.NoFileCompletions)
	}
}

// completeFlag gives the flag, where c has it, its completion.
func completeFlag(c *cobra.Command, name string, complete cobra.CompletionFunc) {
	if c.Flags().Lookup(name) != nil || c.PersistentFlags().Lookup(name) != nil {
		// The one error is a flag that is not there, or that has one already.
		_ = c.RegisterFlagCompletionFunc(name, complete)
	}
}

// oneOf completes from a fixed list.
func oneOf(words ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeRole completes the first argument by the names and aliases of roles;
// and, where plain is true, by profiles that have none. What follows it is the
// shell's to complete.
func (a *app) completeRole(plain bool) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) > 0 && c.Name() == "exec":
			return nil, cobra.ShellCompDirectiveDefault
		case len(args) > 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		set, book := a.book()
		var names []string
		isRole := map[string]bool{}
		for _, r := range book.All() {
			isRole[r.Profile] = true
			for i, name := range []string{r.Label(), r.Alias, r.Called} {
				if strings.HasPrefix(name, typed) && (i == 0 || name != r.Label()) {
					names = appendName(names, name, roleInWords(r))
				}
			}
		}
		if plain {
			names = appendProfiles(names, set, func(name string) bool { return strings.HasPrefix(name, typed) && !isRole[name] })
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSource completes by the names of all profiles: any of them may sign.
func (a *app) completeSource(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	set, _ := a.book()
	return appendProfiles(nil, set, func(name string) bool { return strings.HasPrefix(name, typed) }), cobra.ShellCompDirectiveNoFileComp
}

// completeProfile completes what shapes a profile: its name, for unwire that of one
// that wire made; and for edit then the keys that roles have.
func (a *app) completeProfile(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) > 0 && c.Name() == "edit":
		var keys []string
		for _, key := range keysOfRoles() {
			keys = append(keys, key+"=")
		}
		return keys, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	case len(args) > 0:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	set, _ := a.book()
	return appendProfiles(nil, set, func(name string) bool {
		p, _ := set.Profile(name)
		return strings.HasPrefix(name, typed) && (c.Name() != "unwire" || isWiring(p, ""))
	}), cobra.ShellCompDirectiveNoFileComp
}

func appendProfiles(names []string, set *profiles.Set, keep func(string) bool) []string {
	for _, name := range set.Names() {
		if keep(name) {
			names = appendName(names, name, "")
		}
	}
	return names
}

// appendName leaves out what no shell can show or take as it is.
func appendName(names []string, name, description string) []string {
	if name == "" || name != profiles.Inert(name) || strings.TrimSpace(name) != name {
		return names
	}
	return append(names, cobra.CompletionWithDesc(name, profiles.Inert(description)))
}

// roleInWords tells roles of like names apart: "[PROD] 123456789012/UpdateApp".
func roleInWords(r roles.Role) string {
	words := r.AccountID + "/" + r.Name
	if r.Env != roles.Unknown {
		words = "[" + strings.ToUpper(string(r.Env)) + "] " + words
	}
	return words
}
