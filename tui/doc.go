// Package tui is cameo's screens: the list of roles, the dialogs on the way to
// one, and the page of the role that is active. Call [Run] first; it takes the
// terminal it is given, and gives it back on every way out. [RunLinear] holds the
// same conversation in whole sentences, line by line, for screen readers and for
// terminals that cannot move their cursor.
//
// The root model only routes: sizes, time, answers and keys go to the screen
// that is open, and the action that a screen returns is carried out by the root.
// A screen is a struct in a file of its own; it knows no other screen, draws
// from what it was given, and touches nothing. Everything the screens want from
// the world goes through [Backend], called only from the methods of
// commands; an answer that comes after the user turned away is dropped.
//
// # What it never does
//
// It never reads the environment, a file or the clock by itself, never asks the
// terminal for its colours, never captures the mouse, never shows a secret
// (keys and console links pass to the clipboard, once the user said yes), and never
// carries out a plan for a production role before the guard that the plan names
// has been answered on a screen that names the account.
package tui
