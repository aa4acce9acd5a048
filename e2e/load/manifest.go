package load

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
)

// Entry is what became of one message at the server.
type Entry struct {
	ID      string   `json:"id"`
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name,omitempty"` // of a torture or file
	From    string   `json:"from"`
	To      []string `json:"to"`                // accepted, each owes a copy or a bounce
	Refused []string `json:"refused,omitempty"` // refused at RCPT
	Code    int      `json:"code"`              // final reply to the data; 0: none came
	Reply   string   `json:"reply"`
	Tries   int      `json:"tries"`
	Doubts  int      `json:"doubts,omitempty"` // tries whose data was sent whole and never answered
	Millis  float64  `json:"millis"`           // of the last try, from MAIL to the reply
}

// Accepted reports whether the server took responsibility.
func (e Entry) Accepted() bool { return e.Code/100 == 2 }

// Manifest is the list of entries and, under Dir, the bytes of each message as
// sent. Adding is safe for concurrent use.
type Manifest struct {
	Dir     string
	Entries []Entry

	mu   sync.Mutex
	file *os.File
}

// NewManifest makes the directory and an empty manifest in it; an old one of
// the same directory is replaced.
func NewManifest(dir string) (*Manifest, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		return nil, err
	}
	return &Manifest{Dir: dir, file: f}, nil
}

// Close ends the writing.
func (m *Manifest) Close() error {
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}

// Sent returns the bytes of a message as they were sent.
func (m *Manifest) Sent(e Entry) ([]byte, error) { return os.ReadFile(m.path(e.ID)) }

func (m *Manifest) path(id string) string { return filepath.Join(m.Dir, id+".eml") }

func (m *Manifest) add(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Entries = append(m.Entries, e)
	_, err = m.file.Write(append(line, '\n'))
	return err
}
