package cmd

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"
)

// A signal ends the wait for a code that nobody types.
func TestTheWaitForACodeOnStdinCanBeEnded(t *testing.T) {
	stdin, typing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	defer typing.Close()
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	a := &app{world: &World{Stdin: stdin}}
	got := make(chan error, 1)
	go func() {
		_, err := a.readCode(ctx, "-")
		got <- err
	}()
	cancel(stopped)
	select {
	case err := <-got:
		if !errors.Is(err, stopped) {
			t.Errorf("it says %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits on")
	}
}
