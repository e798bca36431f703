package tui

// readOnly is a wish for less.
func (w Wish) readOnly() Wish {
	w.ReadOnly = true
	return w
}

// with is the same wish, with a code of a device.
func (w Wish) with(device string) Wish {
	w.Device = device
	return w
}

// wording is how a wish is spoken of, each before the name of the role.
type wording struct {
	doing  string // while its session is got
	does   string // in a question
	failed string // when it came to nothing
	then   string // what is done with the session, alone
}

func (w Wish) words() wording {
	switch {
	case w.Renew:
		return wording{"Renewing ", "Renew ", "Could not renew ", "hand over to this shell"}
	case w.For == ForSubshell:
		return wording{"Opening a subshell as ", "Open a subshell as ", couldNotBecome, "open the subshell"}
	case w.For == ForCommand:
		return wording{"Running a command as ", "Run a command as ", couldNotBecome, "run the command"}
	case w.For == ForClipboard:
		return wording{"Copying the keys of ", "Copy the keys of ", couldNotBecome, "copy its keys"}
	case w.For == ForConsole:
		return wording{"Opening the console of ", "Open the console of ", "Could not open the console of ", "open the console"}
	case w.For == ForConsoleLink:
		return wording{"Copying a console link of ", "Copy a console link of ", "Could not get a console link of ", "ask for the link"}
	}
	return wording{"Becoming ", "Become ", couldNotBecome, "hand over to this shell"}
}

const couldNotBecome = "Could not become "

// cancelled says what stepping back from a question on the way leaves: that for the
// account, or the attempt-th one for a code.
func (w Wish) cancelled(attempt int) string {
	switch {
	case w.Device != "": // AWS was asked before, without a code
		return stillUnchanged
	case attempt == 1:
		return "Cancelled: nothing was requested."
	}
	return "Cancelled: no code was accepted, and this shell is unchanged."
}
