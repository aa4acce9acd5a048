package directory

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxSkeleton bounds what is compared by its looks, in bytes.
const maxSkeleton = 1024

// lookLike holds, behind each Latin letter, the letters and signs that most
// fonts draw like it. It is our own short table in the manner of UTS #39 §4,
// not a copy of its 6,000 lines: Cyrillic, Greek, Armenian, Cherokee, Lisu,
// small capitals, IPA and a few digits, chosen because they have been seen in
// names of domains and persons. What normal form KD already undoes (full width,
// mathematical letters, ligatures, marks) is not repeated.
var lookLike = map[rune]string{
	'a': "аαɑᴀᗅꓮꭺ", 'b': "вьъβʙϐЬᏴꓐƅƀ", 'c': "сϲᴄςꓚᏟƈ", 'd': "ԁɗᴅꓓᎠđð", 'e': "еεєҽᴇꓰᎬэə", 'f': "ƒꞙẝꓝϝ",
	'g': "ɡցᶃԍꓖᏀǥ", 'h': "һհнħꓧᎻн", 'i': "іιıɩӏɪᎥꙇⲓ", 'j': "јϳյȷꓙᎫ", 'k': "кκᴋꓗᏦƙқ", 'l': "ℓʟłꓡᏞⅼǀ∣׀",
	'm': "мʍᴍꓟᎷⅿ", 'n': "пηոռɴꓠƞŋ", 'o': "оοօσᴏøꓳ०০๐〇ⲟ", 'p': "рρᴘþꓑᏢթ", 'q': "ԛզգ", 'r': "гʀᴦꓣᎡɼɽ",
	's': "ѕꓢᏚʂꜱ", 't': "тτᴛꓔᎢŧƭ", 'u': "иυսʋᴜꓴμцน", 'v': "νѵᴠꓦᏙ", 'w': "ѡωԝᴡꓪᎳա", 'x': "хχҳꓫ×",
	'y': "уүγʏꓬყ", 'z': "ᴢꓜᏃʐƶ", '3': "зʒӡȝ", '4': "чꓞ", '6': "б", '-': "‐‑‒–—―−﹣ーｰ", '.': "․。｡", '/': "⁄∕",
}

// confusable is lookLike turned round.
var confusable = turnRound(lookLike)

func turnRound(table map[rune]string) map[rune]rune {
	m := make(map[rune]rune)
	for plain, twins := range table {
		for _, r := range twins {
			for _, f := range foldText(string(r)) {
				if f != plain {
					m[f] = plain
				}
			}
		}
	}
	return m
}

// Skeleton returns a form that is equal for strings that look alike, in the
// sense of UTS #39 §4 but stricter, for domains and names of firms: case and
// marks are gone, look-alike letters are Latin, 0 is o, 1 and i and | are l,
// and rn, vv and cl are m, w and d. It is for comparing only and must not be
// shown. It is idempotent. At most the first 1,024 bytes are looked at.
//
// Bounds: only likeness to Latin letters is known (two Cyrillic names that look
// alike among themselves are not matched); i and l fall together because a
// domain has no case and a capital I is drawn as an l; a likeness that depends
// on one font is not known.
func Skeleton(s string) string {
	if len(s) > maxSkeleton {
		s = s[:maxSkeleton]
	}
	if !isASCII(s) {
		s = latinSkeleton(strings.ToValidUTF8(s, "\uFFFD"))
	}
	return mergeASCII(s)
}

// latinSkeleton maps what looks Latin to Latin, until nothing changes.
func latinSkeleton(s string) string {
	for range 4 {
		t := norm.NFC.String(mapConfusables(dropMarks(norm.NFKD.String(strings.ToLower(s)))))
		if t == s {
			break
		}
		s = t
	}
	return s
}

// dropMarks removes marks of the block U+0300 and characters that are not seen.
func dropMarks(s string) string {
	return strings.Map(func(r rune) rune {
		if 0x300 <= r && r <= 0x36f || unicode.Is(unicode.Cf, r) || r == 0x115f || r == 0x1160 || r == 0x3164 || 0xfe00 <= r && r <= 0xfe0f {
			return -1
		}
		return r
	}, s)
}

func mapConfusables(s string) string {
	return strings.Map(func(r rune) rune {
		if plain, ok := confusable[r]; ok {
			return plain
		}
		return r
	}, s)
}

// pairs are drawn like one letter when set close.
var pairs = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d")

// mergeASCII folds the likenesses inside ASCII. The single characters go first,
// because c1 is a cl too; a pair never makes a new pair, since m, w and d are
// in none.
func mergeASCII(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		}
		switch r {
		case '0':
			return 'o'
		case '1', 'i', '|':
			return 'l'
		}
		return r
	}, s)
	return pairs.Replace(s)
}
