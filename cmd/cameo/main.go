// Command cameo switches this shell into AWS IAM roles, and back.
package main

import (
	"os"

	"cameo/cmd"
)

// Set by the release build with -ldflags -X.
var version, commit, date = "dev", "", ""

func main() {
	os.Exit(cmd.Main(cmd.Build{Version: version, Commit: commit, Date: date}))
}
