// Package mail reads a message as the mail programs of the people who get it
// will read it, and says where these programs disagree.
//
// # Why an own reader
//
// Every MIME library has a message that hides a part from it: a missing blank
// line, a second Content-Type, a boundary with something behind it. A sender
// who knows the filter's library shows the filter one thing and the person
// another. So this reader never answers with an error alone. It keeps the bytes,
// reads what can be read, remarks everything odd (an Oddity is evidence, not a
// log line), and where programs are known to disagree it keeps the reading of
// the majority and looks at the contents of the other readings as well.
//
// # Two stages
//
// Parse reads header and structure in one walk over the bytes; it decodes only
// the fields that everybody asks for. Look reads the contents: transfer
// encodings, charsets, what of a text is seen and what is hidden, links,
// attachments and what is in them. Look costs about ten times as much and is
// called only where it can still matter.
//
// # What holds
//
//  1. Parse and Look return, whatever the bytes are: no panic crosses the
//     package, every look is bounded in size, depth, count and time, and a bound
//     that was hit is named in Message.Truncated.
//  2. Raw is never changed. The header's fields in order are the header's
//     bytes; header and body are the message.
//  3. A part's offsets lie inside those of its parent, in order, without overlap.
//  4. The cost of Parse grows with the bytes, not with the levels left open: the
//     delimiters of all open multiparts are looked for in the same walk.
//  5. What is called by a name is told by its bytes: media types, scripts and
//     programs are found whatever a file is called and however it is packed,
//     within the limits.
//
// # What it never does
//
// It runs nothing, fetches nothing, writes nothing, and judges nothing: that a
// thing is odd is said here, what that means is said by detectors.
//
// # How it is laid out
//
// header.go and field.go keep bytes and offsets; part.go walks the structure;
// describe.go and fill.go read the fields that matter; word.go, charset.go and
// guess.go turn bytes into text; address.go, param.go and date.go read
// structured values. look.go is the second stage: text.go, html.go, htmltag.go
// and css.go for texts, link.go for links, attach.go with archive.go, ole.go,
// ooxml.go, pdf.go, tnef.go, uu.go, sniff.go and script.go for files, union.go
// for the readings of others.
package mail
