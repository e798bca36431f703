package cmd

import "golang.org/x/sys/unix"

// leaveNoCore keeps the kernel from writing this process's memory, which may hold
// keys, to a core file or handing it to a crash reporter, and other processes of the
// user from reading it (PR_SET_DUMPABLE of prctl(2)). It ends with execve: the
// programs that cameo starts are as the user set them up.
func leaveNoCore() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
