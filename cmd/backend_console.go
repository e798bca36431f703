package cmd

import (
	"context"

	"cameo/creds/refusal"
	"cameo/internal/switching"
	"cameo/profiles"
	"cameo/tui"
)

// ConsoleLink is `cameo console --print`.
func (b *backend) ConsoleLink(ctx context.Context, session switching.Session) (profiles.Secret, error) {
	link, err := b.app.consoleLink(ctx, b.now(), session, b.flags.region, "")
	if err != nil {
		return link, forScreen(ctx, b.app.consoleFailed(ctx, consoleFlags{}, nil, session, err), refusal.Facts{})
	}
	b.app.keepSession("console", session)
	return link, nil
}

// canOpenConsole fails where nothing here could open what a wish for the console gets.
func (b *backend) canOpenConsole(wish tui.Wish) error {
	if wish.For != tui.ForConsole || b.browserKnown {
		return nil
	}
	_, err := b.app.browser(b.now().Settings)
	return toPrint(err, consoleFlags{}, []string{wish.Role.Label()})
}

// OpenConsole is `cameo console`, without a word on the terminal.
func (b *backend) OpenConsole(ctx context.Context, session switching.Session) (string, error) {
	args := []string{session.Role.Label()}
	program, err := b.app.browser(b.now().Settings)
	if err != nil {
		return "", forScreen(ctx, toPrint(err, consoleFlags{}, args), refusal.Facts{})
	}
	link, err := b.ConsoleLink(ctx, session)
	if err != nil {
		return "", err
	}
	return program.name(), forScreen(ctx, toPrint(program.open(ctx, link, session.Role), consoleFlags{}, args), refusal.Facts{})
}

// ActiveSession asks nobody for a code.
func (b *backend) ActiveSession(ctx context.Context) (switching.Session, error) {
	session, err := b.app.activeSession(ctx, b.now(), sessionFlags{}, "")
	return session, forScreen(ctx, err, refusal.Facts{})
}
