package cmd

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// asker names the program that started this one to get credentials: the parent, or
// who is behind the shell that an SDK starts a credential_process with. Empty where
// it cannot be told.
func asker() string {
	pid := os.Getppid()
	for range 3 {
		name, parent, ok := process(pid)
		if !ok {
			return ""
		}
		switch name {
		case "sh", "dash", "bash", "ash":
			pid = parent
			continue
		}
		return name
	}
	return ""
}

// process reads a process's name and its parent from /proc/PID/stat, where the name
// stands in parentheses and may hold any character.
func process(pid int) (name string, parent int, ok bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, false
	}
	text := string(data)
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return "", 0, false
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 2 {
		return "", 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return text[open+1 : end], parent, err == nil
}
