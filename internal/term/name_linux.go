package term

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Name is the terminal's own name, such as /dev/pts/3: the one that ps shows, while
// /dev/tty is every process's name for its own.
func (t *Terminal) Name() string {
	if stat, err := os.ReadFile("/proc/self/stat"); err == nil {
		if name := controlling(string(stat)); name != "" {
			return name
		}
	}
	return "this terminal"
}

// controlling reads the terminal from proc_pid_stat(5): the fifth field behind the
// program's name, which stands in parentheses. Its number has the device's major in
// bits 8 to 15 and the minor in the others (devices.txt of the kernel: 136 to 143
// are pseudo-terminals, 4 is consoles and serial lines).
func controlling(stat string) string {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 5 {
		return ""
	}
	number, err := strconv.Atoi(fields[4])
	major, minor := number>>8&0xff, number&0xff|number>>12&0xfff00
	switch {
	case err != nil || number == 0:
		return ""
	case major >= 136 && major <= 143:
		return fmt.Sprintf("/dev/pts/%d", (major-136)<<8+minor)
	case major == 4 && minor < 64:
		return fmt.Sprintf("/dev/tty%d", minor)
	case major == 4:
		return fmt.Sprintf("/dev/ttyS%d", minor-64)
	}
	return ""
}
