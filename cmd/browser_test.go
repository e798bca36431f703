//go:build unix

package cmd_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// aBrowser is a browser: it notes its arguments and its environment in the files argv
// and environment, opens what the last argument says, and puts what it is shown into
// the file page.
func aBrowser() {
	fatal(os.WriteFile("argv", []byte(strings.Join(os.Args[1:], "\n")+"\n"), 0o600))
	fatal(os.WriteFile("environment", []byte(strings.Join(os.Environ(), "\n")+"\n"), 0o600))
	address := os.Args[len(os.Args)-1]
	if _, inContainer, found := strings.Cut(address, "&url="); found {
		var err error
		address, err = url.QueryUnescape(inContainer)
		fatal(err)
	}
	fatal(os.WriteFile("page.new", []byte(shown(address)), 0o600))
	fatal(os.Rename("page.new", "page"))
}

// visit prints what a browser shows of the address in a file.
func visit() {
	address, err := os.ReadFile(os.Args[1])
	fatal(err)
	_, err = os.Stdout.WriteString(shown(strings.TrimSpace(string(address))))
	fatal(err)
}

func shown(address string) string {
	response, err := http.Get(address)
	fatal(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	fatal(err)
	return string(text)
}
