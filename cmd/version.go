package cmd

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which version this is",
		Long: "Say which version this is, and for which system it was built." + exits(exitUsage),
		Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *app) printVersion() error {
	_, err := fmt.Fprint(a.world.Stdout, versionText(a.world.Build))
	return err
}

func versionText(b Build) string {
	text := "cameo " + b.Version
	if b.Commit != "" {
		text += " (" + b.Commit
		if b.Date != "" {
			text += ", " + b.Date
		}
		text += ")"
	}
	return text + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
}
