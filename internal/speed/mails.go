package speed

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Field is a header field as a milter gets it: the value with its leading
// white space, folded lines parted by LF.
type Field struct{ Name, Value string }

// Mail is one message with the envelope that it is sent with.
type Mail struct {
	Name         string // of the file, for errors
	From, Rcpt   string // envelope
	Helo, Client string // the sending host's name and address
	Fields       []Field
	Body         string // line ends CRLF
}

// Size is the message's length in bytes.
func (m Mail) Size() int {
	n := len(m.Body) + 2
	for _, f := range m.Fields {
		n += len(f.Name) + 1 + len(f.Value) + strings.Count(f.Value, "\n") + 2
	}
	return n
}

// maxMail bounds one message read; larger files are left out.
const maxMail = 64 << 20

// LoadMails reads a folder of .eml files, a .tar or a .tar.zst of them. When
// there are more than limit, it takes limit of them, evenly spread in the order
// of their names. Files without a header are left out.
func LoadMails(path string, limit int) ([]Mail, error) {
	files, err := readAll(path)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	if limit > 0 && len(names) > limit {
		kept := make([]string, limit)
		for i := range kept {
			kept[i] = names[i*len(names)/limit]
		}
		names = kept
	}
	var mails []Mail
	for _, n := range names {
		if m, ok := parse(n, files[n]); ok {
			mails = append(mails, address(m, len(mails)))
		}
	}
	if len(mails) == 0 {
		return nil, fmt.Errorf("%s: no mail in it; give a folder of .eml files or a .tar.zst of them", path)
	}
	return mails, nil
}

func readAll(path string) (map[string][]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return readFolder(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".zst") {
		z, err := zstd.NewReader(f, zstd.WithDecoderMaxWindow(1<<31))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	}
	return readTar(r)
}

func readFolder(path string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".eml") {
			return err
		}
		b, err := os.ReadFile(p)
		files[p] = b
		return err
	})
	return files, err
}

func readTar(r io.Reader) (map[string][]byte, error) {
	files := map[string][]byte{}
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg || h.Size > maxMail {
			continue
		}
		if files[h.Name], err = io.ReadAll(t); err != nil {
			return nil, err
		}
	}
}

// dropped are fields that a first delivery does not bear, or that are made anew:
// old signatures cannot pass with the made-up DNS.
var dropped = []string{"Return-Path", "DKIM-Signature", "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results", "Authentication-Results"}

// parse cuts a file into header fields and body. It knows just enough for a
// benchmark: what it cannot cut it leaves out.
func parse(name string, b []byte) (m Mail, ok bool) {
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	if strings.HasPrefix(text, "From ") { // mbox
		_, text, _ = strings.Cut(text, "\n")
	}
	head, body, _ := strings.Cut(text, "\n\n")
	m = Mail{Name: name, Body: strings.ReplaceAll(body, "\n", "\r\n")}
	for line := range strings.SplitSeq(head, "\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			if n := len(m.Fields); n > 0 {
				m.Fields[n-1].Value += "\n" + line
			}
			continue
		}
		if field, value, found := strings.Cut(line, ":"); found && field != "" && !strings.ContainsFunc(field, notName) {
			m.Fields = append(m.Fields, Field{field, value})
		}
	}
	path := strings.Trim(m.get("Return-Path"), " <>")
	m.Fields = slices.DeleteFunc(m.Fields, func(f Field) bool {
		return slices.ContainsFunc(dropped, func(d string) bool { return strings.EqualFold(d, f.Name) })
	})
	if strings.Count(path, "@") == 1 {
		m.From = path
	} else if _, domain := m.author(); domain != "" {
		m.From = "bounce@" + domain
	}
	return m, len(m.Fields) > 0
}

// notName reports what a field's name cannot hold (RFC 5322 section 3.6.8).
func notName(r rune) bool { return r <= ' ' || r >= 0x7f }

func (m Mail) get(name string) string {
	for _, f := range m.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// author is the From address and its domain, "" when it cannot be read.
func (m Mail) author() (addr, domain string) {
	a, err := mail.ParseAddress(strings.ReplaceAll(m.get("From"), "\n", ""))
	if err != nil {
		return "", ""
	}
	_, domain, _ = strings.Cut(a.Address, "@")
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if !strings.Contains(domain, ".") || strings.ContainsFunc(domain, notHost) {
		return "", ""
	}
	return a.Address, domain
}

func notHost(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-')
}

// address gives the mail its way in: a client in the documentation range
// 203.0.113.0/24 (RFC 5737), which the made-up SPF records allow.
func address(m Mail, i int) Mail {
	m.Rcpt = fmt.Sprintf("u%03d@corp.example", 1+i%60)
	m.Client = fmt.Sprintf("203.0.113.%d", 1+i%250)
	m.Helo = "mail.outside.example"
	if _, domain := m.author(); domain != "" {
		m.Helo = "mail." + domain
	}
	return m
}
