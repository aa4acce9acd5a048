// Command passthrough runs the proxy of package passthrough as a process of its
// own, so that a test can kill it.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"kith/e2e/passthrough"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:2425", "host:port or unix:/path to listen at")
	next := flag.String("next", "127.0.0.1:24", "host:port or unix:/path of the next hop")
	delay := flag.Duration("delay", 0, "wait before each final reply")
	slow := flag.String("slow", "", "delay this recipient only")
	flag.Parse()
	network, address := split(*listen)
	l, err := net.Listen(network, address)
	if err != nil {
		fmt.Fprintln(os.Stderr, "passthrough:", err)
		os.Exit(1)
	}
	p := &passthrough.Proxy{}
	p.Network, p.Next = split(*next)
	p.Delay = func(rcpt string) time.Duration {
		if *slow == "" || strings.EqualFold(*slow, rcpt) {
			return *delay
		}
		return 0
	}
	fmt.Fprintln(os.Stderr, "passthrough:", p.Serve(l))
	os.Exit(1)
}

func split(address string) (network, rest string) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return "unix", path
	}
	return "tcp", address
}
