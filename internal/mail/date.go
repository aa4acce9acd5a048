package mail

import (
	"strconv"
	"strings"
	"time"
)

// readDate reads a Date value (RFC 5322 section 3.3, obsolete forms included):
// weekday, comments and seconds are optional, two-digit years and zone names are
// understood. The zero time means unreadable. zone is returned as written.
func readDate(v string) (t time.Time, zone string) {
	if strings.IndexByte(v, '(') >= 0 {
		v = dropComments(v)
	}
	w := strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	if len(w) > 0 && !startsDigit(w[0]) {
		w = w[1:] // the weekday
	}
	if len(w) >= 4 && !startsDigit(w[0]) { // asctime: Oct 18 22:48:39 2012
		w[0], w[1] = w[1], w[0]
		if strings.IndexByte(w[2], ':') > 0 && startsDigit(w[3]) {
			w[2], w[3] = w[3], w[2]
		}
	}
	if len(w) > 0 && strings.Count(w[0], "-") == 2 { // 18-Oct-2012
		w = append(strings.Split(w[0], "-"), w[1:]...)
	}
	if len(w) < 4 {
		return t, ""
	}
	day, err1 := strconv.Atoi(w[0])
	month := monthOf(w[1])
	year, err2 := strconv.Atoi(w[2])
	hh, mm, ss, ok := clock(w[3])
	if err1 != nil || err2 != nil || !ok || month == 0 || day < 1 || day > 31 || year < 0 || year > 9999 {
		return t, ""
	}
	switch {
	case year < 50:
		year += 2000
	case year < 1000:
		year += 1900
	}
	if len(w) > 4 {
		zone = w[4]
	}
	return time.Date(year, month, day, hh, mm, ss, 0, zoneOf(zone)), zone
}

func startsDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func clock(s string) (hh, mm, ss int, ok bool) {
	f := strings.Split(s, ":")
	if len(f) < 2 || len(f) > 3 {
		return 0, 0, 0, false
	}
	var n [3]int
	for i := range f {
		v, err := strconv.Atoi(f[i])
		if err != nil || v < 0 || v > 60 {
			return 0, 0, 0, false
		}
		n[i] = v
	}
	return n[0], n[1], n[2], n[0] < 24
}

func monthOf(s string) time.Month {
	if len(s) < 3 {
		return 0
	}
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", asciiLower(s[:3]))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return time.Month(i/3 + 1)
}

// zoneOf reads "+0900" and the names of RFC 822; an unknown name is UTC, as RFC
// 5322 section 4.3 says.
func zoneOf(z string) *time.Location {
	if len(z) == 5 && (z[0] == '+' || z[0] == '-') {
		n, err := strconv.Atoi(z[1:])
		if err == nil && n/100 < 24 && n%100 < 60 {
			sec := (n/100*60 + n%100) * 60
			if z[0] == '-' {
				sec = -sec
			}
			if sec == 0 {
				return time.UTC
			}
			return time.FixedZone(z, sec)
		}
	}
	if h, ok := map[string]int{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}[strings.ToUpper(z)]; ok {
		return time.FixedZone(z, h*3600)
	}
	return time.UTC
}
