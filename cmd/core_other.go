//go:build !linux

package cmd

// leaveNoCore does nothing here: the limit of core files would be handed on to the
// programs that cameo starts.
func leaveNoCore() {}
