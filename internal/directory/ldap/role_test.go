package ldap

import (
	"strings"
	"testing"
)

func TestTitles(t *testing.T) {
	table, err := newRoleTable(nil)
	if err != nil {
		t.Fatal(err)
	}
	for titles, want := range map[string]string{
		// English
		"CEO": "executive", "Chief Financial Officer": "executive finance", "CFO": "executive finance", "Vice President, Sales": "executive",
		"Managing Director": "executive", "Co-Founder & CTO": "executive", "Owner": "executive", "Product Owner": "", "Account Executive": "", "Art Director": "",
		"Executive Assistant to the CEO": "assistant", "Personal Assistant": "assistant", "Secretary": "assistant", "Finance Assistant": "assistant finance",
		"Accounts Payable Clerk": "finance", "Senior Accountant": "finance", "Software Engineer": "developer", "DevOps": "developer", "Civil Engineer": "",
		"HR Business Partner": "hr", "Recruiter": "hr", "IT Support": "it", "System Administrator": "it", "General Counsel": "legal", "Procurement Lead": "purchasing",
		"Driver": "", "Writer": "", "": "",
		// German
		"Geschäftsführer": "executive", "Geschaeftsfuehrerin": "executive", "Vorstandsvorsitzender": "executive", "Vorstand": "executive", "Prokuristin": "executive",
		"Assistenz der Geschäftsführung": "assistant", "Geschäftsführungsassistentin": "assistant", "Vorstandssekretärin": "assistant", "Teamassistentin": "assistant",
		"Finanzbuchhalterin": "finance", "Leiter Rechnungswesen": "finance", "Debitorenbuchhaltung": "finance", "Softwareentwickler": "developer",
		"Personal": "hr", "Personalreferentin": "hr", "Einkäufer": "purchasing", "Strategischer Einkauf": "purchasing", "Justiziar": "legal", "IT-Administrator": "it", "Hausmeister": "",
		// Japanese
		"代表取締役社長": "executive", "常務執行役員": "executive", "社長秘書": "assistant", "経理部長": "finance", "財務部": "finance", "ソフトウェアエンジニア": "developer",
		"ﾌﾟﾛｸﾞﾗﾏ": "developer", "人事課": "hr", "情報システム部": "it", "法務": "legal", "購買課": "purchasing", "営業部": "", "商品開発部": "",
		// Korean
		"대표이사": "executive", "부사장": "executive", "비서실장": "assistant", "대표이사 비서": "assistant", "회계팀": "finance", "재무이사": "finance", "경리": "finance",
		"개발팀장": "developer", "인사팀": "hr", "전산실": "it", "법무팀": "legal", "구매부": "purchasing", "영업부": "", "공사장 관리": "",
		// several values: title, then department
		"Assistentin|Geschäftsführung": "assistant", "CEO|Secretariat": "executive", "Clerk|Finance": "finance", "Clerk|Vorstand": "executive",
	} {
		if got := strings.Join(table.of(strings.Split(titles, "|")), " "); got != want {
			t.Errorf("%q: got %q, want %q", titles, got, want)
		}
	}
}

func TestRolesOfTheConfiguration(t *testing.T) {
	table, err := newRoleTable(map[string]string{"Head of Sales": "executive", "vorstand": "", "*kapitän": "executive, Crew", "船長": "crew", "=boss": "executive", "CFO": "finance"})
	if err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]string{"Head of Sales, EMEA": "executive", "Head of Marketing": "", "Vorstand": "", "Vorstandsmitglied": "executive",
		"Flugkapitaen": "crew executive", "一等船長": "crew", "Boss": "executive", "Big boss": "", "CFO": "finance"} {
		if got := strings.Join(table.of([]string{title}), " "); got != want {
			t.Errorf("%q: got %q, want %q", title, got, want)
		}
	}
	for _, bad := range []map[string]string{{"": "finance"}, {"*": "finance"}, {"x": `"a"`}, {"x": strings.Repeat("y", 60)}} {
		if _, err := newRoleTable(bad); err == nil || !strings.Contains(err.Error(), "directory.ldap.roles") {
			t.Errorf("%v: got %v", bad, err)
		}
	}
}
