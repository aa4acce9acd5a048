package detect

import "kith/internal/kith"

// on is a finding about one part of the message. index counts links or
// attachments as mail.Message lists them and is 0 elsewhere.
func on(part kith.ComponentKind, index int, evidence ...kith.Evidence) kith.Finding {
	return kith.Finding{Component: kith.Component{Kind: part, Index: index}, Evidence: evidence}
}

// maxEvidence bounds one piece of evidence in bytes: evidence is copied from
// hostile mail into a journal that is kept.
const maxEvidence = 300

func textual(key string, t kith.EvidenceType, s string) kith.Evidence {
	return kith.Evidence{Key: key, Type: t, Text: shorten(s, maxEvidence)}
}

func name(key, s string) kith.Evidence    { return textual(key, kith.EvName, s) }
func address(key, s string) kith.Evidence { return textual(key, kith.EvAddress, s) }
func host(key, s string) kith.Evidence    { return textual(key, kith.EvHost, s) }
func file(key, s string) kith.Evidence    { return textual(key, kith.EvFile, s) }
func word(key, s string) kith.Evidence    { return textual(key, kith.EvText, s) }

// shorten cuts the middle out of s so that at most max bytes (and the mark of
// the cut) stay: the end of a file name and of a host are what matters. It
// cuts between runes.
func shorten(s string, max int) string {
	if len(s) <= max {
		return s
	}
	head, tail := max/2, len(s)-max/2
	for head > 0 && !startsRune(s[head]) {
		head--
	}
	for tail < len(s) && !startsRune(s[tail]) {
		tail++
	}
	return s[:head] + "…" + s[tail:]
}

func startsRune(b byte) bool { return b&0xC0 != 0x80 }
