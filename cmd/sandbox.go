package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"cameo/internal/sandbox"
	"cameo/profiles"
)

func newSandbox(a *app) *cobra.Command {
	var listen, home string
	c := &cobra.Command{
		Use: "sandbox", Short: "Run a small AWS on this machine, to try things out",
		Long: `Run a small AWS on this machine: STS and a little S3, which decide as AWS does, and
a sign-in to a console of one page. It holds AWS's own example of a development and
a production account. In another shell:

  . DIR/env.sh
  aws s3 ls s3://productionapp --profile david

It ends on Ctrl-C or SIGTERM and listens on loopback only.` + exits(exitOther, exitUsage),
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return a.sandbox(c.Context(), listen, home) },
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback `ADDRESS` and port; 0 takes a free one")
	c.Flags().StringVar(&home, "home", "", "write the AWS files, the MFA seeds and env.sh into `DIR`")
	c.AddCommand(newSandboxCode(a), newSandboxSimulate(a), newSandboxVerify(a))
	return c
}

func (a *app) sandbox(ctx context.Context, listen, home string) error {
	world, err := sandbox.Scenario(a.world.Now, nil)
	if err != nil {
		return err
	}
	server := sandbox.New(world, sandbox.Options{})
	if err := server.Listen(listen); err != nil {
		if _, ok := errors.AsType[*sandbox.ListenError](err); ok {
			return usage("cameo sandbox --listen 127.0.0.1:0", "%s", err)
		}
		return &codedError{exit: exitOther, code: "other", message: "sandbox: " + profiles.Inert(err.Error()), try: "cameo sandbox --listen 127.0.0.1:0"}
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	if home != "" {
		if err := world.WriteHome(home, server.Endpoint()); err != nil {
			return &codedError{exit: exitOther, code: "other", message: fmt.Sprintf("sandbox: --home %s: %s", profiles.Inert(home), profiles.Inert(err.Error()))}
		}
	}
	line := "cameo sandbox: " + server.Endpoint()
	if home != "" {
		line += "  in another shell: . " + shellWord(filepath.Join(home, "env.sh"))
	}
	fmt.Fprintln(a.world.Stdout, line)
	err = <-ended
	var caught *signalError
	if err == nil && errors.As(context.Cause(ctx), &caught) && caught.signal == os.Interrupt {
		return &statusError{exit: exitCancelled}
	}
	return err
}

func newSandboxCode(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "code USER", Short: "Say the code that a user's MFA device shows", Hidden: true,
		Long: `Say a code of a user's virtual MFA device that has not been used yet, waiting for
the next 30 seconds if it must. USER is an IAM user or a profile of the sandbox
that AWS_ENDPOINT_URL names.` + exits(exitUsage, exitUnavailable, exitNoRole),
		Args: exactly(1, "one USER"),
		RunE: func(c *cobra.Command, args []string) error { return a.sandboxCode(c.Context(), args[0]) },
	}
}

func (a *app) sandboxCode(ctx context.Context, user string) error {
	endpoint := a.get("AWS_ENDPOINT_URL")
	if endpoint == "" {
		return usage(". DIR/env.sh", "AWS_ENDPOINT_URL names no sandbox")
	}
	client := sandbox.CodeClient{Endpoint: endpoint, Waiting: func(d time.Duration) {
		a.note("the code was used; the next one comes in %d s", int(d.Round(time.Second)/time.Second))
	}}
	code, err := client.Code(ctx, user)
	var unknown *sandbox.UnknownUserError
	switch {
	case errors.As(err, &unknown):
		return &codedError{exit: exitNoRole, code: "role_not_found", message: profiles.Inert(err.Error()), try: "cameo sandbox code david"}
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &codedError{exit: exitUnavailable, code: "network", message: "sandbox: " + profiles.Inert(err.Error()), try: "cameo sandbox --home DIR"}
	}
	_, err = fmt.Fprintln(a.world.Stdout, code)
	return err
}

// inSandbox reports whether STS is on loopback.
func (a *app) inSandbox() bool {
	endpoint := a.get("AWS_ENDPOINT_URL_STS")
	if endpoint == "" {
		endpoint = a.get("AWS_ENDPOINT_URL")
	}
	u, err := url.Parse(endpoint)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}
