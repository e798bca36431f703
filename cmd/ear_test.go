package cmd

import (
	"slices"
	"testing"
	"time"
)

// A switch that was cancelled may end after the next one has begun.
func TestWhoListensIsNotSentAwayByWhoListenedBefore(t *testing.T) {
	var e ear
	var first, second []string
	stopFirst := e.listen(func(s string) { first = append(first, s) })
	stopSecond := e.listen(func(s string) { second = append(second, s) })
	stopFirst()
	e.hear("for the second")
	stopSecond()
	e.hear("for nobody")
	if len(first) != 0 || !slices.Equal(second, []string{"for the second"}) {
		t.Errorf("the first heard %q, the second %q", first, second)
	}
}

// What is told may not be there any more after that.
func TestWhoWentAwayIsToldNothing(t *testing.T) {
	var e ear
	telling, goOn, gone := make(chan bool), make(chan bool), make(chan bool)
	stop := e.listen(func(string) { telling <- true; <-goOn })
	go e.hear("a sentence")
	<-telling
	go func() { stop(); close(gone) }()
	select {
	case <-gone:
		t.Error("it went away while it was told something")
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	<-gone
}
