package mail

import "time"

// Message is one message as read: the bytes, and everything that was found in
// them. It is filled in two stages. Parse reads header and structure and is
// cheap; Look reads the contents (texts, links, attachments' insides) and is
// called only where that can still change an outcome or is due for learning.
// A Message is read-only once the stage has returned, and safe for concurrent
// reading then.
type Message struct {
	Raw    []byte // as received; never changed
	Header Header // the top header, fields in order, duplicates kept

	From, Sender, ReplyTo, To, Cc []Address
	Subject                       string    // RFC 2047 decoded, white space collapsed
	Date                          time.Time // zero when missing or unreadable
	DateZone                      string    // as written: "+0900"
	MessageID                     string    // without angle brackets
	InReplyTo, References         []string
	List                          List
	AutoSubmitted                 string // RFC 3834 value in lower case, "" when absent

	Root *Part // never nil; a message without structure is one text/plain leaf

	// Filled by Look.
	Texts       []Text
	Links       []Link
	Attachments []Attachment

	Oddities  []Oddity // what could not be read, or can be read in two ways; sorted by offset
	Truncated []string // names of the limits that cut the look short ("parts", "depth", "text", …)
	looked    bool
	lim       Limits
}

// Address is one mailbox of an address list. Group members carry the group's
// name. Addr is the addr-spec as written, without comments and folding;
// Name is decoded.
type Address struct {
	Name  string
	Addr  string
	Group string
}

// Addressed lists the addresses of To and Cc in their order, at most so many.
func (m *Message) Addressed(most int) (all []string) {
	for _, list := range [][]Address{m.To, m.Cc} {
		for _, a := range list {
			if a.Addr != "" && len(all) < most {
				all = append(all, a.Addr)
			}
		}
	}
	return all
}

// List holds the List-* fields (RFC 2369, 2919, 8058) and their neighbours.
type List struct {
	ID, Unsubscribe, UnsubscribePost, Post string
	Precedence                             string // lower case
}

// Part is one node of the MIME tree. Offsets are bytes into Message.Raw: the
// part's own header is [Start,Body), its body [Body,End).
type Part struct {
	Path             string // "0" for a message that is one leaf, "" for its outermost multipart, else "1", "2.1", … as IMAP counts
	Start, Body, End int
	Header           Header
	Type             string            // "text/plain", lower case, without parameters
	Params           map[string]string // RFC 2231 decoded, names in lower case
	Charset          string            // as declared, lower case, "" when absent
	Encoding         string            // transfer encoding in lower case, "" = 7bit
	Disposition      string            // "inline", "attachment", …, "" when absent
	Filename         string            // decoded (RFC 2231, 2047), white space collapsed, path removed only by those who show it
	ContentID        string
	Parts            []*Part  // children of a multipart
	Message          *Message // of a message/rfc822 part, when read

	of        *Message // whose Raw the offsets refer to
	second    string   // a second Content-Type value
	boundary2 string   // a second boundary parameter
	loose     bool     // a line begins with its delimiter and goes on
}

// Text is one readable text of the message.
type Text struct {
	Part    *Part
	HTML    bool
	Charset string // what it was decoded from
	Visible string // what a person sees, white space collapsed
	Hidden  string // what is in the bytes but not seen: hidden, zero-size, same colour as its ground
}

// LinkSource says where a link stood.
type LinkSource string

const (
	LinkText  LinkSource = "text"
	LinkHTML  LinkSource = "html"
	LinkForm  LinkSource = "form" // the target of a form
	LinkImage LinkSource = "image"
	LinkPDF   LinkSource = "pdf"
	LinkICS   LinkSource = "ics"
	LinkSVG   LinkSource = "svg"
	LinkCard  LinkSource = "list" // List-Unsubscribe and the like
)

// Link is one address that a reader could follow.
type Link struct {
	Source  LinkSource
	Part    *Part
	URL     string // as written, entities decoded
	Scheme  string // lower case
	Host    string // lower case A-label, without port; "" when the URL has none
	Text    string // what the reader sees, "" for bare links
	Visible bool   // stands in visible text
}

// Attachment is a part (or a file inside one) that a reader could open.
type Attachment struct {
	Part     *Part  // nil for files that are not a part of their own (uuencode, TNEF)
	Name     string // decoded, as in Part.Filename
	Declared string // declared media type
	Sniffed  string // media type by content; "" when unknown
	Size     int64  // decoded bytes
	SHA256   string // hex of the decoded bytes
	Inline   bool   // shown inside a text (cid) rather than offered
	From     string // "mime", "uuencode", "tnef", "yenc"
	Entries  []Entry
	Marks    []Mark // what the inside shows
}

// Entry is one file in an archive, however deep.
type Entry struct {
	Name      string // path as listed, decoded
	Size      int64  // unpacked, as counted (not as declared) when opened, else as declared
	Depth     int    // 1 = directly inside the attachment
	Encrypted bool
	Sniffed   string
	Marks     []Mark
}

// Mark is a thing that was seen inside a file.
type Mark string

const (
	MarkMacro         Mark = "macro"          // OLE or OOXML with VBA
	MarkEncrypted     Mark = "encrypted"      // an archive or document that asks for a password
	MarkEncodedScript Mark = "encoded-script" // Windows Script Encoder's marker #@~^
	MarkScript        Mark = "script"         // by content: a script for a Windows or Unix shell
	MarkExecutable    Mark = "executable"
	MarkShortcut      Mark = "shortcut" // LNK
	MarkPDFScript     Mark = "pdf-script"
	MarkPDFLaunch     Mark = "pdf-launch"
	MarkPDFEmbedded   Mark = "pdf-embedded"
	MarkBomb          Mark = "bomb"      // limits were hit while unpacking
	MarkTruncated     Mark = "truncated" // could not be read to its end
	MarkExternalLink  Mark = "external-template"
	MarkBlob          Mark = "encoded-blob" // long Base64 inside a script or an HTML part
)

// Oddity is something about the bytes that a careful reader remarks: it could
// not be read, or two readers may read it in two ways. ID is stable
// ("missing-mime-version", "duplicate-from", …).
type Oddity struct {
	ID        string
	Offset    int
	Detail    string
	Ambiguous bool // readers are known to disagree here
}
