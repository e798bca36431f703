// Package console turns the session of a role into a link that signs a browser in to
// the AWS console.
//
// [Request.SignIn] asks AWS's federation endpoint for the link, and [Serve] hands it to
// a browser by a page on loopback that answers once, so that the link is in nobody's
// arguments. The link is a secret for the 15 minutes that it is good for: it signs in
// whoever has it. The package starts no browser, keeps nothing and prints nothing.
//
// See "Enable custom identity broker access to the AWS console" in the IAM User Guide
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html).
package console
