package baseline

import (
	"fmt"
	"time"
)

// hours lists the values of Hour: work days and weekends, in slots of two hours.
// Finer slots need years of mail before they say anything.
func hours() []string {
	var all []string
	for _, day := range []string{"work", "end"} {
		for h := 0; h < 24; h += 2 {
			all = append(all, fmt.Sprintf("%s-%02d", day, h))
		}
	}
	return all
}

// HourOf returns the value of Hour for a moment, which must stand in the zone of
// the organisation.
func HourOf(t time.Time) string {
	day := "work"
	if wd := t.Weekday(); wd == time.Saturday || wd == time.Sunday {
		day = "end"
	}
	return fmt.Sprintf("%s-%02d", day, t.Hour()/2*2)
}
