package ldap

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// builtin says which words of a title, an employee type or a department tell a
// role: English, German, Japanese and Korean, a line each. A word stands for
// itself; * at its end or beginning stands for the rest of a compound; several
// words stand beside each other in the title; = in front wants the whole title
// (a product owner is no owner, a personal assistant no Personal). Han and kana
// match anywhere, because nothing divides their words. Umlauts match their two
// letters.
const builtin = `
executive: ceo, cfo, coo, cto, cio, ciso, cmo, cso, chro, chief executive, chief financial, chief operating, chief technology, chief information, president, vice president, evp, svp, managing director, executive director, general manager, board member, member of the board, board of directors, chairman, chairwoman, chairperson, founder, co founder, =owner, business owner, managing partner
executive: geschäftsführ*, gf, vorstand, vorstände, vorstandsvorsitz*, vorstandsmitglied*, vorständin, vorstandssprecher*, aufsichtsrat*, prokurist*, generaldirektor*, direktor, direktorin, inhaber*, gesellschafter*
executive: 社長, 会長, 取締役, 専務, 常務, 執行役員, 監査役, 代表執行役
executive: 대표, 대표이사, 사장, 부사장, 회장, 부회장, 전무, 전무이사, 상무, 상무이사, 등기이사, 임원

finance: cfo, chief financial, finance, financial, accounting, accountant, accounts payable, accounts receivable, bookkeep*, controller, comptroller, treasury, treasurer, payroll, billing
finance: finanz*, buchhalt*, *buchhalter, *buchhalterin, *buchhaltung, rechnungswesen, controlling, kreditoren*, debitoren*, lohnbuch*, kassenwart*, zahlungsverkehr
finance: 経理, 財務, 会計, 出納, 給与
finance: 재무*, 회계*, 경리*, 자금*, 급여*, 재경*

assistant: assistant, executive assistant, personal assistant, pa, ea, secretary, secretarial, secretariat, office manager, chief of staff
assistant: assistenz*, assistent*, *assistenz, *assistent, *assistentin, sekret*, *sekretär, *sekretärin, *sekretariat, vorzimmer*, büroleit*
assistant: 秘書, アシスタント, 庶務
assistant: 비서*, *비서, 어시스턴트

hr: hr, human resources, human resource, people operations, recruit*, talent acquisition
hr: =personal, personalabteilung, personalwesen, personalleit*, personalreferent*, personalsachbearbeit*, personalchef*, personalentwickl*, personalverwaltung, recruiting
hr: 人事, 労務, 採用
hr: 인사*, 채용*, 노무*

it: it, ict, edv, system administrator, systems administrator, sysadmin*, network administrator, information technology, database administrator, server administrator, helpdesk, help desk, service desk
it: systemadministrat*, netzwerkadministrat*, datenbankadministrat*, informationstechnik, rechenzentrum
it: 情報システム, システム管理, 情シス, ネットワーク管理, 社内se
it: 전산*, 정보시스템*, 시스템관리*, 정보보안*, 시스템 관리자

developer: developer, software engineer, software architect, programmer, devops, sre, software development, web development
developer: entwickler*, *entwickler, *entwicklerin, softwareentwickl*, softwarearchitekt*, programmierer*
developer: システム開発, アプリ開発, 開発者, 開発エンジニア, プログラマ, ソフトウェア, システムエンジニア
developer: 개발*, *개발자, *개발팀, 프로그래머*, 소프트웨어*

legal: legal, lawyer, attorney, general counsel, counsel, paralegal, compliance, data protection officer
legal: recht, rechtsabteilung, justiziar*, jurist*, syndikus*, rechtsanw*, datenschutzbeauftragt*
legal: 法務, 弁護士, コンプライアンス
legal: 법무*, 변호사, 준법*

purchasing: purchasing, purchaser, procurement, buyer, sourcing
purchasing: einkauf, einkäufer*, einkaufs*, beschaffung*
purchasing: 購買, 調達, 仕入
purchasing: 구매*, 조달*
`

// pattern is one entry of the table: its words, folded.
type pattern struct {
	words    []string
	anywhere bool // Han or kana
	whole    bool // the title and nothing else
	roles    []string
}

// roleTable maps titles to roles. Patterns are filed under their first word
// where it is whole, because a table of a few hundred is asked a million times.
type roleTable struct {
	first map[string][]pattern
	loose []pattern
	known map[string][]string // roles of titles met before: most of a site's are alike
}

// maxKnown bounds the titles that are remembered within a fetch.
const maxKnown = 10_000

// newRoleTable returns the built-in table with the configuration's changes:
// words to roles, or to "" to take a built-in word out.
func newRoleTable(changes map[string]string) (roleTable, error) {
	table := map[string][]string{} // words as one key
	for line := range strings.Lines(builtin) {
		role, list, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for entry := range strings.SplitSeq(list, ", ") {
			key := strings.Join(titleWords(entry, "*="), " ")
			if !slices.Contains(table[key], role) {
				table[key] = append(table[key], role)
			}
		}
	}
	for entry, list := range changes {
		key := strings.Join(titleWords(entry, "*="), " ")
		roles, err := roleNames(list)
		if strings.Trim(key, "*= ") == "" || err != nil {
			return roleTable{}, faultf("write it like \"head of sales\" = \"executive\", or \"\" to take a word out", "directory.ldap.roles: %q = %q", entry, list)
		}
		table[key] = roles
	}
	t := roleTable{first: map[string][]pattern{}, known: map[string][]string{}}
	for key, roles := range table {
		if len(roles) == 0 {
			continue
		}
		words, whole := strings.CutPrefix(key, "=")
		p := pattern{words: strings.Fields(words), roles: roles, whole: whole, anywhere: !whole && unspaced(key)}
		if w := p.words[0]; p.anywhere || strings.ContainsRune(w, '*') {
			t.loose = append(t.loose, p)
		} else {
			t.first[w] = append(t.first[w], p)
		}
	}
	return t, nil
}

// roleNames reads roles divided by spaces or commas.
func roleNames(list string) ([]string, error) {
	var roles []string
	for r := range strings.FieldsFuncSeq(strings.ToLower(list), func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if len(r) > 40 || !readable(r) || strings.ContainsAny(r, `*"=`) {
			return nil, faultf("write short words", "%q is no role", r)
		}
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	return roles, nil
}

// The two roles that exclude each other.
const (
	executive = "executive"
	assistant = "assistant"
)

// of returns the roles that titles tell, sorted. Who assists the managing
// director is not the managing director: in one title the assistant wins, and
// among several (title before department) the first that says either.
func (t roleTable) of(titles []string) []string {
	found := map[string]bool{}
	leads := ""
	for _, title := range titles {
		here := t.in(title)
		if leads == "" && slices.Contains(here, assistant) {
			leads = assistant
		} else if leads == "" && slices.Contains(here, executive) {
			leads = executive
		}
		for _, r := range here {
			found[r] = true
		}
	}
	var roles []string
	for r := range found {
		if r != executive && r != assistant || r == leads {
			roles = append(roles, r)
		}
	}
	slices.Sort(roles)
	return roles
}

// in returns all roles that one title names. It remembers, so it is not for
// concurrent use.
func (t roleTable) in(title string) []string {
	if roles, ok := t.known[title]; ok {
		return roles
	}
	var roles []string
	t.match(title, func(more []string) { roles = append(roles, more...) })
	slices.Sort(roles)
	roles = slices.Compact(roles)
	if len(t.known) < maxKnown {
		t.known[title] = roles
	}
	return roles
}

func (t roleTable) match(title string, hit func(roles []string)) {
	words := titleWords(title, "")
	run := strings.Join(words, "")
	for i, w := range words {
		for _, p := range t.first[w] {
			if (i == 0 || !p.whole) && p.at(words[i:]) {
				hit(p.roles)
			}
		}
	}
	for _, p := range t.loose {
		if p.anywhere {
			if strings.Contains(run, strings.Join(p.words, "")) {
				hit(p.roles)
			}
			continue
		}
		for i := range words {
			if (i == 0 || !p.whole) && p.at(words[i:]) {
				hit(p.roles)
				break
			}
		}
	}
}

// at reports whether words begin with the pattern.
func (p pattern) at(words []string) bool {
	if len(words) < len(p.words) || p.whole && len(words) > len(p.words) {
		return false
	}
	for i, want := range p.words {
		have := words[i]
		tail, open := strings.CutPrefix(want, "*")
		core, cut := strings.CutSuffix(tail, "*")
		switch {
		case open && cut:
			if !strings.Contains(have, core) {
				return false
			}
		case open:
			if !strings.HasSuffix(have, core) {
				return false
			}
		case cut:
			if !strings.HasPrefix(have, core) {
				return false
			}
		case have != want:
			return false
		}
	}
	return true
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// titleWords parts a title into folded words; keep lists further signs that
// belong to words.
func titleWords(s, keep string) []string {
	s = umlauts.Replace(strings.ToLower(norm.NFKC.String(s)))
	return strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(keep, r)
	})
}

// unspaced reports whether s holds letters of a script without spaces.
func unspaced(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}
