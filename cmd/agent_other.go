//go:build !linux

package cmd

// asker names the program that started this one to get credentials; it cannot be
// told here without more rights than the answer is worth.
func asker() string { return "" }
