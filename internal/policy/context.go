package policy

import "strings"

// Context holds the condition keys of a request. Keys are compared without
// regard to case; a key without values is present and empty. The zero value is
// empty and ready.
type Context struct{ values map[string][]string }

// Set gives a key its values, in place of any it had.
func (c *Context) Set(key string, values ...string) {
	if c.values == nil {
		c.values = map[string][]string{}
	}
	c.values[strings.ToLower(key)] = values
}

// Get returns the values of a key, and whether the request has the key at all.
func (c Context) Get(key string) (values []string, present bool) {
	values, present = c.values[strings.ToLower(key)]
	return values, present
}
