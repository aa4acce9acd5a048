package detect_test

import (
	"bytes"
	"context"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"kith/internal/baseline"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/mailauth"
)

// A fixture is a mail with some fields in front that say what the other rooms would
// have found. They are taken off before the mail is read. All words are parted by
// spaces; a field may be folded, and may stand more than once.
//
//	X-Case:   direction=inbound spf=pass dmarc=pass aligned=vendor.example
//	X-Known:  mailer=outlook*40 reply-to=self*40 domain:mailer=outlook*3 known-domain=vendor.example
//	X-Person: karin.vogt@nordhafen.example newness=known*60 standing=in*12
//	X-Value:  ask=bank-change salutation=hi%20{first}
//
// X-Case: direction, spf, spf-domain, dkim (result:domain, may repeat), dmarc,
// policy, arc, aligned, rcpt (may repeat), gap; and of the envelope arrived (RFC
// 3339), mail-from ("<>" for the null sender), login, ip, rdns, helo. Without it
// nobody checked anything and the mail comes from outside, for Bob, on a Wednesday
// morning.
//
// X-Known is what was learned of the author: family=value*days. The days are those
// before the mail arrived; a further word of the same family stands for the days
// before those. Values are percent-encoded; "." is the value that this very mail
// shows. level:family writes into a wider context, where days are children.
// known-domain=… is a domain that may look like the author's. Nothing may stand for
// recipients: X-Person says what was learned of one, the first where no address is
// named.
//
// X-Value puts the value of a family in, in the place of what package trait reads
// from the mail: so a detector is tested apart from the reading.

// arrived is when fixtures arrive: a Wednesday.
var arrived = time.Date(2026, time.March, 4, 9, 12, 0, 0, time.UTC)

var keys = baseline.NewKeyer(bytes.Repeat([]byte{9}, 32), "default")

// caseOf reads a fixture.
func caseOf(t testing.TB, dir *directory.Directory, raw []byte) *facts.Case {
	t.Helper()
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	words, raw := ownFields(raw)
	m := mail.Parse(raw, mail.DefaultLimits())
	m.Look(context.Background())
	c := &facts.Case{Envelope: &kith.Envelope{Arrived: arrived}, Mail: m, Direction: kith.Inbound, Dir: dir, Author: directory.Entry{Kind: kith.KindExternal}}
	if len(m.From) > 0 {
		c.AuthorAddr, c.AuthorName = dir.Normalize(m.From[0].Addr), m.From[0].Name
		c.Author = dir.Lookup(c.AuthorAddr)
		c.Envelope.MailFrom = m.From[0].Addr
	}
	for _, w := range words["X-Case"] {
		caseWord(t, c, w)
	}
	if c.Rcpts == nil {
		caseWord(t, c, "rcpt=bob.lind@nordhafen.example")
		if len(words["X-Case"]) == 0 {
			c.Auth.Source = mailauth.SourceNothing
		}
	}
	c.Now = c.Envelope.Arrived
	c.HeaderValues(time.UTC)
	c.ContentValues()
	valueWords(t, c, words["X-Value"])
	learned(t, c, words["X-Known"], words["X-Person"])
	return c
}

// ownFields takes a fixture's own fields off the mail and returns their words.
func ownFields(raw []byte) (map[string][]string, []byte) {
	words := make(map[string][]string)
	var rest []byte
	mine := ""
	for len(raw) > 0 {
		line, after, _ := bytes.Cut(raw, []byte("\r\n"))
		if len(line) == 0 {
			return words, append(rest, raw...)
		}
		raw = after
		name, value, _ := strings.Cut(string(line), ":")
		switch {
		case line[0] == ' ' || line[0] == '\t':
			value = string(line)
		case name == "X-Case" || name == "X-Known" || name == "X-Person" || name == "X-Value":
			mine = name
			if name == "X-Person" {
				words[name] = append(words[name], ";")
			}
		default:
			mine = ""
		}
		if mine != "" {
			words[mine] = append(words[mine], strings.Fields(value)...)
			continue
		}
		rest = append(append(rest, line...), "\r\n"...)
	}
	return words, rest
}

func caseWord(t testing.TB, c *facts.Case, word string) {
	t.Helper()
	key, value, _ := strings.Cut(word, "=")
	c.Auth.Source = mailauth.SourceSelf
	var err error
	switch key {
	case "direction":
		c.Direction = kith.Direction(value)
	case "spf":
		c.Auth.SPF = mailauth.Status(value)
	case "spf-domain":
		c.Auth.SPFDomain = value
	case "dkim":
		status, domain, _ := strings.Cut(value, ":")
		c.Auth.DKIM = append(c.Auth.DKIM, mailauth.Signature{Status: mailauth.Status(status), Domain: domain})
	case "dmarc":
		c.Auth.DMARC = mailauth.Status(value)
	case "policy":
		c.Auth.DMARCPolicy = value
	case "arc":
		c.Auth.ARC = mailauth.Status(value)
	case "aligned":
		c.Auth.Aligned = append(c.Auth.Aligned, value)
	case "rcpt":
		c.Envelope.Rcpts = append(c.Envelope.Rcpts, value)
		c.Rcpts = append(c.Rcpts, facts.RcptFacts{Given: value, Entry: c.Dir.Lookup(value)})
	case "gap":
		c.Gaps = append(c.Gaps, value)
	case "arrived":
		c.Envelope.Arrived, err = time.Parse(time.RFC3339, value)
	case "mail-from":
		c.Envelope.MailFrom = strings.Trim(value, "<>")
	case "login":
		c.Envelope.Login = value
	case "ip":
		c.Hop.Addr, err = netip.ParseAddr(value)
	case "rdns":
		c.Hop.Name = value
	case "helo":
		c.Hop.Helo = value
	default:
		t.Fatalf("X-Case: unknown word %q", word)
	}
	if err != nil {
		t.Fatalf("X-Case: %s: %v", word, err)
	}
}

// valueWords puts values in.
func valueWords(t testing.TB, c *facts.Case, words []string) {
	t.Helper()
	values := make(map[*baseline.Family][]string)
	for _, w := range words {
		f, value := family(t, w)
		values[f] = append(values[f], value)
	}
	for f, all := range values {
		in := []*facts.Values{&c.Values}
		if f.Chain[0] == baseline.Pair {
			in = nil
			for i := range c.Rcpts {
				in = append(in, &c.Rcpts[i].Values)
			}
		}
		for _, v := range in {
			v.Put(f, all...)
		}
	}
}

// family reads family=value.
func family(t testing.TB, word string) (*baseline.Family, string) {
	t.Helper()
	id, value, ok := strings.Cut(word, "=")
	value, err := url.PathUnescape(value)
	f := baseline.FamilyNamed(id)
	if !ok || err != nil || f == nil {
		t.Fatalf("%q is not family=value; the families stand in docs/habits.md", word)
	}
	return f, value
}
