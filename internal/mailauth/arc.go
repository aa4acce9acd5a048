package mailauth

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
)

// maxInstances is the highest i= of a chain (RFC 8617 section 4.2.1).
const maxInstances = 50

// arcSet is one ARC set: the indexes of its three fields, plus one (0 = the
// field is missing), and the seal as read.
type arcSet struct {
	results, message, seal int
	text                   string // of the seal
	tags                   tagList
	domain                 string
}

// readChain collects the ARC sets in the order of their instances. ok is false
// when the structure is broken: a field twice, a gap, an instance that is no
// number (RFC 8617 section 5.2, steps 1 to 3).
func readChain(h *head) (sets []arcSet, ok bool) {
	for i := range h.fields {
		f := &h.fields[i]
		seal, message, results := isName(f.name, "arc-seal"), isName(f.name, "arc-message-signature"), isName(f.name, "arc-authentication-results")
		if !seal && !message && !results {
			continue
		}
		n := instance(string(f.value), results)
		if n == 0 {
			return sets, false
		}
		for len(sets) < n {
			sets = append(sets, arcSet{})
		}
		set := &sets[n-1]
		at := &set.results
		if seal {
			at = &set.seal
		} else if message {
			at = &set.message
		}
		if *at != 0 {
			return sets, false
		}
		*at = i + 1
	}
	for i := range sets {
		set := &sets[i]
		if set.results == 0 || set.message == 0 || set.seal == 0 {
			return sets, false
		}
		if !set.readSeal(h, i+1) {
			return sets, false
		}
	}
	return sets, true
}

// instance returns the i= of an ARC field, 0 when it has no valid one. In the
// results field it must stand first, and the rest is no tag list.
func instance(value string, results bool) int {
	if results {
		value, _, _ = strings.Cut(value, ";")
	}
	tags, err := parseTags(value, results)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(tags.get("i"))
	if err != nil || n < 1 || n > maxInstances {
		return 0
	}
	return n
}

// readSeal reads the seal of instance n. cv is "none" in the first and "pass"
// or "fail" in the others; h= is forbidden (section 4.1.3).
func (s *arcSet) readSeal(h *head, n int) bool {
	s.text = string(h.fields[s.seal-1].value)
	tags, err := parseTags(s.text, false)
	if err != nil {
		return false
	}
	s.tags, s.domain = tags, normalDomain(unfold(tags.get("d")))
	_, hasH := tags.find("h")
	cv := strings.ToLower(tags.get("cv"))
	return s.domain != "" && !hasH && (n == 1 && cv == "none" || n > 1 && (cv == "pass" || cv == "fail"))
}

// arc looks at the chain. It is called only where the chain can change
// something. The newest sealer is looked at before any key is asked for: a
// chain that nobody trusts costs nothing.
func (w *work) arc(ctx context.Context) (st Status, sealer string, sets []arcSet) {
	sets, ok := readChain(&w.head)
	if len(sets) == 0 && ok {
		return None, "", nil
	}
	if len(sets) > 0 {
		sealer = sets[len(sets)-1].domain
	}
	if !ok || w.head.cut {
		return Fail, sealer, nil
	}
	newest := sets[len(sets)-1]
	switch {
	case !w.v.sealers[newest.domain]:
		return Policy, sealer, nil
	case len(sets) > 1 && !strings.EqualFold(newest.tags.get("cv"), "pass"):
		return Fail, sealer, nil
	}
	for i := range sets {
		w.v.dns.PrefetchTXT(keyName(unfold(sets[i].tags.get("s")), sets[i].domain))
	}
	message := readSignature(&w.head, newest.message-1, true)
	if p := w.check(ctx, message); p.bad() {
		return chainStatus(p), sealer, nil
	}
	for n := len(sets); n > 0; n-- { // newest first: only it can be forged by the last sender
		if p := w.checkSeal(ctx, sets, n); p.bad() {
			return chainStatus(p), sealer, nil
		}
	}
	return Pass, sealer, sets
}

// chainStatus keeps "could not ask" apart; all else breaks the chain.
func chainStatus(p problem) Status {
	if p.status == TempError {
		return TempError
	}
	return Fail
}

// checkSeal verifies the seal of instance n, which covers the sets 1 to n in
// the relaxed form, its own b= empty (section 5.1.1).
func (w *work) checkSeal(ctx context.Context, sets []arcSet, n int) problem {
	seal := sets[n-1]
	if n > 1 && !strings.EqualFold(seal.tags.get("cv"), "pass") {
		return problem{Fail, "a seal says that the chain was broken"}
	}
	s := &signature{tags: seal.tags, domain: seal.domain, selector: normalDomain(unfold(seal.tags.get("s")))}
	if s.problem = s.readAlgorithm(); s.problem.bad() {
		return s.problem
	}
	var err error
	if s.value, err = seal.tags.binary("b"); err != nil || s.selector == "" {
		return perm("seal: b= or s= is missing")
	}
	key, p := w.v.fetchKey(ctx, s.selector, s.domain)
	if p.bad() {
		return p
	}
	if p := key.allows(s); p.bad() {
		return p
	}
	buf := w.buf[:0]
	for i := range n {
		buf = appendHeader(buf, &w.head.fields[sets[i].results-1], true)
		buf = appendHeader(buf, &w.head.fields[sets[i].message-1], true)
		if i < n-1 {
			buf = appendHeader(buf, &w.head.fields[sets[i].seal-1], true)
		}
	}
	buf = appendUnsigned(buf, &w.head.fields[seal.seal-1], seal.text, seal.tags, true)
	w.buf = buf
	if !key.verify(sha256.Sum256(buf), s.value) {
		return problem{Fail, "seal does not verify"}
	}
	return problem{}
}

// vouched returns the domain that a trusted sealer saw vouching for the
// author, or "". It goes back from the newest set as long as sealers are
// trusted: a later one saw what the earlier had broken already.
func (w *work) vouched(ctx context.Context, a author, sets []arcSet) string {
	for i := len(sets) - 1; i >= 0 && w.v.sealers[sets[i].domain]; i-- {
		value := string(w.head.fields[sets[i].results-1].value)
		_, value, _ = strings.Cut(value, ";")
		saw, err := ParseAuthResults(value)
		if err != nil {
			continue
		}
		claim := Result{Source: SourceHeader}
		for _, m := range saw.Methods {
			claim.take(m)
		}
		if by := w.v.vouchers(ctx, a, &claim); len(by) > 0 {
			return by[0]
		}
	}
	return ""
}
