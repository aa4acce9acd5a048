package learn

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Item is one message as its mailbox holds it.
type Item struct {
	// Source is the source as given to Open.
	Source string
	// Key names the folder within the source and stays the same from run to run:
	// a relative path, or the name on the IMAP server.
	Key string
	// Folder is the folder's name for people: decoded, levels parted by "/".
	Folder string
	// Role is what the folder is for.
	Role Role
	// Owner is the address of the person whose mail it is, in lower case; "" when
	// neither Options nor the source says.
	Owner string
	// At is when the mailbox got the message; zero = unknown. Never the Date
	// field, never the future.
	At time.Time
	// Raw is the message with CRLF line ends. It is the receiver's to keep.
	Raw []byte
	// Position stands behind this message: with it in Options.Resume under Key, a
	// later run begins with the next one.
	Position string
}

// Role is what a folder is for.
type Role string

// The roles. Drafts are also templates and the outbox: what was not sent yet.
const (
	Inbox   Role = "inbox"
	Sent    Role = "sent"
	Archive Role = "archive"
	Junk    Role = "junk"
	Trash   Role = "trash"
	Drafts  Role = "drafts"
	Other   Role = "other"
)

var roles = []Role{Sent, Inbox, Archive, Other, Drafts, Junk, Trash}

// ParseRole reads a role as an administrator writes it.
func ParseRole(s string) (Role, error) {
	r := Role(strings.ToLower(strings.TrimSpace(s)))
	if !slices.Contains(roles, r) {
		return "", fmt.Errorf("%q is no folder role: use inbox, sent, archive, junk, trash, drafts or other", s)
	}
	return r, nil
}

// Count is a number of messages and of bytes.
type Count struct {
	Messages int64
	Bytes    int64
}

func (c *Count) add(o Count) { c.Messages += o.Messages; c.Bytes += o.Bytes }

// Reason says why a message was not handed over.
type Reason string

// The reasons.
const (
	TooLarge   Reason = "too large"            // larger than Options.MaxMessage
	Unreadable Reason = "unreadable"           // an error of the disk, of rights, of the server
	NotMail    Reason = "not a mail"           // empty, or no header
	Marked     Reason = "deleted or draft"     // marked so by its owner or its mail program
	InJunk     Reason = "marked as junk"       // by a label or keyword, in a folder that is read
	Declined   Reason = "passed over by kith"  // the receiver returned ErrSkip
	Vanished   Reason = "moved while kith ran" // gone between listing and reading
)
