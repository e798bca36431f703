package cmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/internal/sandbox"
	"cameo/internal/settings"
	"cameo/internal/switching"
	"cameo/profiles"
	"cameo/tui"
)

func newDemo(a *app) *cobra.Command {
	var script bool
	c := &cobra.Command{
		Use: "demo", Short: "Try cameo on a sandbox: no AWS account, nothing left behind",
		Long: `Open cameo on a sandbox that lives inside this process: AWS's own example of a
development and a production account. You are David, a developer. Nothing reaches
AWS, and nothing is left behind. Without a terminal, or with --script, the
scenario is told on stdout instead.` + exits(exitOther, exitUsage, exitCancelled),
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if script || !a.canAsk() {
				return a.narrate(c.Context())
			}
			return a.demo(c.Context())
		},
	}
	c.Flags().BoolVar(&script, "script", false, "tell the scenario on stdout, without screens")
	return c
}

// demo runs the screens on a sandbox of its own.
func (a *app) demo(ctx context.Context) (err error) {
	stage, err := newStage(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.close()) }()
	world, err := stage.app.backend(switchFlags{})
	if err != nil {
		return err
	}
	b := &rehearsal{backend: world, stage: stage}
	result, err := a.screens(ctx, b, "", 0, settings.Default().UI)
	if err == nil && result.Kind == tui.Cancelled {
		return errCancelled
	}
	return err
}

// stage is a sandbox inside this process with a home folder, and the program as it
// is there: David's.
type stage struct {
	app    *app
	world  *sandbox.World
	server *sandbox.Server
	dir    string
	stop   context.CancelFunc
	ended  chan error
}

func newStage(ctx context.Context, a *app) (*stage, error) {
	dir, err := os.MkdirTemp("", "cameo-demo-")
	if err != nil {
		return nil, err
	}
	st := &stage{dir: dir, ended: make(chan error, 1)}
	ctx, st.stop = context.WithCancel(ctx)
	if err := st.start(ctx, a); err != nil {
		st.stop()
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return st, nil
}

func (st *stage) start(ctx context.Context, a *app) (err error) {
	if st.world, err = sandbox.Scenario(a.world.Now, nil); err != nil {
		return err
	}
	st.server = sandbox.New(st.world, sandbox.Options{})
	if err := st.server.Listen("127.0.0.1:0"); err != nil {
		return err
	}
	go func() { st.ended <- st.server.Serve(ctx) }()
	if err := st.world.WriteHome(st.dir, st.server.Endpoint()); err != nil {
		return err
	}
	world := *a.world
	world.Environ = st.environ(a.call.Environ)
	st.app = newApp(&world)
	st.app.flags = a.flags
	st.app.flags.config, st.app.flags.emit = "", ""
	key := cache.MemoryKey()
	st.app.key = &key
	return nil
}

// environ is the outer environment without any of its AWS identity, and with the
// sandbox's.
func (st *stage) environ(outer []string) []string {
	var environ []string
	for _, pair := range outer {
		if !strings.HasPrefix(pair, "AWS_") && !strings.HasPrefix(pair, "CAMEO_") && !strings.HasPrefix(pair, "XDG_") && !strings.HasPrefix(pair, "HOME=") {
			environ = append(environ, pair)
		}
	}
	return append(environ, "HOME="+st.dir, "USER=david", "AWS_PROFILE=david", "AWS_ENDPOINT_URL="+st.server.Endpoint(),
		"AWS_CONFIG_FILE="+filepath.Join(st.dir, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(st.dir, "credentials"))
}

// endpoint is where the sandbox's STS is.
func (st *stage) endpoint() creds.Endpoint {
	return creds.Endpoint{Region: "us-east-1", URL: st.server.Endpoint()}
}

// close ends the sandbox and removes its folder.
func (st *stage) close() error {
	st.stop()
	err := <-st.ended
	if removeErr := os.RemoveAll(st.dir); err == nil {
		err = removeErr
	}
	return err
}

// rehearsal is the backend of the demo: the role is entered inside the process,
// not in a shell.
type rehearsal struct {
	*backend
	stage *stage

	entering sync.Mutex
	session  *switching.Session
}

func (r *rehearsal) current() *switching.Session {
	r.entering.Lock()
	defer r.entering.Unlock()
	return r.session
}

func (r *rehearsal) enter(s *switching.Session) {
	r.entering.Lock()
	defer r.entering.Unlock()
	r.session = s
}

func (r *rehearsal) Overview(ctx context.Context) (tui.Overview, error) {
	o, err := r.backend.Overview(ctx)
	o.Looked, o.Sealed = []string{"the sandbox's own files"}, true
	o.Advice = "You are David, a developer, and may not write to the bucket of production. Press Enter for your roles, then Enter on prod-update: it asks for a code, and shows the one on David's phone."
	o.LinearAdvice = "You are David, a developer, and may not write to the bucket of production. Type switch, then 1 for prod-update: it asks for a code, and says the one on David's phone."
	if s := r.current(); s != nil {
		o.State.Active = &switching.Active{Role: s.Role, Expires: s.Credentials.Expires, SessionName: s.Name, ReadOnly: s.Asked.ReadOnly, ByPolicy: s.Asked.ByPolicy() || s.NarrowedByProfile}
	}
	return o, err
}

func (r *rehearsal) Switch(ctx context.Context, wish tui.Wish, plan switching.Plan, answer switching.Answer, watch func(switching.Progress)) (switching.Session, error) {
	s, err := r.backend.Switch(ctx, wish, plan, answer, watch)
	if err == nil && wish.For == tui.ForShell {
		r.enter(&s)
	}
	return s, err
}

func (r *rehearsal) Plan(ctx context.Context, wish tui.Wish) (switching.Plan, error) {
	if err := r.canOpenConsole(wish); err != nil {
		return switching.Plan{}, unadvised(err)
	}
	return r.backend.Plan(ctx, wish)
}

func (r *rehearsal) OpenConsole(ctx context.Context, session switching.Session) (string, error) {
	program, err := r.backend.OpenConsole(ctx, session)
	return program, unadvised(err)
}

// unadvised is an error that names no command: none knows of the demo.
func unadvised(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(err.Error())
}

func (r *rehearsal) Exit(context.Context, bool) (switching.Identity, error) {
	r.enter(nil)
	s := r.now()
	return s.Home().Identity(s.Profiles), nil
}

// DeviceCode is the code of the sandbox's virtual device.
func (r *rehearsal) DeviceCode(_ context.Context, device string) (string, time.Duration, error) {
	code, left, wait, err := r.stage.world.Code(device)
	if err != nil {
		return "", 0, err
	}
	if code == "" {
		return "", wait, nil
	}
	return code, left, nil
}

// Trials asks the buckets, as home and as the role.
func (r *rehearsal) Trials(ctx context.Context) ([]tui.Trial, error) {
	s := r.now()
	david, err := s.Book.Resolve("david")
	if err != nil {
		return nil, err
	}
	home, err := s.Use(ctx, switching.Ask{Role: david}, "")
	if err != nil {
		return nil, err
	}
	client := bucketClient{endpoint: r.stage.server.Endpoint(), now: r.Now}
	var trials []tui.Trial
	try := func(as string, session switching.Session, method, path, what string) error {
		answer, ok, err := client.do(ctx, session.Credentials, method, path)
		trials = append(trials, tui.Trial{As: as, Tried: what, Answer: profiles.Inert(answer), OK: ok})
		return err
	}
	if err := try("David", home, "PUT", "/productionapp/update.txt", "write s3://productionapp/update.txt"); err != nil {
		return trials, err
	}
	session := r.current()
	if session == nil {
		return trials, nil
	}
	as := session.Role.Name
	for _, t := range [][3]string{
		{"PUT", "/productionapp/update.txt", "write s3://productionapp/update.txt"},
		{"GET", "/productionapp/update.txt", "read s3://productionapp/update.txt"},
		{"GET", "/payroll/salaries.csv", "read s3://payroll/salaries.csv"},
		{"GET", "/dev-scratch/notes.txt", "read s3://dev-scratch/notes.txt"},
	} {
		if err := try(as, *session, t[0], t[1], t[2]); err != nil {
			return trials, err
		}
	}
	return trials, nil
}
