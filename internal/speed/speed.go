// Package speed measures what kith costs, next to a server that people know
// (rspamd) and next to one that does nothing. A filter that is dear is switched
// off on the busiest day, which is the day on which it is needed; so the cost
// has bounds, and a run that breaks one fails.
//
// How it stays fair:
//
//   - All contenders run at the same time on the same machine and are loaded in
//     turn, A B A B, so that a busy neighbour hits both. Ratios are taken within
//     a round, and the median of the rounds is shown with its range.
//   - Equal work: the mails are signed anew with a key that the made-up DNS
//     publishes, so that every signature is checked to its end and passes, and
//     every SPF record speaks for the client.
//   - The load plays Postfix's part of the milter protocol: its events and
//     macros, a new connection for each mail, waiting for every reply that the
//     server did not waive, and for no other.
//   - CPU time is the server's whole process tree, from the kernel; the load and
//     the DNS are not counted. How busy the rest of the machine was stands
//     beside the figures.
//
// What it never does: it never asks a real name server, never listens beyond
// loopback, and touches no system service: every server it starts is private,
// in a folder of its own, and ends with the run.
package speed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// Env is what a contender gets to start with.
type Env struct {
	Dir string         // its own folder, existing and empty at the first start
	DNS netip.AddrPort // the made-up resolver, UDP and TCP
}

// Running is a started contender. Its process tree is measured from Roots.
type Running struct {
	Network, Address string // where the load goes
	Roots            []int  // process ids
	Stop             func() // ends it; called once
}

// Contender is a server under test.
type Contender struct {
	Name  string
	Start func(ctx context.Context, e Env) (*Running, error)
}

// Drive sends the mails to a running contender and returns the latency of each,
// in order of their ends. MilterDrive is the one that ships; a drive that sends
// through an MTA, or that speaks LMTP, fits in its place.
type Drive func(ctx context.Context, to *Running, mails []Mail, atOnce, n int) (Load, error)

// Load is what a drive saw.
type Load struct {
	Took    time.Duration   // from the first connection to the last answer
	Latency []time.Duration // of each message, connection included
	Answers map[string]int  // how often each final answer came
	Changes int             // header fields and the like that the server asked to change
}

// Options configure a run.
type Options struct {
	Contenders []Contender
	Reference  string  // name of the contender that ratios are taken to; "" = no ratios
	Mails      []Mail  // in the order sent; sent again from the first as often as needed
	Drive      Drive   // nil is MilterDrive
	Rounds     int     // each contender is loaded once in each; 3
	Messages   int     // in each load; 1,000
	Warm       int     // before the first round, uncounted; 200
	AtOnce     []int   // messages at a time; 1 and 8
	Bounds     []Bound // checked at the end
	Dir        string  // for the contenders' folders; "" is a temporary one
	DNS        DNS     // the made-up resolver's rules
	Progress   io.Writer
}

// Result is the whole run. Samples stand in the order in which they were taken.
type Result struct {
	Samples []Sample
	Table   []Row
	Broken  []string // bounds that did not hold, one sentence each
	Mails   int
	Bytes   int64 // of all mails once
}

// ErrBounds is returned when a bound did not hold. The Result is whole.
var ErrBounds = errors.New("a bound on speed did not hold")

// Run starts all contenders, loads them in turn, writes a Markdown report to
// out, and stops them. The error is ErrBounds when only a bound was broken.
func Run(ctx context.Context, o Options, out io.Writer) (*Result, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	dns, err := StartDNS(o.DNS)
	if err != nil {
		return nil, fmt.Errorf("made-up DNS: %w", err)
	}
	defer dns.Stop()
	dir := o.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kith-speed-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
	}
	running, stop, err := o.start(ctx, dir, dns.Addr())
	defer stop()
	if err != nil {
		return nil, err
	}
	r := &Result{Mails: len(o.Mails)}
	for _, m := range o.Mails {
		r.Bytes += int64(m.Size())
	}
	if r.Samples, err = o.measure(ctx, running); err != nil {
		return r, err
	}
	r.Table = tabulate(r.Samples, o.Reference)
	r.Broken = check(r.Table, o.Bounds)
	if err := r.write(out, o); err != nil {
		return r, err
	}
	if len(r.Broken) > 0 {
		return r, ErrBounds
	}
	return r, nil
}

func (o *Options) prepare() error {
	if len(o.Contenders) == 0 || len(o.Mails) == 0 {
		return errors.New("speed: contenders and mails are needed")
	}
	setIfZero(&o.Rounds, 3)
	setIfZero(&o.Messages, 1000)
	setIfZero(&o.Warm, 200)
	if len(o.AtOnce) == 0 {
		o.AtOnce = []int{1, 8}
	}
	if o.Drive == nil {
		o.Drive = MilterDrive
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return nil
}

func setIfZero(p *int, v int) {
	if *p <= 0 {
		*p = v
	}
}

// start brings all contenders up, one after the other; stop ends those that
// came up, also after an error.
func (o *Options) start(ctx context.Context, dir string, dns netip.AddrPort) (running []*Running, stop func(), err error) {
	stop = func() {
		for _, r := range running {
			r.Stop()
		}
	}
	for _, c := range o.Contenders {
		own := filepath.Join(dir, c.Name)
		if err := os.MkdirAll(own, 0o755); err != nil {
			return running, stop, err
		}
		fmt.Fprintf(o.Progress, "starting %s\n", c.Name)
		r, err := c.Start(ctx, Env{Dir: own, DNS: dns})
		if err != nil {
			return running, stop, fmt.Errorf("start %s: %w", c.Name, err)
		}
		running = append(running, r)
	}
	return running, stop, nil
}

// measure loads the contenders in turn.
func (o *Options) measure(ctx context.Context, running []*Running) ([]Sample, error) {
	for i, c := range o.Contenders {
		if _, err := o.Drive(ctx, running[i], o.Mails, 4, o.Warm); err != nil {
			return nil, fmt.Errorf("warm %s: %w", c.Name, err)
		}
	}
	var all []Sample
	for round := range o.Rounds {
		for _, atOnce := range o.AtOnce {
			for i, c := range o.Contenders {
				s, err := takeSample(ctx, o, c.Name, running[i], atOnce)
				if err != nil {
					return all, fmt.Errorf("load %s: %w", c.Name, err)
				}
				s.Round = round
				all = append(all, s)
				fmt.Fprintf(o.Progress, "round %d, %d at once: %-10s %7.1f messages/s, %6.2f ms CPU, p99 %s\n",
					round+1, atOnce, c.Name, s.Rate(), s.CPUPerMessage().Seconds()*1000, s.Percentile(99).Round(time.Microsecond*100))
			}
		}
	}
	return all, nil
}
