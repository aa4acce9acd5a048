package learn

import "time"

// Progress is how far a run is, in numbers.
type Progress struct {
	Done, Total       int64         // messages; Total is an estimate, and never below Done
	Bytes, TotalBytes int64         // as stored; TotalBytes 0 = unknown
	Rate              float64       // messages a second over the last half minute
	Left              time.Duration // at this rate; negative = not known yet
}

// window is the time over which the rate is taken: long enough to be calm, short
// enough to follow when a folder of large mails begins.
const window = 30 * time.Second

// Meter turns counts into a Progress. It has no clock of its own. Not for
// concurrent use.
type Meter struct {
	total Count
	marks []mark // oldest first, no more than a window and a second apart
}

type mark struct {
	at     time.Time
	passed Count
}

// NewMeter begins to measure; total comes from Source.Count.
func NewMeter(total Count, now time.Time) *Meter {
	return &Meter{total: total, marks: []mark{{at: now}}}
}

// Read takes down what has passed (Source.Passed) and returns the progress.
func (m *Meter) Read(passed Count, now time.Time) Progress {
	last := m.marks[len(m.marks)-1]
	if now.Sub(last.at) >= time.Second {
		m.marks = append(m.marks, mark{now, passed})
	}
	for len(m.marks) > 2 && now.Sub(m.marks[1].at) >= window {
		m.marks = m.marks[1:]
	}
	p := Progress{
		Done: passed.Messages, Total: max(m.total.Messages, passed.Messages),
		Bytes: passed.Bytes, TotalBytes: m.total.Bytes, Left: -1,
	}
	if p.TotalBytes > 0 {
		p.TotalBytes = max(p.TotalBytes, p.Bytes)
	}
	took := now.Sub(m.marks[0].at).Seconds()
	if took <= 0 {
		return p
	}
	p.Rate = float64(passed.Messages-m.marks[0].passed.Messages) / took
	// Bytes are known better than messages: an mbox has a size, and only an
	// estimate of messages.
	if bytes := float64(passed.Bytes-m.marks[0].passed.Bytes) / took; m.total.Bytes > 0 && bytes > 0 {
		p.Left = seconds(float64(p.TotalBytes-p.Bytes) / bytes)
	} else if p.Rate > 0 {
		p.Left = seconds(float64(p.Total-p.Done) / p.Rate)
	}
	return p
}

// seconds bounds what a display has to show: a year is as good as for ever.
func seconds(s float64) time.Duration {
	return time.Duration(min(s, 365*24*3600) * float64(time.Second)).Round(time.Second)
}
