package pipeline

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"kith/internal/directory"
	"kith/internal/kith"
	"kith/internal/note"
)

// childEnv makes the test binary play the child of the poison rule.
const childEnv = "KITH_TEST_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(childEnv); how != "" {
		child(how)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is a child that does it right, or fails in one of the ways in which
// one can.
func child(how string) {
	switch how {
	case "right":
		o := options(&testing.T{})
		o.Mode = kith.Shadow // its configuration is older than its parent's
		o.Policy.Mode = kith.Shadow
		if err := New(o).ServeApart(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "panics":
		o := options(&testing.T{})
		o.Directory = func() *directory.Directory { panic("this message again") }
		New(o).ServeApart(os.Stdin, os.Stdout)
	case "dies":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "fails":
		fmt.Fprintln(os.Stderr, strings.Repeat("the configuration\nis not there ", 1000))
		os.Exit(3)
	case "hangs":
		time.Sleep(time.Hour)
	case "prints garbage":
		fmt.Println("Judgements: none")
	case "judges for nobody":
		fmt.Println(`{"Judgements":[]}`)
	case "says too much":
		for {
			if _, err := os.Stdout.Write(make([]byte, 1<<16)); err != nil {
				os.Exit(1)
			}
		}
	case "leaves a child behind": // which holds its standard output
		cmd := exec.Command("sleep", "20")
		cmd.Stdout = os.Stdout
		cmd.Start()
		fmt.Println(`{`)
	}
}

func apart(t *testing.T, how string, spoil func(*Options)) *Pipeline {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(childEnv, how)
	o := options(t)
	o.Apart = []string{self}
	if spoil != nil {
		spoil(&o)
	}
	return New(o)
}

func TestJudgeApart(t *testing.T) {
	board := note.NewBoard(time.Hour, 10)
	board.Put(note.Note{QueueID: "Q1", Login: "ann", Client: kith.Client{Addr: netip.MustParseAddr("198.51.100.9")}, At: time.Now()})
	p := apart(t, "right", func(o *Options) { o.Notes = board })
	env := envelope()
	env.MailFrom = "ann@corp.test"
	env.Rcpts[1] = "e\xffva@corp.test" // bytes that JSON does not carry
	raw := []byte(harmfulMail + strings.Repeat("long line\r\n", 100_000))
	out := p.JudgeApart(context.Background(), env, raw)
	flows(t, out, env, "")
	if v := out.Judgements[0].Verdict; v.Band != kith.Harm || v.Class != kith.Malware {
		t.Errorf("the child says %+v", v)
	}
	// The parent enforces, whatever the child has read.
	if out.Folder(0) != "Junk" {
		t.Errorf("the plan is %+v", out.Judgements[0].Plan)
	}
	if r := out.Record(env, 0); r.Login != "ann" || r.Subject != "invoice" || r.Direction != kith.Internal {
		t.Errorf("the record is %+v, want what the milter saw in it", r)
	}
}

// Whatever the child does, the message goes out with the finding that nobody
// could look inside, and in time.
func TestJudgeApartWhenTheChildFails(t *testing.T) {
	for _, how := range []string{"panics", "dies", "fails", "hangs", "prints garbage", "judges for nobody", "says too much", "leaves a child behind"} {
		t.Run(how, func(t *testing.T) {
			gaps := new(gapCount)
			p := apart(t, how, func(o *Options) {
				o.Gap = gaps.add
				if how == "hangs" {
					o.Deadline = 300 * time.Millisecond
				}
			})
			env := envelope()
			start := time.Now()
			out := p.JudgeApart(context.Background(), env, []byte(strings.Repeat("From: a@b.example\r\n", 20_000)))
			if took := time.Since(start); took > time.Minute { // the deadline is not waited for
				t.Errorf("took %v", took)
			}
			flows(t, out, env, "could-not-look")
			saysCouldNotLook(t, out)
			if gaps.all() != "could-not-look" {
				t.Errorf("gaps counted: %q", gaps.all())
			}
		})
	}
	for name, command := range map[string][]string{"no command": nil, "no such command": {"/nonexistent/kith", "apart"}} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			o.Apart = command
			env := envelope()
			out := New(o).JudgeApart(context.Background(), env, []byte(plainMail))
			flows(t, out, env, "could-not-look")
			saysCouldNotLook(t, out)
		})
	}
}

// All that was under way at a death comes back at once; a place is waited for,
// but not for ever.
func TestChildrenTakeTurns(t *testing.T) {
	p := apart(t, "right", func(o *Options) { o.Deadline = 5 * time.Second })
	for range maxChildren {
		p.children <- struct{}{}
	}
	time.AfterFunc(300*time.Millisecond, func() { <-p.children })
	env := envelope()
	flows(t, p.JudgeApart(context.Background(), env, []byte(plainMail)), env, "")
	p.children <- struct{}{}
	o := *p.opt()
	o.Deadline = 50 * time.Millisecond
	p.now.Store(&o)
	out := p.JudgeApart(context.Background(), env, []byte(plainMail))
	flows(t, out, env, "could-not-look")
	saysCouldNotLook(t, out)
}

func TestServeApartRefusesGarbage(t *testing.T) {
	if os.Getenv("KITH_TEST_LIMITED") == "" {
		// ServeApart limits its process for good: that is done in a child.
		cmd := exec.Command(os.Args[0], "-test.run", "^TestServeApartRefusesGarbage$")
		cmd.Env = append(os.Environ(), "KITH_TEST_LIMITED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	p := New(options(t))
	for _, in := range []string{"", "no line end", "no json\nbody", `{"ID":1}` + "\nbody"} {
		var out strings.Builder
		if err := p.ServeApart(strings.NewReader(in), &out); err == nil || out.Len() > 0 {
			t.Errorf("%q was taken: %v, %q", in, err, out.String())
		}
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &was); err != nil || was.Max != apartMemory {
		t.Errorf("address space is limited to %d, want %d (%v)", was.Max, uint64(apartMemory), err)
	}
}
