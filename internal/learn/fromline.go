package learn

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// maxFromLine bounds a From line; real ones stay below 200 bytes.
const maxFromLine = 1000

var fromSpace = []byte("From ")

// fromLine is the line before each message of an mbox (RFC 4155, and what was
// written before it): "From ann@vendor.example Mon Jan  2 15:04:05 2006".
type fromLine struct {
	at    time.Time
	dated bool // a date was found: the mark of a line that a program wrote
	exact bool // and it stands right behind one word, the sender
	zone  bool // at has a zone; otherwise it is taken as UTC
}

// parseFromLine reads a line; ok is false when it cannot be a From line at all.
// A line without a date is one only in a file whose first line has none either,
// and then only with one word, an address or a dash.
func parseFromLine(line []byte) (f fromLine, ok bool) {
	if len(line) > maxFromLine || !bytes.HasPrefix(line, fromSpace) || bytes.IndexByte(line, 0) >= 0 {
		return f, false
	}
	words := strings.Fields(string(line[len(fromSpace):]))
	if f.readDate(words[max(0, len(words)-9):]) {
		f.exact = len(words) > 1 && weekday(words[1])
		return f, true
	}
	return f, len(words) == 0 || len(words) == 1 && (words[0] == "-" || strings.Contains(words[0], "@") || words[0] == "MAILER-DAEMON")
}

// readDate finds a date among words, in the order of asctime or of RFC 5322.
func (f *fromLine) readDate(words []string) bool {
	day, year := 0, 0
	var month time.Month
	var clock [3]int
	timed, named := false, false
	zone := time.UTC
	for _, w := range words {
		w = strings.Trim(w, ",")
		switch {
		case !named && weekday(w):
			named = true
		case !timed && strings.Contains(w, ":"):
			timed = readClock(w, &clock)
		case month == 0 && monthOf(w) != 0:
			month = monthOf(w)
		case len(w) == 5 && (w[0] == '+' || w[0] == '-') && digits(w[1:]):
			n, _ := strconv.Atoi(w[1:])
			east := (n/100*60 + n%100) * 60
			if w[0] == '-' {
				east = -east
			}
			zone, f.zone = time.FixedZone("", east), true
		case w == "UTC" || w == "GMT" || w == "Z":
			f.zone = true
		case day == 0 && len(w) <= 2 && digits(w):
			day, _ = strconv.Atoi(w)
		case year == 0 && len(w) == 4 && digits(w):
			year, _ = strconv.Atoi(w)
		}
	}
	if !named || !timed || month == 0 || day < 1 || day > 31 || year < 1970 || year > 2200 {
		f.zone = false
		return false
	}
	f.at = time.Date(year, month, day, clock[0], clock[1], clock[2], 0, zone)
	f.dated = true
	return true
}

func readClock(w string, clock *[3]int) bool {
	parts := strings.Split(w, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return false
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || len(p) > 2 || n < 0 || n > 60 || i == 0 && n > 23 {
			return false
		}
		clock[i] = n
	}
	return true
}

func monthOf(w string) time.Month {
	if len(w) != 3 {
		return 0
	}
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(w))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return time.Month(i/3 + 1)
}

func weekday(w string) bool {
	w = strings.TrimSuffix(w, ",")
	return len(w) == 3 && strings.Contains("mon tue wed thu fri sat sun", strings.ToLower(w))
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
