//go:build unix && !linux

package term

// Name is what messages call it.
func (t *Terminal) Name() string { return "this terminal" }
