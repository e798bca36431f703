package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/spf13/cobra"
	xterm "golang.org/x/term"
)

func newMFA(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "mfa", Short: "Work out the code of a virtual MFA device",
		Long: "Work out the code of a virtual MFA device." + exits(exitUsage),
		RunE: func(*cobra.Command, []string) error {
			return usage("cameo mfa --help", "mfa needs to be told what to do: code")
		},
	}
	c.AddCommand(newMFACode(a))
	return c
}

func newMFACode(a *app) *cobra.Command {
	var asJSON bool
	var at int64
	c := &cobra.Command{
		Use: "code", Short: "Print the code that belongs to a seed",
		Long: `Print the code that a virtual MFA device with this seed shows: six digits, new
every 30 seconds, as AWS takes them (RFC 6238, SHA-1). The seed is read from stdin,
in base32; it is kept nowhere.

  cameo mfa code <sandbox/mfa/david` + exits(exitUsage),
		Args: exactly(0, "no argument: the seed is read from stdin"),
		RunE: func(c *cobra.Command, _ []string) error {
			when := a.world.Now()
			if c.Flags().Changed("at") {
				when = time.Unix(at, 0)
			}
			return a.mfaCode(when, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().Int64Var(&at, "at", 0, "the code at this `TIME`, in seconds since 1970 (default: now)")
	return c
}

// codePeriod is how long an AWS virtual device shows one code.
const codePeriod = 30

type codeJSON struct {
	Version     int    `json:"version"`
	Code        string `json:"code"`
	SecondsLeft int64  `json:"seconds_left"`
}

func (a *app) mfaCode(at time.Time, asJSON bool) error {
	const example = "cameo mfa code <FILE"
	if xterm.IsTerminal(int(a.world.Stdin.Fd())) {
		return usage(example, "the seed is read from stdin, so that it is never seen")
	}
	line, err := readLine(a.world.Stdin)
	seed := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "=", "").Replace(strings.TrimSpace(line)))
	if err != nil || seed == "" {
		return usage(example, "no seed came on stdin")
	}
	if at.Unix() < 0 {
		return usage("cameo mfa code --help", "--at: there were no codes before 1970")
	}
	code, err := totp.GenerateCodeCustom(seed, at, totp.ValidateOpts{Period: codePeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil { // whose text may hold the seed
		return usage(example, "what came on stdin is not a seed in base32: letters A to Z and digits 2 to 7")
	}
	if asJSON {
		return printJSON(a.world.Stdout, codeJSON{Version: jsonVersion, Code: code, SecondsLeft: codePeriod - at.Unix()%codePeriod})
	}
	_, err = fmt.Fprintln(a.world.Stdout, code)
	return err
}
