package demo

import (
	"embed"
	"fmt"
	"net/mail"
	"slices"
	"strings"
)

//go:embed people.toml
var peopleFile []byte

//go:embed mails
var mailFiles embed.FS

// sceneFiles are played in this order; within a file the order is the file's.
var sceneFiles = []string{"colleagues", "vendors", "customers", "many", "incidents", "unlike"}

// scene is one mail of the demo as it is written down, before it becomes bytes.
//
// The form of a file: a line "=== name" begins a mail, then come fields as in a
// mail header, an empty line, and the text. A line "--- html" in the text
// begins the same text as a page.
type scene struct {
	kind string // the file it stands in
	name string

	from     *mail.Address
	to, cc   []*mail.Address
	replyTo  *mail.Address
	subject  string
	login    string // who signed in to send it; "" = it comes from outside
	via      string // domain of the host that it comes from
	envelope string // reverse-path; "-" = the null sender; "" = the author
	only     string // the one recipient, where the header names others
	mailer   string
	charset  string
	zone     string   // of the author's clock; "" = where he usually is
	re       string   // name of the mail that it answers
	headers  []string // further fields as they are
	forged   []string // fields that kith must remove
	files    []made

	text, html string

	what string // of an incident, for the reader of the demo
}

// made is an attachment that is made in code.
type made struct{ kind, name string }

// incident reports whether the mail means no good.
func (s *scene) incident() bool { return s.what != "" }

// loadScenes reads the embedded mails. An error is a fault of the demo itself.
func loadScenes() ([]*scene, error) {
	var all []*scene
	for _, f := range sceneFiles {
		b, err := mailFiles.ReadFile("mails/" + f + ".txt")
		if err != nil {
			return nil, err
		}
		for _, block := range blocks(b) {
			s, err := readScene(f, block)
			if err != nil {
				return nil, fmt.Errorf("mails/%s.txt: %w", f, err)
			}
			if slices.ContainsFunc(all, func(o *scene) bool { return o.name == s.name }) {
				return nil, fmt.Errorf("mails/%s.txt: %s stands twice", f, s.name)
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// blocks parts a file; what stands before the first block are words about it.
func blocks(file []byte) []string {
	return strings.Split("\n"+string(file), "\n=== ")[1:]
}

// readBlock reads the name and the fields of a block, and returns the rest.
func readBlock(block string, set func(key, value string) error) (name, body string, err error) {
	name, rest, _ := strings.Cut(block, "\n")
	head, body, _ := strings.Cut(rest, "\n\n")
	for line := range strings.Lines(head) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			return name, "", fmt.Errorf("%s: %q is no field", name, line)
		}
		if err := set(key, value); err != nil {
			return name, "", fmt.Errorf("%s: %s: %w", name, key, err)
		}
	}
	return name, body, nil
}

func readScene(kind, block string) (*scene, error) {
	s := &scene{kind: kind}
	name, body, err := readBlock(block, s.set)
	if err != nil {
		return nil, err
	}
	s.name = name
	s.say(body)
	return s, s.check()
}

// say takes over a text, with the page behind it if there is one.
func (s *scene) say(body string) {
	s.text, s.html, _ = strings.Cut(body, "\n--- html\n")
	s.text, s.html = strings.TrimRight(s.text, "\n")+"\n", strings.TrimSpace(s.html)
}

// check fills in what follows from the rest.
func (s *scene) check() error {
	if s.from == nil || len(s.to) == 0 || s.subject == "" {
		return fmt.Errorf("%s: From, To or Subject is missing", s.name)
	}
	if s.via == "" {
		s.via = domainOf(s.from.Address)
	}
	if s.login == "" && hostOf(s.via) == nil && s.via != "scanner" {
		return fmt.Errorf("%s: nobody has the domain %s", s.name, s.via)
	}
	return nil
}

func (s *scene) set(key, value string) (err error) {
	switch key {
	case "From":
		s.from, err = mail.ParseAddress(whole(value))
	case "To":
		s.to, err = mail.ParseAddressList(whole(value))
	case "Cc":
		s.cc, err = mail.ParseAddressList(whole(value))
	case "Rcpt":
		s.only = whole(value)
	case "Reply-To":
		s.replyTo, err = mail.ParseAddress(value)
	case "Subject":
		s.subject = value
	case "Login":
		s.login = whole(value)
	case "Via":
		s.via = value
	case "Envelope":
		s.envelope = value
	case "Mailer":
		s.mailer = value
	case "Charset":
		s.charset = value
	case "Zone":
		s.zone = value
	case "Re":
		s.re = value
	case "Header":
		s.headers = append(s.headers, value)
	case "Forged":
		s.forged = append(s.forged, value)
	case "Attach":
		kind, name, _ := strings.Cut(value, " ")
		s.files = append(s.files, made{kind, name})
	case "What":
		s.what = value
	default:
		err = fmt.Errorf("no such field")
	}
	return err
}

// whole adds our domain to names that stand alone, as in "paul.vogt, info".
func whole(list string) string {
	names := strings.Split(list, ",")
	for i, n := range names {
		if !strings.Contains(n, "@") {
			names[i] = strings.TrimSpace(n) + "@" + ourDomain
		}
	}
	return strings.Join(names, ", ")
}

// rcpts are the envelope's recipients, each once.
func (s *scene) rcpts() (list []string) {
	if s.only != "" {
		return []string{s.only}
	}
	for _, a := range append(slices.Clone(s.to), s.cc...) {
		if !slices.Contains(list, a.Address) {
			list = append(list, a.Address)
		}
	}
	return list
}

// reversePath is the envelope's sender, "" for the null sender.
func (s *scene) reversePath() string {
	switch {
	case s.envelope == "-":
		return ""
	case s.envelope != "":
		return s.envelope
	}
	return s.from.Address
}
