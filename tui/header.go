package tui

import (
	"strings"

	"cameo/internal/switching"
	"cameo/profiles"
)

// header is the first line of every screen: who this shell is now. The region
// goes first where there is no room, the time left never.
func header(f frame, o Overview) string {
	var right []string
	if o.Sandbox {
		right = append(right, f.Strong.Render("SANDBOX"))
	}
	if active := o.State.Active; active != nil {
		return spreadRole(f, *active, right)
	}
	state := "no role active"
	if f.w < narrow {
		state = "no role"
	}
	right = append([]string{f.Faint.Render(state)}, right...)
	if o.Region != "" {
		right = append(right, f.Faint.Render(inert(o.Region)))
	}
	name, account, _ := strings.Cut(who(o.State.Home), "  ")
	first := f.Strong.Render(shorten(name, f.inner(), f.ellipsis))
	return fitting(f, first+"  "+f.Faint.Render(account), first, right)
}

// fitting joins left with as many of right, most important first, as there is
// room for; where not even the first has room, the shorter left stands.
func fitting(f frame, long, short string, right []string) string {
	for _, head := range []string{long, short} {
		for n := len(right); n > 0; n-- {
			tail := strings.Join(right[:n], "   ")
			if cells(head)+2+cells(tail) <= f.inner() {
				return spread(head, tail, f.inner())
			}
		}
	}
	return clip(short, f.inner())
}

// lasting is how long the role lasts, and the same with the time of day; empty where
// that is not known.
func lasting(f frame, active switching.Active) (short, long string) {
	if active.Expires.IsZero() {
		return "", ""
	}
	remaining := active.Expires.Sub(f.now)
	style := f.Plain
	if remaining <= lastMinutes {
		style = f.Warning
	}
	words := f.left(remaining)
	if f.w < narrow {
		words = strings.TrimSuffix(words, " left")
	}
	at := profiles.Clock(active.Expires, f.now)
	if remaining <= 0 {
		return style.Render(words), style.Render(words + " " + at)
	}
	return style.Render(words), style.Render("until " + at + ", " + words)
}

func spreadRole(f frame, active switching.Active, right []string) string {
	role := active.Role
	mark := f.label(role.Env)
	if active.ReadOnly {
		mark += f.Strong.Render("RO") + " "
	}
	end, longEnd := lasting(f, active)
	full := mark + f.Strong.Render(inert(role.Label())+" / "+inert(role.Name)) + "  " + f.Faint.Render(inert(role.AccountID))
	if active.KeysChanged {
		full += "  " + f.Warning.Render("keys changed")
	}
	if end != "" {
		long := append([]string{longEnd}, right...)
		if tail := strings.Join(long, "   "); cells(full)+2+cells(tail) <= f.inner() {
			return spread(full, tail, f.inner())
		}
		right = append([]string{end}, right...)
	}
	room := f.inner() - cells(mark) - cells(end) - 2
	last := " " + ending(inert(role.AccountID), 4, "")
	if room < 12 { // a window this small keeps the badge, the role and the time
		return spread(mark+f.Strong.Render(shorten(inert(role.Label()), max(room, 1), f.ellipsis)), end, f.inner())
	}
	names := inert(role.Label()) + " / " + inert(role.Name)
	if cells(names) > room-cells(last) { // one name in whole says more than halves of two
		names = shorten(inert(role.Label()), room-cells(last), f.ellipsis)
	}
	return fitting(f, full, mark+f.Strong.Render(names)+f.Faint.Render(last), right)
}

// arnName is the last part of an ARN's resource: the name people use.
func arnName(arn string) string {
	return arn[strings.LastIndexAny(arn, "/:")+1:]
}
