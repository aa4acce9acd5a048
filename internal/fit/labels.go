package fit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Truth is what a message is.
type Truth string

// The truths that matter here. Other is neither: unwanted mail that nobody forged,
// a slip of the sender, an event without a label. It is not counted.
const (
	Genuine Truth = "genuine"
	Attack  Truth = "attack"
	Other   Truth = "other"
)

// Label is the truth about one event of a set.
type Label struct {
	Truth    Truth
	Kind     string // of attack
	Template string // of the text of an attack; "" = not told
	Campaign string // attacks that are one, sent as several mails; "" = it stands alone
}

// maxLabels bounds the lines of a labels file, maxLabel one of them in bytes.
const (
	maxLabels = 10_000_000
	maxLabel  = 1 << 20
)

// ReadLabels reads a set's labels, one JSON object a line, by event. It is the one
// place in the program that reads them.
func ReadLabels(r io.Reader) (map[string]Label, error) {
	out := make(map[string]Label)
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), maxLabel)
	for n := 1; sc.Scan(); n++ {
		if len(strings.TrimSpace(sc.Text())) == 0 {
			continue
		}
		var l struct{ ID, Label, Kind, Template, Campaign, Body string }
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("labels:%d: %w; fetch the set again", n, err)
		}
		if l.ID == "" || len(out) >= maxLabels {
			return nil, fmt.Errorf("labels:%d: no id, or more than %d labels; fetch the set again", n, maxLabels)
		}
		x := Label{Truth: truthOf(l.Label), Kind: l.Kind, Campaign: l.Campaign}
		if l.Template+l.Body != "" {
			x.Template = l.Kind + "/" + l.Template + "/" + l.Body
		}
		if x.Truth == Attack && x.Kind == "" {
			x.Kind = l.Label
		}
		out[l.ID] = x
	}
	if err := sc.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("a line is longer than %d bytes", maxLabel)
		}
		return nil, fmt.Errorf("labels: %w; fetch the set again", err)
	}
	return out, nil
}

// truthOf reads the words of the sets.
func truthOf(label string) Truth {
	switch label {
	case "genuine", "ham", "clean":
		return Genuine
	case "attack", "forged":
		return Attack
	}
	return Other
}

// permission is the line of a set's README that says what may be made from it.
const permission = "Weights that ship may be fitted on it:"

// Permitted reads whether figures that ship may be fitted on a set, out of its
// README, and the words by which it says so. A set that says nothing permits
// nothing.
func Permitted(readme string) (ok bool, said string) {
	_, after, found := strings.Cut(readme, permission)
	if !found {
		return false, "its README does not say so"
	}
	after = strings.ReplaceAll(strings.ReplaceAll(after, "\r", ""), "**", "")
	for _, end := range []string{"\n\n", ".\n", "; no ", "("} {
		after, _, _ = strings.Cut(after, end)
	}
	said = strings.Join(strings.Fields(after), " ")
	if len(said) > 300 {
		said = said[:300]
	}
	low := strings.ToLower(said)
	return strings.HasPrefix(low, "yes") || strings.HasPrefix(low, "only figures without text"), strings.TrimRight(said, ". ")
}
