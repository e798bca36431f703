// Package screentest lets a test see what a user sees: it runs a program on a
// pseudo-terminal, keeps the screen that a terminal would show, types, resizes
// and signals, and waits for what should appear. [Start] is the first thing to
// call; [Screen.WaitFor] takes the place of every sleep.
//
// A [Picture] is a screen at one moment: as text, or as an SVG for a document.
// [Draw] makes one from a frame of text with escape sequences, without a
// program.
//
// The package is imported by tests only. The pseudo-terminal exists on Unix
// systems; pictures work everywhere.
package screentest
