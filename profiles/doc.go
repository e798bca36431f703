// Package profiles reads the files that AWS's tools share, ~/.aws/config and
// ~/.aws/credentials, and says how a profile gets its credentials.
//
// Call [Locate] to learn where the files are, [Read] to read them into a [Set]
// ([Parse] where the bytes are at hand), and [Set.Chain] for the ordered
// exchanges that lead to a profile's credentials. [Chain.Check] looks for values
// that AWS would refuse; call it before a chain is carried out.
//
// A Set is lazy: [Set.Profile] and [Set.Chain] look at the section headers and
// parse only the sections that they need. A malformed line spoils only itself:
// it becomes a [Problem], the profile that it stands in cannot be used, and all
// others can. [Set.Strict] is for callers that want a whole file or none.
//
// The package reads two files and nothing else: it never touches the network,
// runs no program, reads no environment, and prints nothing. Text of the files
// may hold anything, terminal escapes too: show it through [Inert]. Errors and
// problems of this package are inert already.
//
// # Where AWS's tools disagree
//
// The shared parser tests of the AWS SDKs decide, with these exceptions, where
// the AWS CLI's reading is what people have on disk: a profile name may be quoted
// ([profile 'my profile']), whole sections may be indented, indented comments are
// dropped, and a byte order mark is skipped.
package profiles
