package profiles

import "strings"

// Files names the two files. A path is empty where it could not be found out
// because no home directory is known.
type Files struct {
	Config      string
	Credentials string
}

// Locate says where the AWS config and credentials files are:
// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE where they are set and not
// empty, else .aws/config and .aws/credentials in the home directory. The home
// directory is HOME, on Windows else USERPROFILE, else HOMEDRIVE and HOMEPATH. A
// path that begins with ~/ begins at the home directory. goos is as in
// runtime.GOOS. See "Shared config and credentials files: location" in the AWS
// SDKs and Tools Reference Guide.
func Locate(getenv func(string) (string, bool), goos string) Files {
	get := func(name string) string { v, _ := getenv(name); return v }
	sep := "/"
	if goos == "windows" {
		sep = `\`
	}
	home := get("HOME")
	if home == "" && goos == "windows" {
		if home = get("USERPROFILE"); home == "" && get("HOMEPATH") != "" {
			home = get("HOMEDRIVE") + get("HOMEPATH")
		}
	}
	inHome := func(path string) string {
		if home == "" {
			return ""
		}
		return strings.TrimRight(home, sep) + sep + path
	}
	locate := func(variable, name string) string {
		path := get(variable)
		switch {
		case path == "":
			return inHome(".aws" + sep + name)
		case strings.HasPrefix(path, "~/"), goos == "windows" && strings.HasPrefix(path, `~\`):
			return inHome(path[2:])
		}
		return path
	}
	return Files{
		Config:      locate("AWS_CONFIG_FILE", "config"),
		Credentials: locate("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
	}
}
