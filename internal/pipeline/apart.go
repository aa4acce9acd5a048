package pipeline

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"kith/internal/kith"
)

// The poison rule: a message during which kith died twice is judged in a child
// process with little memory and little time. If the child dies too, the message
// goes out by policy with the finding that nobody could look inside. Whatever
// it holds, it kills nobody else's mail.

// Bounds of the child: address space, CPU seconds, and what it may answer. A Go
// program maps much more address space than it uses.
const (
	apartMemory = 4 << 30
	apartCPU    = 20
	apartAnswer = 64 << 20
	apartWords  = 500 // of its standard error, for the log
)

// maxChildren at once: after two deaths of a busy kith all that was under way
// comes back together, and must not eat the memory that was lacking then.
const maxChildren = 2

// JudgeApart judges one message in a process of its own. Like Judge it always
// has an outcome, after four times the deadline at the latest: half of it may go
// by until there is a place, and the child keeps the deadline by itself.
func (p *Pipeline) JudgeApart(ctx context.Context, env *kith.Envelope, raw []byte) *Outcome {
	if p.opt().Paused() {
		return p.Unjudged(env, "paused")
	}
	own := *env
	p.noted(&own) // the child has no board
	out, err := p.inTurn(ctx, &own, raw)
	if err != nil {
		p.opt().Log.Error("the message could not be read apart either", "queue_id", env.QueueID, "kith", env.ID, "error", err)
		return p.Unread(env, "could-not-look")
	}
	p.adopt(env, out)
	return out
}

// inTurn waits for a place.
func (p *Pipeline) inTurn(ctx context.Context, env *kith.Envelope, raw []byte) (*Outcome, error) {
	wait := time.NewTimer(2 * p.opt().Deadline)
	defer wait.Stop()
	select {
	case p.children <- struct{}{}:
		defer func() { <-p.children }()
	case <-wait.C:
		return nil, errors.New("too many messages wait to be read apart")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*p.opt().Deadline)
	defer cancel()
	return p.apart(ctx, env, raw)
}

// adopt makes a child's outcome ours: the child has read the configuration from
// the disk, which may be newer than what is in force here.
func (p *Pipeline) adopt(env *kith.Envelope, out *Outcome) {
	for i := range out.Judgements {
		j := &out.Judgements[i]
		j.Rcpt = env.Rcpts[i] // as given, bytes beyond UTF-8 too
		j.Plan.Mode = p.opt().Mode
		j.Plan.Done = p.opt().Policy.Carried(j.Verdict, j.Plan)
	}
	if out.Gap != "" {
		p.opt().Gap(out.Gap)
	}
}

func (p *Pipeline) apart(ctx context.Context, env *kith.Envelope, raw []byte) (*Outcome, error) {
	if len(p.opt().Apart) == 0 {
		return nil, errors.New("no command to read it with")
	}
	head, err := json.Marshal(env)
	if err != nil {
		return nil, err
	}
	// The child dies with the thread that made it: the thread stays until then.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, p.opt().Apart[0], p.opt().Apart[1:]...)
	cmd.Stdin = io.MultiReader(bytes.NewReader(append(head, '\n')), bytes.NewReader(raw))
	answer, words := &bounded{max: apartAnswer}, &bounded{max: apartWords, drop: true}
	cmd.Stdout, cmd.Stderr = answer, words
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second // for who holds its standard output still
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.Join(strings.Fields(words.buf.String()), " "))
	}
	out := new(Outcome)
	if err := json.Unmarshal(answer.buf.Bytes(), out); err != nil {
		return nil, fmt.Errorf("its answer is no outcome: %w", err)
	}
	if len(out.Judgements) != len(env.Rcpts) {
		return nil, fmt.Errorf("it judged for %d of %d recipients", len(out.Judgements), len(env.Rcpts))
	}
	return out, nil
}

// bounded is a buffer with an end: what is more is an error, or dropped. It does
// not embed bytes.Buffer, whose ReadFrom would pass Write by.
type bounded struct {
	buf  bytes.Buffer
	max  int
	drop bool
}

func (b *bounded) Write(p []byte) (int, error) {
	room := min(len(p), b.max-b.buf.Len())
	b.buf.Write(p[:room])
	if room < len(p) && !b.drop {
		return room, errors.New("it says too much")
	}
	return len(p), nil
}

// ServeApart is the child's side: it reads one message from in, judges it and
// writes the outcome to out. The process limits itself first.
func (p *Pipeline) ServeApart(in io.Reader, out io.Writer) error {
	for what, n := range map[int]uint64{syscall.RLIMIT_AS: apartMemory, syscall.RLIMIT_CPU: apartCPU, syscall.RLIMIT_CORE: 0} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("cannot limit the child process: %w", err)
		}
	}
	r := bufio.NewReader(in)
	head, err := r.ReadBytes('\n')
	if err != nil {
		return err
	}
	env := new(kith.Envelope)
	if err := json.Unmarshal(head, env); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(p.Judge(context.Background(), env, raw))
}
