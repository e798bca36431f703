package shell

import (
	_ "embed" // the function's text
	"fmt"
	"strings"
	"unicode/utf16"
)

//go:embed init.ps1
var powershellInit string

//go:embed prompt.ps1
var powershellPrompt string

// powershell is the language of PowerShell 7 and of Windows PowerShell 5.1. All
// environment variables are exported there, and none can be readonly.
type powershell struct{}

func (powershell) Name() string { return "powershell" }

func (powershell) Quote(value string) (string, error) {
	return powershellQuote(value), refuseBytes("", value)
}

// powershellQuote writes ASCII on one line: PowerShell decodes and splits what it
// reads from a program as the console is set, and takes the typographic quotes
// U+2018 to U+201B for quotes. So every other character is a number.
func powershellQuote(value string) string {
	var words []string
	plain := func(r rune) bool { return ' ' <= r && r <= '~' }
	for rest := value; rest != ""; {
		end := strings.IndexFunc(rest, func(r rune) bool { return !plain(r) })
		if end < 0 {
			end = len(rest)
		}
		if end > 0 {
			words = append(words, "'"+strings.ReplaceAll(rest[:end], "'", "''")+"'")
		}
		rest = rest[end:]
		end = strings.IndexFunc(rest, plain)
		if end < 0 {
			end = len(rest)
		}
		for _, unit := range utf16.Encode([]rune(rest[:end])) {
			words = append(words, fmt.Sprintf("[char]%d", unit))
		}
		rest = rest[end:]
	}
	switch {
	case len(words) == 0:
		return "''"
	case len(words) == 1 && words[0][0] == '\'':
		return words[0]
	}
	// The comma keeps a single character a list.
	return "(-join @(" + strings.Join(words, ",") + "))"
}

func (d powershell) Init(o Options) (string, error) {
	alias := "\nSet-Alias -Name @ALIAS@ -Value cameo -Scope Global\n"
	return complete(powershellInit, parts{alias: alias, bind: d.bind, prompt: powershellPrompt}, d, o, ", ")
}

// bind replaces the line being typed, which the history keeps, by the command.
func (powershell) bind(k Key) string {
	modifier := "Ctrl"
	if k.Alt {
		modifier = "Alt"
	}
	return fmt.Sprintf(`
if (Get-Command -Name Set-PSReadLineKeyHandler -ErrorAction Ignore) {
    Set-PSReadLineKeyHandler -Chord '%s+%c' -BriefDescription cameo -ScriptBlock {
        $line = $null
        $cursor = $null
        [Microsoft.PowerShell.PSConsoleReadLine]::GetBufferState([ref]$line, [ref]$cursor)
        if ($line) { [Microsoft.PowerShell.PSConsoleReadLine]::AddToHistory($line) }
        [Microsoft.PowerShell.PSConsoleReadLine]::RevertLine()
        [Microsoft.PowerShell.PSConsoleReadLine]::Insert('cameo switch')
        [Microsoft.PowerShell.PSConsoleReadLine]::AcceptLine()
    }
}
`, modifier, k.Letter)
}

func (d powershell) Switch(h Handover) (string, error) {
	changes, err := h.changes()
	if err != nil {
		return "", err
	}
	var s, undo script
	s.line(`_cameo_leave `, h.Leave.word(), ` $true $true`)
	for _, c := range changes {
		for _, value := range []string{c.value, c.home.Value} {
			if err := refuseBytes(c.name, value); err != nil {
				return "", err
			}
		}
		made, was, ours := powershellQuote(c.value), `$null`, `$false`
		switch {
		case c.unset:
			made = `$null`
		case c.pid:
			made = `"$PID"`
		}
		if c.home.State == Exported || c.home.State == Unexported {
			was = powershellQuote(c.home.Value)
		}
		if c.ours() {
			ours = `$true`
		}
		s.line(`_cameo_put `, c.name, ` `, made)
		undo.line(`_cameo_back `, c.name, ` `, made, ` `, was, ` `, ours)
	}
	for _, text := range []string{h.Stack, h.Entered, h.Left} {
		if err := refuseBytes("", text); err != nil {
			return "", err
		}
	}
	if h.Left != "" {
		undo.line(`if (-not $_cameo_quiet) { _cameo_say `, powershellQuote(h.Left), ` }`)
	}
	s.line(`_cameo_push `, powershellQuote(h.Stack), ` `, powershellQuote(undo.String()))
	d.say(&s, h.Entered)
	return s.finish(), nil
}

func (d powershell) Clear(c Clearing) (string, error) {
	if _, err := c.changes(); err != nil {
		return "", err
	}
	if err := refuseBytes("", c.Message); err != nil {
		return "", err
	}
	var s script
	for _, name := range c.Unset {
		s.line(`_cameo_put `, name, ` $null`)
	}
	d.say(&s, c.Message)
	return s.finish(), nil
}

func (powershell) Exit(l Leaving) string {
	var s script
	s.line(`_cameo_leave `, l.word(), ` $plan.Quiet $false`)
	return s.finish()
}

func (powershell) Nothing() string { return nothingText() }

func (d powershell) Refresh(flags ...string) (string, error) {
	words, err := quoted(d, append(flags, "refresh"))
	if err != nil {
		return "", err
	}
	list := `@(` + strings.Join(words, `, `) + `)`
	var s script
	s.line(`_cameo_run `, list, ` (_cameo_read `, list, `)`)
	return s.finish(), nil
}

func (powershell) TakesTerminal() string { return takenText() }

func (powershell) say(s *script, message string) {
	if message != "" {
		s.line(`_cameo_say `, powershellQuote(message))
	}
}
