package learn

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxPassword bounds a password, in bytes.
const maxPassword = 4096

// PasswordFile answers with the first line of a file, which nobody but its owner
// (and group) may be able to read. The file is read when the password is needed.
func PasswordFile(path string) func() (string, error) {
	return func() (string, error) {
		f, err := os.Open(path)
		if err != nil {
			return "", plainPath(path, err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return "", plainPath(path, err)
		}
		if info.Mode().Perm()&0o007 != 0 {
			return "", fmt.Errorf("%s: everybody on this machine may read this password: chmod 600 %s", path, path)
		}
		b, err := io.ReadAll(io.LimitReader(f, maxPassword+1))
		if err != nil {
			return "", plainPath(path, err)
		}
		line, _, _ := strings.Cut(string(b), "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" || len(line) > maxPassword {
			return "", fmt.Errorf("%s: the first line must be the password, of at most %d bytes", path, maxPassword)
		}
		return line, nil
	}
}

// PasswordEnv answers with an environment variable.
func PasswordEnv(name string) func() (string, error) {
	return func() (string, error) {
		if v := os.Getenv(name); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("the environment variable %s, which should hold the password, is empty", name)
	}
}

var errNoPassword = errors.New("a password is needed: give it in a file, in the environment or at the terminal")
