package cmd

import (
	"os"
	"testing"
)

func TestAProcessIsKnownByNameAndParent(t *testing.T) {
	name, parent, ok := process(os.Getpid())
	if !ok || name == "" || parent != os.Getppid() {
		t.Error(name, parent, ok)
	}
	if _, _, ok := process(-1); ok {
		t.Error("there is no process -1")
	}
}
