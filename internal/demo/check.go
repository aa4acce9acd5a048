package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kith/internal/kith"
	"kith/internal/store"
)

// result is what came of one letter.
type result struct {
	*sent
	records []kith.Record // one for each recipient, from the journal
}

// caught reports whether kith warned of the letter as gravely as it should and for
// the reasons that were expected.
func (r *result) caught() bool {
	return rank(r.band()) >= rank(expected(r.name).least) && len(r.missing()) == 0
}

// rank orders the bands.
func rank(b kith.Band) int {
	return slices.Index([]kith.Band{kith.Calm, kith.Suspicious, kith.Harm}, b)
}

// missing are the expected kinds that added nothing to any recipient's verdict, and
// those that should have been told to one recipient only, and were not.
func (r *result) missing() (kinds []string) {
	want := expected(r.name)
	for _, k := range want.kinds {
		if !slices.ContainsFunc(r.records, func(rec kith.Record) bool { return weighs(rec, k) }) {
			kinds = append(kinds, k)
		}
	}
	for _, a := range want.apart {
		if !slices.ContainsFunc(r.records, func(rec kith.Record) bool { return rec.Rcpt == a.rcpt }) {
			kinds = append(kinds, a.kind+" for "+a.rcpt)
		}
		for _, rec := range r.records {
			if weighs(rec, a.kind) != (rec.Rcpt == a.rcpt) {
				kinds = append(kinds, a.kind+" for "+a.rcpt+" only")
				break
			}
		}
	}
	return kinds
}

// weighs reports whether a kind of finding added to a verdict.
func weighs(rec kith.Record, kind string) bool {
	return slices.ContainsFunc(rec.Judged.Verdict.Reasons, func(c kith.Contribution) bool { return c.Finding.Kind == kind && c.Bits > 0 })
}

// unseen is the kind that is new in an ordinary mail and was not seen, "" when all
// is well.
func (r *result) unseen() string {
	kind := mustNotice(r.name)
	if kind == "" || slices.ContainsFunc(r.records, func(rec kith.Record) bool { return weighs(rec, kind) }) {
		return ""
	}
	return kind
}

// band is the gravest band of any recipient.
func (r *result) band() kith.Band {
	b := kith.Calm
	for _, rec := range r.records {
		switch rec.Judged.Verdict.Band {
		case kith.Harm:
			return kith.Harm
		case kith.Suspicious:
			b = kith.Suspicious
		}
	}
	return b
}

// Report is what a run of the demo came to. It can be read without the text.
type Report struct {
	Mails    int // letters sent
	Copies   int // (letter, recipient) handed to the LMTP seat
	Outside  int // letters that left for other people's servers
	Inbox    int // copies found in an inbox
	Junk     int // copies found in a Junk folder
	Caught   int // incidents that kith warned of for the reasons expected
	Expected int // incidents that today's detectors should warn of
	NotYet   int // incidents of which the table says that kith does not notice them yet, and it did not

	Missed  []string // names of expected incidents that were not caught
	Wrong   []string // names of ordinary mails that were warned of
	Refused []string // copies that got no 250
	Lost    []string // copies that are in no mailbox, byte for byte
	Strange []string // files in a mailbox that nobody sent so
	Taught  []string // past incidents that taught something

	P50, P99 time.Duration // from the final dot to the last reply

	results []*result
	history *lessons // nil: nothing was learned before
}

// Held reports whether everything was as it should be.
func (r *Report) Held() bool {
	return len(r.Missed)+len(r.Wrong)+len(r.Refused)+len(r.Lost)+len(r.Strange)+len(r.Taught) == 0
}

// report reads what became of the letters from journal and mailboxes.
func report(ctx context.Context, s *site, all []*sent, h *lessons) (*Report, error) {
	records, err := journal(ctx, s, all)
	if err != nil {
		return nil, err
	}
	rep := &Report{Mails: len(all), history: h}
	if h != nil {
		rep.Taught = h.believed
	}
	var took []time.Duration
	for _, x := range all {
		r := &result{sent: x, records: records[x.queueID]}
		rep.results = append(rep.results, r)
		rep.count(r)
		if x.inside {
			took = append(took, x.took)
		}
	}
	slices.Sort(took)
	rep.P50, rep.P99 = quantile(took, 50), quantile(took, 99)
	return rep, rep.compare(s, all)
}

// quantile is the smallest value that so many percent do not exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}

func (rep *Report) count(r *result) {
	if !r.inside {
		rep.Outside++
	}
	for to, said := range r.replies {
		rep.Copies++
		if said.Code != 250 {
			rep.Refused = append(rep.Refused, r.name+" for "+to+": "+said.Error())
		}
	}
	switch {
	case !r.incident():
		if r.band() != kith.Calm {
			rep.Wrong = append(rep.Wrong, r.name)
		}
		if k := r.unseen(); k != "" && rep.history != nil {
			rep.Missed = append(rep.Missed, r.name+" (not seen: "+k+")")
		}
	case r.caught():
		rep.Caught++
		rep.Expected++
	case expected(r.name).later != "":
		rep.NotYet++
	default:
		rep.Expected++
		rep.Missed = append(rep.Missed, r.name+" (not told: "+strings.Join(r.missing(), ", ")+")")
	}
}

// journal reads the rows of all letters. Those of the LMTP seat are written
// before its reply; those of the milter seat, read for mail that left, may lag
// a little.
func journal(ctx context.Context, s *site, all []*sent) (map[string][]kith.Record, error) {
	st, err := store.Open(s.kith.Paths.Database, store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	rows := make(map[string][]kith.Record)
	for _, x := range all {
		seat := kith.SeatMilter
		if x.inside {
			seat = kith.SeatLMTP
		}
		for deadline := time.Now().Add(2 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			recs, err := st.Trace(ctx, x.queueID, 100)
			if err != nil {
				return nil, err
			}
			recs = slices.DeleteFunc(recs, func(r kith.Record) bool { return r.Seat != seat })
			if len(recs) >= len(x.rcpts()) || time.Now().After(deadline) {
				rows[x.queueID] = recs
				break
			}
		}
	}
	return rows, nil
}

// compare holds every mailbox against what was sent to it.
func (rep *Report) compare(s *site, all []*sent) error {
	boxes := make(map[string]map[[32]byte][]string) // by mailbox and content, the names of letters not yet found
	for _, x := range all {
		for to, said := range x.replies {
			if said.Code != 250 {
				continue
			}
			box := s.store.boxOf(to)
			if boxes[box] == nil {
				boxes[box] = make(map[[32]byte][]string)
			}
			sum := sha256.Sum256(x.want)
			boxes[box][sum] = append(boxes[box][sum], x.name)
		}
	}
	for box, want := range boxes {
		for _, sub := range []string{"new", ".Junk/new"} {
			files, err := filepath.Glob(filepath.Join(box, filepath.FromSlash(sub), "*"))
			if err != nil {
				return err
			}
			for _, f := range files {
				raw, err := os.ReadFile(f)
				if err != nil {
					return err
				}
				sum := sha256.Sum256(withoutOurs(raw))
				if len(want[sum]) == 0 {
					rep.Strange = append(rep.Strange, f)
					continue
				}
				want[sum] = want[sum][1:]
				if sub == "new" {
					rep.Inbox++
				} else {
					rep.Junk++
				}
			}
		}
		for _, names := range want {
			for _, n := range names {
				rep.Lost = append(rep.Lost, n+" in "+filepath.Base(box))
			}
		}
	}
	return nil
}

// withoutOurs cuts what the mail store and kith have put on top of a mail: all
// fields up to the last of theirs in front of the MTA's Received field.
func withoutOurs(raw []byte) []byte {
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n') + 1
		for end < len(raw) && (raw[end] == ' ' || raw[end] == '\t') {
			n := bytes.IndexByte(raw[end:], '\n') + 1
			if n == 0 {
				break
			}
			end += n
		}
		name, _, _ := strings.Cut(string(raw[:end]), ":")
		switch {
		case name == "Return-Path" || name == "Delivered-To" || strings.HasPrefix(name, "X-Kith-"):
		case name == "Authentication-Results" && strings.HasPrefix(string(raw[:end]), "Authentication-Results: "+ourMX+";"):
		default:
			return raw
		}
		raw = raw[end:]
	}
	return raw
}
