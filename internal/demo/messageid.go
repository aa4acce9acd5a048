package demo

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// messageID makes the identifier that a mail program would: each has a form of
// its own (RFC 5322 section 3.6.4 leaves it free). It is the same for the same
// scene and time.
func messageID(s *scene, at time.Time) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", s.name, at.UnixNano())
	n := h.Sum64()
	domain := domainOf(s.from.Address)
	host := domain
	if x := hostOf(domain); x != nil {
		host = x.helo
	}
	id := ""
	switch s.mailer {
	case "outlook":
		id = fmt.Sprintf("%012x$%08x$%08x$@%s", at.Unix(), uint32(n>>32), uint32(n), domain)
	case "thunderbird":
		id = uuid(n) + "@" + domain
	case "apple":
		id = strings.ToUpper(uuid(n)) + "@" + domain
	case "erp":
		id = fmt.Sprintf("WF%s-%04d@%s", at.Format("20060102150405"), n%10000, domain)
	case "bulk":
		id = fmt.Sprintf("%016x%04x.%d@%s", n, n%65536, at.Unix(), host)
	case "device":
		id = fmt.Sprintf("%s.%03d@%s", at.Format("20060102150405"), n%1000, domain)
	default:
		id = fmt.Sprintf("%d.%08d.%d@%s", at.Unix(), n%100000000, at.UnixMilli()%1000, host)
	}
	return "<" + id + ">"
}

// uuid is a number in the form of RFC 9562, version 4.
func uuid(n uint64) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(n>>32), uint16(n>>16), n&0xfff, (n>>12)&0xfff, n&0xffffffffffff)
}
