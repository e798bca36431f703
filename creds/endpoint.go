package creds

import (
	"strings"

	"cameo/profiles"
)

// Endpoint is where STS is reached.
type Endpoint struct {
	Region string // of the endpoint and of the signature
	URL    string // a custom endpoint; empty: AWS's own for Region
	Global bool   // sts.amazonaws.com instead of the regional one
}

// Host names the endpoint for people: "sts.eu-west-1.amazonaws.com", or the host
// of a custom URL.
func (e Endpoint) Host() string {
	if e.URL != "" {
		host := e.URL
		if _, after, found := strings.Cut(host, "://"); found {
			host = after
		}
		host, _, _ = strings.Cut(host, "/")
		return host
	}
	if e.Global {
		return "sts.amazonaws.com"
	}
	if strings.HasPrefix(e.Region, "cn-") {
		return "sts." + e.Region + ".amazonaws.com.cn"
	}
	return "sts." + e.Region + ".amazonaws.com"
}

// FindEndpoint decides where a chain's calls go. The region is flag, else the
// profile's, else AWS_REGION, else AWS_DEFAULT_REGION, else the partition's
// first; a region of another partition than the role's is not used. A custom URL
// is AWS_ENDPOINT_URL_STS, else AWS_ENDPOINT_URL, else the profile's
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html),
// unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true.
func FindEndpoint(c profiles.Chain, flag string, env func(string) (string, bool)) Endpoint {
	get := func(name string) string { value, _ := env(name); return value }
	var e Endpoint
	partition := "aws"
	if n := len(c.Steps); n > 0 && c.Steps[n-1].RoleARN.Text != "" {
		if role, err := profiles.ParseRoleARN(c.Steps[n-1].RoleARN.Text); err == nil {
			partition = role.Partition
		}
	}
	for _, region := range []string{flag, c.Region.Text, get("AWS_REGION"), get("AWS_DEFAULT_REGION")} {
		if region != "" && partitionOf(region) == partition {
			e.Region = region
			break
		}
	}
	if e.Region == "" {
		e.Region = firstRegion(partition)
	}
	if !strings.EqualFold(get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true") {
		for _, url := range []string{get("AWS_ENDPOINT_URL_STS"), get("AWS_ENDPOINT_URL"), c.EndpointURL.Text} {
			if url != "" {
				e.URL = strings.TrimSuffix(url, "/")
				break
			}
		}
	}
	mode := get("AWS_STS_REGIONAL_ENDPOINTS")
	if mode == "" {
		mode = c.STSRegionalEndpoints.Text
	}
	e.Global = strings.EqualFold(mode, "legacy") && partition == "aws"
	return e
}

// partitionOf goes by the prefix of the region's name, as AWS's partitions.json
// does (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
func partitionOf(region string) string {
	for prefix, partition := range map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso",
		"us-isob-": "aws-iso-b", "eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f", "eusc-": "aws-eusc"} {
		if strings.HasPrefix(region, prefix) {
			return partition
		}
	}
	return "aws"
}

func firstRegion(partition string) string {
	switch partition {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-iso":
		return "us-iso-east-1"
	case "aws-iso-b":
		return "us-isob-east-1"
	case "aws-iso-e":
		return "eu-isoe-west-1"
	case "aws-iso-f":
		return "us-isof-south-1"
	case "aws-eusc":
		return "eusc-de-east-1"
	}
	return "us-east-1"
}
