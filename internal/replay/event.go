package replay

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"kith/internal/kith"
)

// Kind says what happens in an event.
type Kind string

// The kinds of events. A message is judged at Deliver and at Submit.
const (
	Deliver Kind = "deliver" // a message arrives
	Submit  Kind = "submit"  // an employee sends one
	Act     Kind = "act"     // an employee does something with one
	Label   Kind = "label"   // a label becomes known to the filter
)

// Event is one line of a set's events.
type Event struct {
	ID   string
	At   time.Time
	Kind Kind
	Mail string // id of the message

	Rcpts   []string
	From    string // envelope sender; "" is the null sender when HasFrom
	HasFrom bool   // false: the set does not say who the envelope sender was
	Client  kith.Client
	Auth    *Auth // what authentication found; nil: nobody looked

	Scored bool   // the set asks for a prediction ("q")
	Really bool   // false: a made-up submission, of which nothing may be kept
	User   string // who sends, acts, or gives the label
	Act    string // read, reply, delete, junk, unjunk, file, keep, …
	Folder string // of an act
	Label  string // of a label event
}

// Auth is what a set knows of authentication, in the words of RFC 8601.
type Auth struct {
	SPF, DKIM, DMARC, ARC string
	DKIMDomain            string // d= of the signature; "" when the set does not say
	Internal              bool   // came from an employee who signed in
	User                  string // as whom
}

// eventLine is an Event as it is written.
type eventLine struct {
	ID     string       `json:"id"`
	At     time.Time    `json:"t"`
	Kind   Kind         `json:"kind"`
	Mail   string       `json:"mail"`
	Rcpts  []string     `json:"rcpt"`
	From   *string      `json:"from"`
	Client *clientLine  `json:"client"`
	Auth   *authLine    `json:"auth"`
	Scored bool         `json:"q"`
	Really *bool        `json:"really"`
	User   string       `json:"user"`
	Act    string       `json:"act"`
	Folder string       `json:"folder"`
	Label  labelOrWords `json:"label"`
}

type clientLine struct {
	IP   string `json:"ip"`
	Helo string `json:"helo"`
}

type authLine struct {
	SPF        string `json:"spf"`
	DKIM       string `json:"dkim"`
	DKIMDomain string `json:"dkim_d"`
	DMARC      string `json:"dmarc"`
	ARC        string `json:"arc"`
	Internal   bool   `json:"internal"`
	User       string `json:"user"`
}

// labelOrWords takes a label that is written as a text, and any other JSON as
// its own words.
type labelOrWords string

// UnmarshalJSON takes every JSON value.
func (l *labelOrWords) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b)
	}
	*l = labelOrWords(s)
	return nil
}

// readEvent reads one line of a set's events.
func readEvent(line []byte) (*Event, error) {
	var w eventLine
	if err := json.Unmarshal(line, &w); err != nil {
		return nil, fmt.Errorf("not an event: %w", err)
	}
	ev := &Event{ID: w.ID, At: w.At, Kind: w.Kind, Mail: w.Mail, Rcpts: w.Rcpts, Scored: w.Scored, Really: w.Really == nil || *w.Really,
		User: w.User, Act: w.Act, Folder: w.Folder, Label: string(w.Label)}
	if w.From != nil {
		ev.From, ev.HasFrom = *w.From, true
	}
	if c := w.Client; c != nil {
		ev.Client.Helo = c.Helo
		ev.Client.Addr, _ = netip.ParseAddr(strings.Trim(c.IP, "[]")) // one that is none stays unknown
	}
	if a := w.Auth; a != nil {
		ev.Auth = &Auth{SPF: a.SPF, DKIM: a.DKIM, DKIMDomain: a.DKIMDomain, DMARC: a.DMARC, ARC: a.ARC, Internal: a.Internal, User: a.User}
	}
	return ev, ev.check()
}

// check says what an event lacks.
func (ev *Event) check() error {
	switch ev.Kind {
	case Deliver, Submit, Act, Label:
	default:
		return fmt.Errorf("event %q is of the kind %q; known are deliver, submit, act and label", ev.ID, ev.Kind)
	}
	lacks := ""
	switch {
	case ev.ID == "":
		lacks = "id"
	case ev.At.IsZero():
		lacks = "t"
	case ev.Mail == "":
		lacks = "mail"
	case ev.Kind == Deliver && len(ev.Rcpts) == 0:
		lacks = "rcpt"
	case (ev.Kind == Submit || ev.Kind == Act) && ev.User == "":
		lacks = "user"
	}
	if lacks != "" {
		return fmt.Errorf("event %q has no %q", ev.ID, lacks)
	}
	return nil
}
