package trait

import (
	"hash/fnv"
	"strconv"

	"kith/internal/mail"
)

// HeaderOrder gives the order in which the author's program writes the fields that
// every mail has, and how it writes their names.
//
// A program writes its header from a table, always in the same order, while RFC
// 5322 section 3.6 asks for none; and the names of fields have no case, so that
// everybody writes "Message-ID" as he likes. Servers on the way put their fields on
// top. Only the order of From, Date, Message-ID and MIME-Version is taken: some
// programs write Subject and To in the place where the person filled them in, which
// is another for an answer, and whether there is a Content-Type and a name of the
// program depends on the mail and on a setting. What depends on the mail (Cc,
// References, a priority) is left out too, as is everything that servers write but
// one: Google marks what is sent through it in the middle of the header ("G").
//
// It changes with the program, and seldom with a version of it. A server that adds
// what a program forgot (a Date, a Message-ID) changes the place of that field.
func HeaderOrder(m *mail.Message) string {
	b := make([]byte, 0, maxValue)
	odd := fnv.New32a()
	plain, google := true, false
	for _, f := range m.Header.Fields() {
		google = google || f.Is("X-Gm-Message-State")
		for i := range ordered {
			o := &ordered[i]
			if !f.Is(o.name) {
				continue
			}
			if len(b) < maxOrder {
				b = append(b, o.code)
			}
			if name := f.Name(); name != o.name {
				plain = false
				odd.Write([]byte(name))
			}
			break
		}
	}
	if google {
		b = append(b, 'G')
	}
	if !plain {
		b = append(b, '~')
		b = strconv.AppendUint(b, uint64(odd.Sum32()), 36)
	}
	return string(b)
}

// maxOrder bounds the fields that are written: a header with more is no person's.
const maxOrder = 24

// ordered are the fields whose order is taken, with their names as they are mostly
// written: a name in other letters is a mark. The code stands for the field in the
// value.
var ordered = [...]struct {
	name string
	code byte
}{
	{"From", 'F'}, {"Date", 'D'}, {"Message-ID", 'I'}, {"MIME-Version", 'V'},
}
