package serve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kith/internal/config"
	"kith/internal/kith"
	"kith/internal/store"
)

// Status is what `kith status` shows. It is read from the store and from the
// doors, not from the running program, so that it also tells of one that hangs.
type Status struct {
	Version    string         `json:"version"`
	Mode       kith.Mode      `json:"mode"`
	Running    string         `json:"running"`
	Paused     string         `json:"paused,omitempty"`
	Doors      []DoorStatus   `json:"doors"`
	LastMail   time.Time      `json:"last_mail,omitzero"`
	LastLogin  time.Time      `json:"last_login,omitzero"`
	Day        map[string]int `json:"day"`
	InDoubt    int            `json:"in_doubt"`
	Listed     int            `json:"listed"`
	Discovered int            `json:"discovered"`
	StorePath  string         `json:"store"`
	StoreBytes int64          `json:"store_bytes"`
	Schema     int            `json:"schema"`
	Learning   *Learning      `json:"learning,omitempty"`
	Notes      []string       `json:"notes,omitempty"`
	Mend       []string       `json:"mend,omitempty"`
}

// DoorStatus is one door, ours or the next hop's.
type DoorStatus struct {
	Name string `json:"name"`
	At   string `json:"at"`
	Says string `json:"says"`
	OK   bool   `json:"ok"`
}

// Look gathers the status.
func Look(ctx context.Context, c *config.Config, p config.Paths, version string) (*Status, error) {
	s := &Status{Version: version, Mode: c.Mode, StorePath: storeName(p), Schema: store.Version(), Day: map[string]int{}, Notes: c.Notes()}
	st, err := OpenStore(p, store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	counts, err := st.Count(ctx, time.Now().Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	for state, n := range counts.ByState {
		s.Day[string(state)] = n
	}
	s.LastMail, s.LastLogin, s.InDoubt = counts.LastArrived, counts.LastLogin, counts.OpenKeys
	s.Running = running(p)
	if since, why, paused := PausedSince(p); paused {
		s.Paused = strings.TrimSpace(fmt.Sprintf("since %s %s", since.Local().Format("2006-01-02 15:04"), why))
		s.mend("kith is paused: all mail passes unjudged; 'kith resume' ends it")
	}
	s.lookAtClock(ctx, st)
	s.lookAtDoors(ctx, c)
	s.lookAtPeople(ctx, c, st)
	s.lookAtDisk(p)
	s.lookAtFlow(c)
	s.lookAtLearning(ctx, c, st, p)
	return s, nil
}

func (s *Status) mend(format string, args ...any) {
	s.Mend = append(s.Mend, fmt.Sprintf(format, args...))
}

// running tells by the lock whether a kith writes to the store.
func running(p config.Paths) string {
	used, err := store.InUse(p.Database)
	switch {
	case err != nil:
		return "cannot tell whether it runs (run this as kith's user)"
	case used:
		return "running"
	}
	return "not running"
}

func (s *Status) lookAtDoors(ctx context.Context, c *config.Config) {
	off := s.Running == "not running"
	if off {
		s.mend("kith is not running: systemctl start kith (without it Postfix keeps the mail in its queue)")
	}
	const own = "see kith's log (journalctl -u kith)"
	for _, d := range []struct {
		name, help string
		at         config.Address
		greets     bool
	}{
		{"lmtp", own, c.LMTP.Listen, true}, {"lmtp next", "is Dovecot running?", c.LMTP.Next, true},
		{"smtp", own, c.SMTP.Listen, true}, {"smtp next", "is that server running?", c.SMTP.Next, true},
		{"milter", own, c.Milter.Listen, false}, {"submission", own, c.Milter.SubmissionListen, false},
		{"web", own, c.Web.Listen, false},
	} {
		if !d.at.Set() {
			continue
		}
		e := DoorStatus{Name: d.name, At: d.at.String(), Says: "answers", OK: true}
		if d.at.Network == "systemd" {
			e.Says = "a socket of systemd's"
		} else if err := tryDoor(ctx, d.at, d.greets); err != nil {
			e.Says, e.OK = err.Error(), false
			if !off || d.help != own { // our own doors are shut then, which was said
				s.mend("%s at %s does not answer (%v): %s", d.name, d.at, err, d.help)
			}
		}
		s.Doors = append(s.Doors, e)
	}
}

// lookAtClock tells what housekeeping thinks of it.
func (s *Status) lookAtClock(ctx context.Context, st *store.Store) {
	if h, err := st.Held(ctx); err == nil && h.Left > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("nothing is forgotten for another %s of steady clock: it went from %s to %s while kith looked away; if it is wrong, set it (timedatectl)",
			h.Left.Round(time.Hour), h.From.Local().Format("2006-01-02 15:04"), h.To.Local().Format("2006-01-02 15:04")))
	}
}

func tryDoor(ctx context.Context, at config.Address, greets bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if greets {
		return answers(ctx, at)
	}
	return connects(ctx, at)
}

func (s *Status) lookAtPeople(ctx context.Context, c *config.Config, st *store.Store) {
	w, err := newWatch(ctx, st)
	if err != nil {
		s.mend("what was seen cannot be read: %v", err)
		return
	}
	people, err := LoadPeople(c, w.found)
	if err != nil {
		s.mend("the directory cannot be read: %v", err)
		return
	}
	s.Listed = people.Directory().Len()
	s.Discovered = w.discovered()
	if k := people.LDAP(); k != nil {
		s.Notes = append(s.Notes, k.Status().Line(time.Now()))
	}
	s.Notes = append(s.Notes, w.advice()...)
}

// little is the free space below which a store is about to fail.
const little = 200 << 20

func (s *Status) lookAtDisk(p config.Paths) {
	for _, f := range []string{p.Database, p.Database + "-wal"} {
		if st, err := os.Stat(f); err == nil {
			s.StoreBytes += st.Size()
		}
	}
	for _, d := range []struct{ what, dir string }{{"store", filepath.Dir(p.Database)}, {"spool", p.Spool}} {
		var fs syscall.Statfs_t
		if syscall.Statfs(d.dir, &fs) != nil {
			continue
		}
		if free := int64(fs.Bavail) * int64(fs.Bsize); free < little {
			s.mend("only %d MB are free for the %s in %s: make room", free>>20, d.what, d.dir)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(p.Spool, "outcomes", "outcomes-*")); len(left) > 1 {
		s.Notes = append(s.Notes, "outcomes wait for the store in the overflow files; they are brought in by themselves")
	}
}

// lookAtFlow says what should have been seen and was not.
func (s *Status) lookAtFlow(c *config.Config) {
	const day = 24 * time.Hour
	if s.LastMail.IsZero() {
		s.Notes = append(s.Notes, "no mail has come by yet")
		return
	}
	if ahead := time.Until(s.LastMail); ahead > time.Hour {
		s.mend("the newest mail is dated %s, which is still to come: the clock is or was wrong; check it (timedatectl)", s.LastMail.Local().Format("2006-01-02 15:04"))
	}
	if time.Since(s.LastMail) > day {
		s.mend("no mail for a day: is the MTA still wired to kith? (postconf virtual_transport mailbox_transport smtpd_milters)")
	}
	if time.Since(s.LastLogin) > day {
		s.Notes = append(s.Notes, "no sent mail has been seen for a day: add the submission milter, so that kith knows who is one of us (docs/install-postfix-dovecot.md)")
	}
	if n := s.Day[string(kith.StateInDoubt)]; n > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d copies of the last day were in doubt at a crash: they may have arrived twice; the duplicate rule for Dovecot prevents it", n))
	}
}
