package config

// Error is a fault in the configuration, told in one line: where it stands,
// what is wrong, and what to do about it. A program that meets one exits with
// status 3.
type Error struct {
	Where string // file, or file:line
	What  string // what is wrong there, naming the key
	Mend  string // what to do about it
}

func (e *Error) Error() string {
	s := e.What
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	if e.Mend != "" {
		s += "; " + e.Mend
	}
	return s
}
