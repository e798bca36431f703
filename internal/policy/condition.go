package policy

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator taken apart.
type operator struct {
	base     string // without set prefix, Not and IfExists, such as "StringLike"
	negated  bool
	ifExists bool
	set      string // "", "ForAllValues", "ForAnyValue"
	test     func(wanted pattern, value string) bool
	variable bool // policy variables are replaced in its values
}

// parseOperator takes an operator name apart; ok is false for one that IAM does
// not have. The names and what they compare are in
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func parseOperator(name string) (op operator, ok bool) {
	rest := name
	if set, after, found := strings.Cut(name, ":"); found {
		if set != "ForAllValues" && set != "ForAnyValue" {
			return operator{}, false
		}
		op.set, rest = set, after
	}
	if rest == "Null" {
		op.base = "Null"
		return op, true
	}
	rest, op.ifExists = strings.CutSuffix(rest, "IfExists")
	if positive, isNegated := negatedOperators(rest); isNegated {
		rest, op.negated = positive, true
	}
	op.base = rest
	op.test, op.variable = comparison(rest)
	return op, op.test != nil
}

func negatedOperators(name string) (positive string, negated bool) {
	switch name {
	case "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "NumericNotEquals",
		"DateNotEquals", "NotIpAddress", "ArnNotEquals", "ArnNotLike":
		return strings.Replace(name, "Not", "", 1), true
	}
	return "", false
}

func comparison(base string) (test func(pattern, string) bool, variables bool) {
	switch base {
	case "StringEquals":
		return func(w pattern, v string) bool { return w.String() == v }, true
	case "StringEqualsIgnoreCase":
		return func(w pattern, v string) bool { return strings.EqualFold(w.String(), v) }, true
	case "StringLike":
		return pattern.match, true
	case "ArnEquals", "ArnLike":
		return matchARN, true
	case "Bool":
		return func(w pattern, v string) bool { return strings.EqualFold(w.String(), v) }, false
	case "IpAddress":
		return func(w pattern, v string) bool { return addressInside(w.String(), v) }, false
	case "BinaryEquals":
		return func(w pattern, v string) bool { return sameBinary(w.String(), v) }, false
	}
	kind, order, ok := ordered(base)
	if !ok {
		return nil, false
	}
	return func(w pattern, v string) bool {
		compare := compareNumbers
		if kind == "Date" {
			compare = compareDates
		}
		result, ok := compare(v, w.String())
		return ok && order(result)
	}, false
}

// ordered reads the operators on numbers and dates, such as "DateLessThan".
func ordered(base string) (kind string, order func(int) bool, ok bool) {
	for _, kind := range []string{"Numeric", "Date"} {
		relation, found := strings.CutPrefix(base, kind)
		if !found {
			continue
		}
		switch relation {
		case "Equals":
			return kind, func(c int) bool { return c == 0 }, true
		case "LessThan":
			return kind, func(c int) bool { return c < 0 }, true
		case "LessThanEquals":
			return kind, func(c int) bool { return c <= 0 }, true
		case "GreaterThan":
			return kind, func(c int) bool { return c > 0 }, true
		case "GreaterThanEquals":
			return kind, func(c int) bool { return c >= 0 }, true
		}
	}
	return "", nil, false
}

// holds reports whether a request satisfies the condition. A variable that
// cannot be replaced, and an operator that IAM does not have, never hold.
func (c Condition) holds(context Context, version string) bool {
	op, ok := parseOperator(c.Operator)
	if !ok {
		return false
	}
	values, present := context.Get(c.Key)
	if op.base == "Null" {
		return nullHolds(c.Values, present && len(values) > 0)
	}
	if !present || len(values) == 0 {
		switch {
		case op.set == "ForAllValues" || op.ifExists:
			return true
		case op.set == "ForAnyValue":
			return false
		}
		return op.negated
	}
	wanted := make([]pattern, 0, len(c.Values))
	for _, text := range c.Values {
		if !op.variable {
			version = versionOldest
		}
		p, ok := expand(text, context, version)
		if !ok {
			return false
		}
		wanted = append(wanted, p)
	}
	return op.holds(wanted, values)
}

// holds compares every value of the request with every wanted one.
func (op operator) holds(wanted []pattern, values []string) bool {
	satisfied := 0
	for _, value := range values {
		if op.matchesAny(wanted, value) != op.negated {
			satisfied++
		}
	}
	switch {
	case op.set == "ForAllValues":
		return satisfied == len(values)
	case op.set == "" && op.negated:
		return satisfied == len(values)
	}
	return satisfied > 0
}

func (op operator) matchesAny(wanted []pattern, value string) bool {
	for _, w := range wanted {
		if op.test(w, value) {
			return true
		}
	}
	return false
}

// nullHolds: "true" wants the key to be absent, "false" wants it to be there.
func nullHolds(wanted []string, present bool) bool {
	for _, w := range wanted {
		if (strings.EqualFold(w, "true") && !present) || (strings.EqualFold(w, "false") && present) {
			return true
		}
	}
	return false
}

// matchARN compares each of the six parts of an ARN for itself, so that a
// wildcard never reaches over a colon into the next part.
func matchARN(wanted pattern, value string) bool {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 {
		return false
	}
	for i := range parts {
		part := wanted
		if i < 5 {
			colon := -1
			for j, r := range wanted {
				if r == ':' {
					colon = j
					break
				}
			}
			if colon < 0 {
				return false
			}
			part, wanted = wanted[:colon], wanted[colon+1:]
		}
		if !part.match(parts[i]) {
			return false
		}
	}
	return true
}

func addressInside(network, address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	if !strings.Contains(network, "/") {
		single, err := netip.ParseAddr(network)
		return err == nil && single.Unmap() == ip.Unmap()
	}
	prefix, err := netip.ParsePrefix(network)
	return err == nil && prefix.Contains(ip.Unmap())
}

func sameBinary(a, b string) bool {
	x, errX := base64.StdEncoding.DecodeString(a)
	y, errY := base64.StdEncoding.DecodeString(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func compareNumbers(a, b string) (int, bool) {
	x, okX := number(a)
	y, okY := number(b)
	switch {
	case !okX || !okY:
		return 0, false
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, true
}

func number(text string) (float64, bool) {
	if text == "" || strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

func compareDates(a, b string) (int, bool) {
	x, okX := date(a)
	y, okY := date(b)
	return x.Compare(y), okX && okY
}

// date reads what IAM takes for a date: ISO 8601 in the forms of W3C's note, or
// seconds since 1970.
func date(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02", "2006-01", "2006"} {
		if layout == "2006" && len(text) != 4 {
			continue
		}
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}
