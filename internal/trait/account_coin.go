package trait

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
	"strings"
)

// bitcoin checks an address: Base58Check of the main net, or Bech32 and Bech32m
// (BIP 173, BIP 350).
func bitcoin(s string) (string, bool) {
	switch {
	case len(s) >= 26 && len(s) <= 35 && (s[0] == '1' || s[0] == '3'):
		return s, base58Check(s)
	case len(s) >= 42 && len(s) <= 90 && strings.HasPrefix(asciiLower(s), "bc1"):
		low := asciiLower(s)
		if s != low && s != strings.ToUpper(s) {
			return "", false
		}
		return low, bech32(low)
	}
	return "", false
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Check decodes 25 bytes of which the last four are the start of a double
// SHA-256 of the others.
func base58Check(s string) bool {
	var n [25]byte
	for i := range len(s) {
		carry := strings.IndexByte(base58, s[i])
		if carry < 0 {
			return false
		}
		for j := len(n) - 1; j >= 0; j-- {
			carry += 58 * int(n[j])
			n[j] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return false
		}
	}
	if n[0] != 0 && n[0] != 5 {
		return false
	}
	once := sha256.Sum256(n[:21])
	twice := sha256.Sum256(once[:])
	return bytes.Equal(twice[:4], n[21:])
}

// bech32 checks the sum of a lower-case address that begins with "bc1".
func bech32(s string) bool {
	const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	sum := uint32(1)
	step := func(v uint32) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ v
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, v := range []uint32{'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31} {
		step(v)
	}
	for i := 3; i < len(s); i++ {
		v := strings.IndexByte(charset, s[i])
		if v < 0 {
			return false
		}
		step(uint32(v))
	}
	return sum == 1 || sum == 0x2bc830a3
}

// ethereum checks an address of 0x and 40 hexadecimal digits. In mixed case the
// capitals are check digits (ERC-55).
func ethereum(s string) (string, bool) {
	low := asciiLower(s[2:])
	if _, err := hex.DecodeString(low); err != nil {
		return "", false
	}
	if body := s[2:]; body != low && body != strings.ToUpper(body) {
		sum := keccak256([]byte(low))
		for i := range len(body) {
			high := sum[i/2]>>(4*(1-i%2))&15 >= 8
			if asciiLetter(body[i]) && high != (body[i] < 'a') {
				return "", false
			}
		}
	}
	return "0x" + low, true
}

// keccak256 is Keccak with the padding from before it became SHA-3, of at most 135
// bytes: one block. The standard library has only SHA-3 itself.
func keccak256(in []byte) (out [32]byte) {
	const rate = 136
	var block [rate]byte
	copy(block[:rate-1], in)
	block[min(len(in), rate-1)] ^= 1
	block[rate-1] ^= 0x80
	var a [25]uint64
	for i := range rate {
		a[i/8] ^= uint64(block[i]) << (8 * (i % 8))
	}
	keccakF(&a)
	for i := range out {
		out[i] = byte(a[i/8] >> (8 * (i % 8)))
	}
	return out
}

// keccakF is the permutation Keccak-f[1600] (FIPS 202 section 3.3).
func keccakF(a *[25]uint64) {
	lfsr := uint8(1)
	for range 24 {
		var c [5]uint64
		for i := range a {
			c[i%5] ^= a[i]
		}
		for i := range a {
			a[i] ^= c[(i+4)%5] ^ bits.RotateLeft64(c[(i+1)%5], 1)
		}
		x, y, carried := 1, 0, a[1]
		for t := range 24 {
			x, y = y, (2*x+3*y)%5
			carried, a[x+5*y] = a[x+5*y], bits.RotateLeft64(carried, (t+1)*(t+2)/2)
		}
		for row := 0; row < 25; row += 5 {
			var r [5]uint64
			copy(r[:], a[row:row+5])
			for i := range r {
				a[row+i] = r[i] ^ ^r[(i+1)%5]&r[(i+2)%5]
			}
		}
		for j := range 7 {
			if lfsr&1 == 1 {
				a[0] ^= 1 << (1<<j - 1)
			}
			high := lfsr >> 7
			lfsr = lfsr<<1 ^ high*0x71
		}
	}
}
