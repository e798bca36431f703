// Package creds turns a [profiles.Chain] into credentials.
//
// Start with a [Broker]: [Broker.Credentials] carries a chain out, uses the
// cache where it can and asks for an MFA code at most once. [Exchanges] shows the
// same as a value, without doing anything; the key of each exchange names the
// session in the cache. [STS.Send] asks AWS, as patiently, what the SDK has no
// operation for.
//
// The package never reads AWS files or the environment by itself (but for the
// proxies of [NewHTTPClient]), never starts a process, and never prints: secrets
// stay inside [profiles.Secret] until a caller reveals them, and no error holds
// one.
//
// One code opens one session of the source (GetSessionToken), and that session
// signs every AssumeRole of the source's roles. AWS limits a role that is entered
// from a session to one hour, so a longer one is asked for with the long-term
// keys and the code themselves.
package creds
