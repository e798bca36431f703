package creds

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"cameo/profiles"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Endpoint is where STS is reached.
type Endpoint struct {
	Region string // of the endpoint and of the signature
	URL    string // a custom endpoint; empty: AWS's own for Region
	Global bool   // sts.amazonaws.com instead of the regional one
}

// The one endpoint that AWS had before there were regional ones, and the region
// that its signatures are for.
const (
	globalURL    = "https://sts.amazonaws.com"
	globalRegion = "us-east-1"
)

// legacyRegions are those whose requests go to the global endpoint under
// sts_regional_endpoints = legacy
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html).
func legacyRegions() []string {
	return []string{
		"ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1", "eu-central-1",
		"eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
	}
}

// Host names the endpoint for people: "sts.eu-west-1.amazonaws.com", or host and
// port of a custom URL, without any user name or password in it.
func (e Endpoint) Host() string {
	address := e.URL
	switch {
	case address != "":
	case e.Global:
		address = globalURL
	default:
		found, err := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), sts.EndpointParameters{Region: aws.String(e.Region)})
		if err != nil {
			return "STS in " + e.Region
		}
		address = found.URI.String()
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the custom endpoint of STS"
	}
	return u.Host
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
	partition := partitionOfRole(c)
	e.Region = profiles.HomeRegion(partition)
	for _, region := range []string{flag, c.Region.Text, get("AWS_REGION"), get("AWS_DEFAULT_REGION")} {
		if in, _ := profiles.PartitionOf(region); region != "" && in == partition {
			e.Region = region
			break
		}
	}
	e.URL = customURL(env, "AWS_ENDPOINT_URL_STS", c.EndpointURL.Text)
	mode := get("AWS_STS_REGIONAL_ENDPOINTS")
	if mode == "" {
		mode = c.STSRegionalEndpoints.Text
	}
	e.Global = strings.EqualFold(mode, "legacy") && slices.Contains(legacyRegions(), e.Region)
	return e
}

// FindSignin is the custom URL of the sign-in to the console; empty: AWS's own. It is
// AWS_ENDPOINT_URL_SIGNIN, else AWS_ENDPOINT_URL, else the profile's, on the terms of
// FindEndpoint; in is the line of the profile's, where it is that.
func FindSignin(c profiles.Chain, env func(string) (string, bool)) (address string, in profiles.Position) {
	address = customURL(env, "AWS_ENDPOINT_URL_SIGNIN", "")
	if address == "" {
		address, in = customURL(env, "AWS_ENDPOINT_URL_SIGNIN", c.SigninURL.Text), c.SigninURL.Position
	}
	return address, in
}

// customURL is the endpoint of one service that is set: by its own variable, by that of
// all services, or by the profile.
func customURL(env func(string) (string, bool), variable, profile string) string {
	get := func(name string) string { value, _ := env(name); return value }
	if strings.EqualFold(get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true") {
		return ""
	}
	return strings.TrimSuffix(cmp.Or(get(variable), get("AWS_ENDPOINT_URL"), profile), "/")
}

func partitionOfRole(c profiles.Chain) string {
	if n := len(c.Steps); n > 0 {
		if role, err := profiles.ParseRoleARN(c.Steps[n-1].RoleARN.Text); err == nil {
			return role.Partition
		}
	}
	return "aws"
}
