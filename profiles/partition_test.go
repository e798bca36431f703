package profiles

import "testing"

func TestPartitionOf(t *testing.T) {
	for region, want := range map[string]struct {
		name    string
		certain bool
	}{
		"eu-west-1": {"aws", true}, "us-east-1": {"aws", true}, "mx-central-1": {"aws", true}, "cn-north-1": {"aws-cn", true},
		"us-gov-west-1": {"aws-us-gov", true}, "us-iso-east-1": {"aws-iso", true}, "us-isob-east-1": {"aws-iso-b", true}, "eusc-de-east-1": {"aws-eusc", true},
		"": {"aws", false}, "xx-new-1": {"aws", false}, "us-east-one": {"aws", false}, "eu--1": {"aws", false},
	} {
		if name, certain := PartitionOf(region); name != want.name || certain != want.certain {
			t.Errorf("%q: %s, %v", region, name, certain)
		}
	}
}

func TestTheHomeOfAPartitionIsInIt(t *testing.T) {
	for _, p := range append(partitions(), partition{name: "aws"}) {
		if name, certain := PartitionOf(HomeRegion(p.name)); name != p.name || !certain {
			t.Errorf("%s: %s is in %s", p.name, HomeRegion(p.name), name)
		}
	}
}
