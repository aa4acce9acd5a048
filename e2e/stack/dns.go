package stack

import (
	"io"
	"net"
	"sync"
)

// BlackHole is a resolver that takes questions, over UDP and TCP, and never
// answers.
func BlackHole() (address string, stop func(), err error) {
	return resolver(func(question []byte) []byte { return nil })
}

// EmptyDNS is a resolver that answers every question at once: there is no such
// name. Over TCP it is a black hole; answers this short need no TCP.
func EmptyDNS() (address string, stop func(), err error) {
	return resolver(func(q []byte) []byte {
		if len(q) < 12 {
			return nil
		}
		// RFC 1035 §4.1.1: the question comes back with QR, RA and the code 3,
		// and without the additional section, in which an OPT record may stand.
		end := 12
		for end < len(q) && q[end] != 0 {
			end += 1 + int(q[end])
		}
		end += 5 // the root label, type and class
		if end > len(q) {
			return nil
		}
		a := append([]byte(nil), q[:end]...)
		a[2], a[3] = a[2]|0x80, 0x83
		a[6], a[7], a[8], a[9], a[10], a[11] = 0, 0, 0, 0, 0, 0
		return a
	})
}

// resolver listens on UDP and TCP of one free port; a nil answer is silence.
func resolver(answer func(question []byte) []byte) (address string, stop func(), err error) {
	if address, err = FreePort(); err != nil {
		return "", nil, err
	}
	udp, err := net.ListenPacket("udp", address)
	if err != nil {
		return "", nil, err
	}
	tcp, err := net.Listen("tcp", address)
	if err != nil {
		udp.Close()
		return "", nil, err
	}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			if a := answer(buf[:n]); a != nil {
				udp.WriteTo(a, from)
			}
		}
	}()
	var mu sync.Mutex
	var taken []net.Conn
	go func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			taken = append(taken, c)
			mu.Unlock()
			go io.Copy(io.Discard, c)
		}
	}()
	return address, func() {
		udp.Close()
		tcp.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range taken {
			c.Close()
		}
	}, nil
}
