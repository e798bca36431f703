// Package safefile reads, writes and locks files so that nothing is lost and
// nobody is fooled: writes are atomic and durable, reads check what was really
// opened (not what a name pointed to a moment before), and locks are released
// by the kernel whatever happens to their holder.
//
// Start with [Write] and [Read]; [ReadPrivate] and [PrivateDir] are for what
// only the user may see; [Edit] changes a file that other programs write as well,
// and [Open] reads what the user named; [AppendLine] adds to a log; [Lock]
// makes processes take turns.
//
// It never deletes a file of somebody else's making, never writes through a
// half-written target, and never blocks on what is not a regular file.
//
// On Windows a file is protected by the access list of the folder it is in (a
// user's profile folder by default): owner and mode are not checked there.
package safefile

import "fmt"

// Reason says why a file or directory is refused.
type Reason int

// The reasons.
const (
	Symlink      Reason = iota + 1 // a symbolic link (or reparse point) in place of the file
	NotRegular                     // a directory, pipe, socket or device in place of the file
	NotDirectory                   // something else in place of the directory
	ForeignOwner                   // it belongs to another user
	HardLinked                     // it has more than one name
	TooOpen                        // group or others have rights on it
	TooLarge                       // it is larger than the caller's limit
)

func (r Reason) String() string {
	switch r {
	case Symlink:
		return "is a symbolic link, which is not followed here"
	case NotRegular:
		return "is not a regular file"
	case NotDirectory:
		return "is not a directory"
	case ForeignOwner:
		return "belongs to another user"
	case HardLinked:
		return "has more than one name (hard links)"
	case TooOpen:
		return "can be read or written by others"
	case TooLarge:
		return "is larger than expected"
	}
	return "is refused"
}

// RefusedError is returned for a file or directory that exists but is not what
// it has to be.
type RefusedError struct {
	Path   string
	Reason Reason
}

func (e *RefusedError) Error() string { return fmt.Sprintf("%q %s", e.Path, e.Reason) }

// BusyError is returned by [Lock] when its context ended first. It wraps the
// context's error.
type BusyError struct {
	Path   string
	Holder Holder
	Err    error
}

func (e *BusyError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("another process holds %q: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("process %d holds %q: %v", e.Holder.PID, e.Path, e.Err)
}

func (e *BusyError) Unwrap() error { return e.Err }
