//go:build unix

package cmd_test

import (
	"encoding/pem"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// startWeb serves the files of a directory over TLS, with ETags, at $WEB; the programs
// of the script trust it. Some paths are answers of their own: /to-http leads on to an
// address without TLS, /huge never ends, /busy is 503, /secret is refused.
func startWeb(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/to-http":
			http.Redirect(w, r, "http://"+r.Host+"/roles.json", http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/roles.json", http.StatusFound)
		case "/huge":
			for block := strings.Repeat(" ", 1<<20); ; {
				if _, err := w.Write([]byte(block)); err != nil {
					return
				}
			}
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/secret":
			w.WriteHeader(http.StatusForbidden)
		default:
			serve(w, r, filepath.Join(dir, filepath.Base(r.URL.Path)))
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of those who do not trust it
	ts.Defer(server.Close)
	ca := ts.MkAbs("ca.pem")
	ts.Check(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	ts.Setenv("AWS_CA_BUNDLE", ca)
	ts.Setenv("WEB", server.URL)
}

func serve(w http.ResponseWriter, r *http.Request, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	hash := fnv.New64()
	_, _ = hash.Write(data)
	tag := fmt.Sprintf("%q", strconv.FormatUint(hash.Sum64(), 16))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(data)
}

// putObject puts a file into a bucket of the sandbox.
func putObject(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(boxOf(ts).world.PutObject(args[0], args[1], []byte(ts.ReadFile(args[2]))))
}
