package trait

import (
	"strings"
	"time"

	"kith/internal/mail"
)

// Zone is the offset from UTC of the author's clock, as the Date field shows it and
// as it is when no summer time is kept: "+0100" for Berlin in July, too.
//
// It says where the author sits, or how the server of his provider is set, and
// changes when he travels or moves. Clocks that are put forward would make a second
// value of it twice a year, for everybody of a place at once; so an offset that most
// people who show it in summer have as summer time is put back. Those who never
// change their clocks and share that offset (Johannesburg with Berlin) then have two
// values in place of one; there are fewer of them, and both become known. Where they
// are the majority (+0300: Moscow, Istanbul, Nairobi) nothing is put back.
//
// The many ways to write UTC (RFC 5322 section 4.3) are one.
func Zone(m *mail.Message) string {
	z := strings.ToUpper(m.DateZone)
	switch z {
	case "GMT", "UT", "UTC", "Z", "-0000":
		return "+0000"
	}
	for i := range summers {
		if s := &summers[i]; s.zone == z {
			if s.kept(m.Date.UTC()) {
				return s.winter
			}
			break
		}
	}
	return bounded(z)
}

// summers are offsets of summer time with those of the same places in winter, by the
// rule that is kept there.
var summers = [...]struct {
	zone, winter string
	kept         func(time.Time) bool
}{
	{"+0100", "+0000", europe}, {"+0200", "+0100", europe},
	{"EDT", "-0500", always}, {"CDT", "-0600", always}, {"MDT", "-0700", always}, {"PDT", "-0800", always}, // RFC 5322 section 4.3
	{"EST", "-0500", always}, {"CST", "-0600", always}, {"MST", "-0700", always}, {"PST", "-0800", always},
	{"-0400", "-0500", america}, {"-0500", "-0600", america}, {"-0600", "-0700", america}, {"-0700", "-0800", america}, {"-0230", "-0330", america},
	{"+1100", "+1000", australia}, {"+1030", "+0930", australia}, {"+1300", "+1200", australia},
}

func always(time.Time) bool { return true }

// europe: from the last Sunday of March to that of October.
func europe(t time.Time) bool {
	y := t.Year()
	return !t.Before(sunday(y, time.March, 25)) && t.Before(sunday(y, time.October, 25))
}

// america: from the second Sunday of March to the first of November, at two by the
// clocks of the place, which is some hours later in UTC.
func america(t time.Time) bool {
	t = t.Add(-8 * time.Hour)
	y := t.Year()
	return !t.Before(sunday(y, time.March, 8)) && t.Before(sunday(y, time.November, 1))
}

// australia: from the first Sunday of October to the first of April; New Zealand
// begins a week earlier.
func australia(t time.Time) bool {
	y := t.Year()
	return t.Before(sunday(y, time.April, 1)) || !t.Before(sunday(y, time.September, 24))
}

// sunday returns the first Sunday of a month on the day or after it.
func sunday(year int, month time.Month, day int) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, (7-int(t.Weekday()))%7)
}
