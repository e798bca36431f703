package profiles

import (
	"encoding/base32"
	"fmt"
	"slices"
)

// SourceChain says how the profile called name gets credentials to sign for
// another profile's role: as [Set.Chain], but its keys win over its own role. The
// errors are those of Chain.
func (s *Set) SourceChain(name string) (Chain, error) {
	if err := s.unreadable(); err != nil {
		return Chain{}, err
	}
	r := resolver{set: s, chain: Chain{Profile: name}, asSource: true}
	if err := r.walk(name); err != nil {
		return Chain{}, err
	}
	slices.Reverse(r.chain.Steps)
	return r.chain, nil
}

// ChainFrom is the chain of the profile called name where source signs for its
// role in place of what the profile itself says. The errors are those of Chain.
func (s *Set) ChainFrom(source Chain, name string) (Chain, error) {
	if err := s.unreadable(); err != nil {
		return Chain{}, err
	}
	r := resolver{set: s, chain: Chain{Profile: name}}
	p, err := r.visit(name)
	if err != nil {
		return Chain{}, err
	}
	if err := r.settings(p); err != nil {
		return Chain{}, err
	}
	if p.value("role_arn").Text == "" {
		return Chain{}, mistake(p, CodeMissingRoleARN, p.Defined, "it has no role_arn")
	}
	r.chain.Steps = slices.Clone(source.Steps)
	r.assume(p, source.Profile)
	return r.chain, nil
}

// AccountOfKey is the account that issued an access key, as its ID tells: AWS
// writes the account's number into the ten characters after the prefix, in base32,
// since 2019. Empty for older keys and for what is no access key ID.
func AccountOfKey(id string) string {
	if len(id) != 20 || id[4] < 'Q' {
		return ""
	}
	data, err := base32.StdEncoding.DecodeString(id[4:20])
	if err != nil {
		return ""
	}
	var n uint64
	for _, b := range data[:6] {
		n = n<<8 | uint64(b)
	}
	return fmt.Sprintf("%012d", (n&0x7fffffffff80)>>7)
}
