package profiles

import "strings"

type partition struct{ prefix, name, home string }

// partitions are AWS's but for "aws", by the prefix of their regions' names
// (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
// home is the region where nobody names one.
func partitions() []partition {
	return []partition{
		{"cn-", "aws-cn", "cn-north-1"}, {"us-gov-", "aws-us-gov", "us-gov-west-1"}, {"us-iso-", "aws-iso", "us-iso-east-1"},
		{"us-isob-", "aws-iso-b", "us-isob-east-1"}, {"eu-isoe-", "aws-iso-e", "eu-isoe-west-1"},
		{"us-isof-", "aws-iso-f", "us-isof-south-1"}, {"eusc-", "aws-eusc", "eusc-de-east-1"},
	}
}

// PartitionOf is the partition that a region is in, by its name: "aws" where that
// tells of no other. certain is false where it does not tell of that one either.
func PartitionOf(region string) (name string, certain bool) {
	for _, p := range partitions() {
		if strings.HasPrefix(region, p.prefix) {
			return p.name, true
		}
	}
	part := strings.Split(region, "-")
	const commercial = " us eu ap sa ca me af il mx "
	return "aws", len(part) == 3 && strings.Contains(commercial, " "+part[0]+" ") && part[1] != "" && strings.Trim(part[2], "0123456789") == ""
}

// HomeRegion is the region of a partition where nobody names one.
func HomeRegion(partition string) string {
	for _, p := range partitions() {
		if p.name == partition {
			return p.home
		}
	}
	return "us-east-1"
}
