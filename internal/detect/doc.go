// Package detect looks at one message and says what it notices.
//
// A detector asks a single question of a Case and answers with findings: what
// was seen, on which part of the message, with the evidence for it. It does
// not say how bad that is. The weight of a finding is the judge's business
// (internal/judge/weights.toml), the words for people are those of package
// plain, and what is done about it is decided by package policy. So a detector
// can be read, doubted and tested by itself.
//
// What the room promises: detectors are pure. They read the Case, which is
// complete before the first of them runs, and touch no network, no store, no
// clock and no file. They may run in any order and at the same time on
// different messages. A detector that panics is a finding
// ("message.could-not-look"), and the others go on. No detector can flood the
// verdict: at most MaxFindings of its findings count.
//
// What it never does: it finds nothing in favour of a mail. A good reason not
// to speak (a mailing list, an own sender, a newsletter that counts clicks) is
// a condition inside the detector that it concerns, where it can be seen and
// tested, and never a negative weight that could excuse something else.
//
// # A new detector in ten lines
//
// Copy skeleton.go to <area>_<what>.go and fill it in:
//
//	var noSubject = Detector{
//		ID:      "message.no-subject", // stable for ever: area.what
//		Group:   kith.Unlike,          // Unlike: who and how; Asks: what it wants; Decisive: enough by itself
//		Stage:   Header,               // Content when it reads texts, links or files
//		Classes: []kith.Class{kith.Spam},
//		Sees:    "a mail with no subject at all",
//		Beware:  []string{"phones that send a photograph to a colleague"},
//		Look: func(c *facts.Case) []kith.Finding {
//			if c.Mail.Subject != "" {
//				return nil
//			}
//			return []kith.Finding{on(kith.PartMessage, 0)}
//		},
//	}
//
// Then (1) add its name to All in all.go; (2) put at least one mail that must be
// noticed into testdata/<id>/must and one that must not into
// testdata/<id>/mustnot, the known false positives first of all (harness_test.go
// says how a mail tells what was proven and what was learned before it); (3) give it a
// line in internal/judge/weights.toml; (4) say it in the four catalogues of
// package plain. The tests of this package name whichever of these is missing.
// go generate ./internal/detect writes docs/detectors.md anew.
package detect

//go:generate go test . -run TestDocs -update
