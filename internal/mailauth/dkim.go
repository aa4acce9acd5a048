package mailauth

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
	"time"
)

// maxSignedNames bounds h=.
const maxSignedNames = 300

// signature is one DKIM-Signature or ARC-Message-Signature field as read.
type signature struct {
	at               int // index of its field
	text             string
	tags             tagList
	domain, selector string
	names            []string // h=, lower case
	ed25519          bool
	relaxedHeader    bool
	relaxedBody      bool
	length           int64 // l=, < 0 = the whole body
	bodyHash, value  []byte
	problem          problem // found while reading
}

// onceOnly are the fields that a message has once (RFC 5322 section 3.6, RFC
// 2045) and that decide what a reader sees. A signature that covers one copy
// of two says nothing about which one is shown (RFC 6376 section 8.15).
var onceOnly = []string{"subject", "to", "cc", "date", "reply-to", "sender", "message-id",
	"content-type", "content-transfer-encoding", "mime-version"}

// readSignature reads a signature field. sealed says that it is an
// ARC-Message-Signature, which has an instance in i= and no v= (RFC 8617
// section 4.1.2).
func readSignature(h *head, at int, sealed bool) *signature {
	s := &signature{at: at, text: string(h.fields[at].value), length: -1}
	var err error
	if s.tags, err = parseTags(s.text, false); err != nil {
		s.problem = perm("signature: " + err.Error())
		return s
	}
	s.domain = normalDomain(unfold(s.tags.get("d")))
	s.selector = normalDomain(unfold(s.tags.get("s")))
	s.problem = s.readTags(sealed)
	return s
}

func (s *signature) readTags(sealed bool) problem {
	switch {
	case !sealed && s.tags.get("v") != "1":
		return perm("signature: v= is not 1")
	case s.domain == "" || s.selector == "":
		return perm("signature: d= or s= is missing or no domain")
	}
	if i, ok := s.tags.find("i"); ok && !sealed {
		if id := domainOf(unfold(i.value)); id == "" || !within(id, s.domain) {
			return perm("signature: i= is not within d=") // section 6.1.1
		}
	}
	if q, ok := s.tags.find("q"); ok && !has(q.value, "dns/txt") {
		return perm("signature: q= asks for a way that is not known")
	}
	if p := s.readAlgorithm(); p.bad() {
		return p
	}
	if p := s.readNames(sealed); p.bad() {
		return p
	}
	var err error
	if s.bodyHash, err = s.tags.binary("bh"); err != nil || len(s.bodyHash) != sha256.Size {
		return perm("signature: bh= is not a SHA-256 sum")
	}
	if s.value, err = s.tags.binary("b"); err != nil || len(s.value) == 0 {
		return perm("signature: b= is empty or not base64")
	}
	if l, ok := s.tags.find("l"); ok {
		if s.length, err = strconv.ParseInt(l.value, 10, 64); err != nil || s.length < 0 {
			return perm("signature: l= is no number")
		}
	}
	return problem{}
}

func (s *signature) readAlgorithm() problem {
	switch unfold(s.tags.get("a")) {
	case "rsa-sha256":
	case "ed25519-sha256": // RFC 8463
		s.ed25519 = true
	case "rsa-sha1": // RFC 8301 section 3.1
		return problem{Policy, "rsa-sha1 is too weak"}
	default:
		return perm("signature: a= is not known")
	}
	header, body, _ := strings.Cut(unfold(s.tags.get("c")), "/")
	for _, c := range []struct {
		word string
		to   *bool
	}{{header, &s.relaxedHeader}, {body, &s.relaxedBody}} {
		switch c.word {
		case "relaxed":
			*c.to = true
		case "simple", "":
		default:
			return perm("signature: c= is not known")
		}
	}
	return problem{}
}

func (s *signature) readNames(sealed bool) problem {
	list := s.tags.get("h")
	if strings.Count(list, ":") >= maxSignedNames {
		return perm("signature: h= is too long")
	}
	from := false
	for name := range strings.SplitSeq(list, ":") {
		name = strings.ToLower(strings.Trim(name, fws))
		from = from || name == "from"
		if sealed && name == "arc-seal" { // RFC 8617 section 4.1.2
			return perm("signature: h= covers ARC-Seal")
		}
		if name != "" {
			s.names = append(s.names, name)
		}
	}
	if !from {
		return perm("signature: From is not signed") // RFC 6376 section 5.4
	}
	return problem{}
}

// expired says whether a signature's x= has passed, or stands before t=.
func (s *signature) expired(now time.Time) problem {
	t, err1 := s.tags.seconds("t")
	x, err2 := s.tags.seconds("x")
	switch {
	case err1 != nil || err2 != nil:
		return perm("signature: t= or x= is no time")
	case x.IsZero():
		return problem{}
	case !t.IsZero() && x.Before(t):
		return perm("signature: x= is before t=")
	case now.After(x):
		return perm("signature has expired")
	}
	return problem{}
}

// check verifies one signature. What it returns is final; it never fails.
func (w *work) check(ctx context.Context, s *signature) problem {
	if s.problem.bad() {
		return s.problem
	}
	if p := s.expired(w.now); p.bad() {
		return p
	}
	if p := w.checkBody(ctx, s); p.bad() && p.status != Policy {
		return p // before the key: no need to ask for it
	}
	key, p := w.v.fetchKey(ctx, s.selector, s.domain)
	if p.bad() {
		return p
	}
	if p := key.allows(s); p.bad() {
		return p
	}
	if !key.verify(w.headerSum(s), s.value) {
		if key.testing { // section 3.6.1: treat as if not signed
			return problem{Neutral, "signature does not verify, and its key is in testing mode"}
		}
		return problem{Fail, "signature does not verify"}
	}
	// The mathematics holds; now whether it covers what people see.
	if p := w.checkCover(s); p.bad() {
		return p
	}
	return w.checkBody(ctx, s)
}

// allows says whether a key may be used for a signature.
func (k *publicKey) allows(s *signature) problem {
	switch {
	case s.ed25519 != (k.ed25519 != nil):
		return perm("key is of another type than the signature")
	case !k.sha256:
		return perm("key does not allow sha256")
	case !k.email:
		return perm("key is not for mail")
	case k.strict && s.tags.get("v") != "" && s.tags.get("i") != "" && domainOf(unfold(s.tags.get("i"))) != s.domain:
		return perm("key does not allow subdomains in i=")
	}
	return problem{}
}

// bodySum is a body hash that was computed for this message.
type bodySum struct {
	relaxed bool
	limit   int64
	sum     [sha256.Size]byte
	total   int64
}

// checkBody compares the body's hash. A part that l= leaves unsigned gives
// Policy: the hash is right, but anybody may have written the rest.
func (w *work) checkBody(ctx context.Context, s *signature) problem {
	b := w.body(ctx, s.relaxedBody, s.length)
	switch {
	case b == nil:
		return problem{TempError, "body could not be hashed in time"}
	case s.length > b.total: // section 3.5, l=
		return perm("signature: l= is longer than the body")
	case [sha256.Size]byte(s.bodyHash) != b.sum:
		return problem{Fail, "body was changed"}
	case s.length >= 0 && s.length < b.total:
		return problem{Policy, "l= leaves " + strconv.FormatInt(b.total-s.length, 10) + " bytes of the body unsigned"}
	}
	return problem{}
}

// body returns the hash of the body in one form, computing it once.
func (w *work) body(ctx context.Context, relaxed bool, limit int64) *bodySum {
	for i := range w.sums {
		if w.sums[i].relaxed == relaxed && w.sums[i].limit == limit {
			return &w.sums[i]
		}
	}
	sum, total, err := hashBody(ctx, w.head.body, relaxed, limit)
	if err != nil {
		return nil
	}
	w.sums = append(w.sums, bodySum{relaxed, limit, sum, total})
	return &w.sums[len(w.sums)-1]
}

// headerSum hashes the signed fields and the signature field without its value
// (section 3.7). Of fields with the same name the lowest not yet taken counts
// (section 5.4.2); a name without a field left adds nothing.
func (w *work) headerSum(s *signature) [sha256.Size]byte {
	fields := w.head.fields
	used := w.used[:0]
	for range fields {
		used = append(used, false)
	}
	w.used = used
	used[s.at] = true // never part of what it signs
	buf := w.buf[:0]
	for _, name := range s.names {
		for i := len(fields) - 1; i >= 0; i-- {
			if !used[i] && isName(fields[i].name, name) {
				used[i] = true
				buf = appendHeader(buf, &fields[i], s.relaxedHeader)
				break
			}
		}
	}
	buf = appendUnsigned(buf, &fields[s.at], s.text, s.tags, s.relaxedHeader)
	w.buf = buf
	return sha256.Sum256(buf)
}

// appendUnsigned appends a signature field with an empty b= and without its
// last line end.
func appendUnsigned(to []byte, f *field, text string, tags tagList, relaxed bool) []byte {
	b, _ := tags.find("b")
	blank := field{name: f.name, value: []byte(text[:b.from] + text[b.to:])}
	if !relaxed {
		name := trimEOL(f.raw)
		name = name[:len(name)-len(text)] // with the colon
		blank.raw = append(append([]byte{}, name...), blank.value...)
	}
	return trimEOL(appendHeader(to, &blank, relaxed))
}

// checkCover looks for fields of which a copy is unsigned.
func (w *work) checkCover(s *signature) problem {
	if w.head.froms > s.covers("from") {
		return problem{Fail, "a From field is not signed"}
	}
	for _, name := range onceOnly {
		if n := s.covers(name); n > 0 && w.head.count(name) > n {
			return problem{Policy, "a second " + name + " field is not signed"}
		}
	}
	return problem{}
}

// covers counts how often h= names a field.
func (s *signature) covers(name string) int {
	n := 0
	for _, have := range s.names {
		if have == name {
			n++
		}
	}
	return n
}
