package tui

import (
	"slices"
)

// order is in which order roles of the same worth stand.
type order string

// The orders, as the settings name them.
const (
	byUse  order = "frecency" // what is entered often and lately comes first
	byName order = "name"
)

// next is the order that comes after o.
func (o order) next() order {
	if o == byName {
		return byUse
	}
	return byName
}

// recentRows is how many of the roles entered last stand on top.
const recentRows = 5

// section is rows of the list under one heading.
type section struct {
	title string
	rows  []int // indexes into Overview.Rows
}

// sections is the list while nothing is typed: the roles entered last, without the
// active one, so that the first is the one before; the favourites; and all others by
// name. Every role stands once. byNames is all rows in the order of their names.
func sections(o Overview, byNames []int, by order) []section {
	taken := make([]bool, len(o.Rows))
	take := func(title string, rows []int) section {
		for _, i := range rows {
			taken[i] = true
		}
		return section{title, rows}
	}
	all := []section{}
	if by == byUse {
		all = append(all, take("RECENT", recent(o)))
	}
	var favourites, others []int
	for _, i := range byNames {
		switch {
		case taken[i]:
		case o.Rows[i].Favourite:
			favourites = append(favourites, i)
		default:
			others = append(others, i)
		}
	}
	all = append(all, section{"FAVOURITE", favourites}, section{"ACCOUNTS", others})
	return slices.DeleteFunc(all, func(s section) bool { return len(s.rows) == 0 })
}

func recent(o Overview) []int {
	var rows []int
	for i := range o.Rows {
		row := &o.Rows[i]
		if !row.Used.IsZero() && (o.State.Active == nil || !isActive(row.Role, &o.State.Active.Role)) {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return o.Rows[b].Used.Compare(o.Rows[a].Used) })
	return rows[:min(len(rows), recentRows)]
}

// settled is the sections of the same roles read anew: each where it stood, so that
// nothing moves under the cursor, and what is new at the end. before are the rows
// that the old sections speak of.
func settled(old []section, before, now []Row, byNames []int) []section {
	at := make(map[string]int, len(now))
	for i := range now {
		at[rowKey(now[i])] = i
	}
	stands := make([]bool, len(now))
	var all []section
	for _, s := range old {
		kept := section{title: s.title}
		for _, i := range s.rows {
			if j, still := at[rowKey(before[i])]; still && !stands[j] {
				kept.rows, stands[j] = append(kept.rows, j), true
			}
		}
		all = append(all, kept)
	}
	added := section{title: "ACCOUNTS"}
	for _, i := range byNames {
		if !stands[i] {
			added.rows = append(added.rows, i)
		}
	}
	if n := len(all); n > 0 && all[n-1].title == added.title {
		all[n-1].rows = append(all[n-1].rows, added.rows...)
	} else {
		all = append(all, added)
	}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.rows) == 0 })
}

// rowKey tells roles apart.
func rowKey(row Row) string { return row.Role.Profile + "\x00" + row.Role.ARN }

// byAccount groups rows by their account, each group where its first row stands.
func byAccount(all []Row, rows []int) []section {
	var groups []section
	at := map[string]int{}
	for _, i := range rows {
		account := all[i].Role.AccountID
		group, known := at[account]
		if !known {
			group = len(groups)
			at[account] = group
			groups = append(groups, section{title: account})
		}
		groups[group].rows = append(groups[group].rows, i)
	}
	return groups
}
