package plain

import (
	"strings"
	"time"

	"kith/internal/kith"
)

// A Korean particle depends on the sound before it, which a piece of evidence
// does not tell. So a noun of our own stands between the two wherever a
// particle with two forms would follow.
var korean = language{
	tag:      "ko",
	quiet:    "이 메일에서 평소와 다른 점을 찾지 못했습니다.",
	noticed:  "이 메일은 위험해 보이지 않습니다. 다음 사항만 참고하시기 바랍니다.",
	unwanted: "이 메일은 원치 않는 광고로 보입니다.",
	suspicious: map[kith.Class]string{
		"":                 "이 메일의 내용을 따르기 전에 한 번 더 확인해 주세요.",
		kith.Credential:    "한 번 더 확인해 주세요. 이 메일은 비밀번호를 알아내려는 것일 수 있습니다.",
		kith.Impersonation: "한 번 더 확인해 주세요. 이 메일은 이름에 적힌 분이 보낸 것이 아닐 수 있습니다.",
		kith.Payment:       "한 번 더 확인해 주세요. 이 메일은 돈을 노린 것일 수 있습니다.",
		kith.Malware:       "한 번 더 확인해 주세요. 이 메일에 해로운 것이 들어 있을 수 있습니다.",
		kith.Lateral:       "한 번 더 확인해 주세요. 다른 사람이 이 동료의 메일을 쓰고 있을 수 있습니다.",
		kith.Callback:      "한 번 더 확인해 주세요. 이 메일의 전화번호가 가짜일 수 있습니다.",
	},
	harmful: map[kith.Class]string{
		"":                 "이 메일은 위험해 보입니다. 내용을 따르지 마세요.",
		kith.Credential:    "이 메일은 비밀번호를 알아내려는 것으로 보입니다. 이 메일을 통해서는 어디에도 비밀번호를 입력하지 마세요.",
		kith.Impersonation: "이 메일은 이름에 적힌 분이 보낸 것이 아닌 것 같습니다. 부탁하는 일을 하지 마세요.",
		kith.Payment:       "이 메일은 돈을 노린 것으로 보입니다. 송금하거나 계좌 정보를 바꾸지 마세요.",
		kith.Malware:       "이 메일에 해로운 것이 들어 있는 것 같습니다. 파일이나 링크를 열지 마세요.",
		kith.Lateral:       "다른 사람이 이 동료의 메일을 쓰고 있는 것 같습니다. 답장하지 말고, 아무것도 열지 마세요.",
		kith.Callback:      "이 메일의 전화번호는 가짜인 것 같습니다. 전화하지 마세요.",
	},
	unknown: entry{
		Reason: "이 메일에는 평소와 다른 점이 있습니다.", Bare: "이 메일에는 평소와 다른 점이 있습니다.",
		Cue: "뜻밖의 메일을 받으면 전화나 대면으로 본인에게 확인하세요.",
	},
	more: plural{Other: "비슷한 것이 {n}개 더 있습니다."},
	findings: map[string]entry{
		"sender.own-domain-forged": {
			Reason: "보낸 사람이 우리 회사 주소({address})로 되어 있지만, 우리 회사에서 보낸 메일이 아닙니다.",
			Bare:   "보낸 사람이 우리 회사 주소로 되어 있지만, 우리 회사에서 보낸 메일이 아닙니다.",
			Cue:    "동료에게서 뜻밖의 메일을 받으면 답장하지 말고 전화나 대면으로 확인하세요.",
		},
		"sender.own-domain-by-list": {
			Reason: "보낸 사람이 우리 회사 주소({address})로 되어 있지만, 단체 메일을 거쳐 와서 누가 썼는지 확인할 수 없었습니다.",
			Bare:   "보낸 사람이 우리 회사 주소로 되어 있지만, 단체 메일을 거쳐 와서 누가 썼는지 확인할 수 없었습니다.",
			Cue:    "단체 메일에서는 이름보다 무엇을 부탁하는지를 보고 판단하세요.",
		},
		"sender.own-domain-unproven": {
			Reason: "보낸 사람이 우리 회사 주소({address})로 되어 있지만, 외부에서 왔고 누가 보냈는지 확인할 수 없었습니다.",
			Bare:   "보낸 사람이 우리 회사 주소로 되어 있지만, 외부에서 왔고 누가 보냈는지 확인할 수 없었습니다.",
			Cue:    "동료에게서 뜻밖의 메일을 받으면 답장하지 말고 전화나 대면으로 확인하세요.",
		},
		"sender.look-alike-domain": {
			Reason: "보낸 주소 {address} 뒷부분은 우리 회사 것과 비슷하지만 다릅니다. 우리 회사 주소의 뒷부분: {ours}",
			Bare:   "보낸 주소가 우리 회사 것과 비슷하지만 다릅니다.",
			Cue:    "주소에서 @ 뒤를 한 글자씩 읽어 보세요.",
		},
		"sender.look-alike-reply": {
			Reason: "답장하면 {address} 주소로 갑니다. 우리 회사 것과 비슷하지만 다릅니다. 우리 회사 주소의 뒷부분: {ours}",
			Bare:   "답장하면 우리 회사 것과 비슷하지만 다른 주소로 갑니다.",
			Cue:    "답장을 보내기 전에 어느 주소로 가는지 확인하세요.",
		},
		"sender.near-domain": {
			Reason: "보낸 주소 {address} 안의 이름이 우리 회사와 비슷하지만, 우리 회사 주소가 아닙니다. 우리 회사 주소의 뒷부분: {ours}",
			Bare:   "보낸 주소의 이름이 우리 회사와 비슷하지만, 우리 회사 주소가 아닙니다.",
			Cue:    "주소에서 @ 뒤를 한 글자씩 읽어 보세요.",
		},
		"sender.leader-name": {
			Reason: "보낸 사람 이름은 {name}인데, {known} 주소가 아니라 {address} 주소에서 왔습니다.",
			Bare:   "보낸 사람 이름은 우리 회사 책임자와 같지만, 우리가 모르는 주소에서 왔습니다.",
			Cue:    "윗분이 급하거나 비밀스러운 일을 부탁하면, 이미 알고 있는 번호로 전화해 확인하세요.",
		},
		"sender.colleague-name": {
			Reason: "우리 회사 분과 같은 이름({name})으로 왔지만, 외부 주소 {address}에서 온 메일입니다.",
			Bare:   "보낸 사람 이름은 우리 회사 분과 같지만, 외부에서 왔습니다.",
			Cue:    "이름은 누구나 마음대로 쓸 수 있습니다. 옆에 있는 주소를 보세요.",
		},
		"sender.address-as-name": {
			Reason: "이름 자리에 우리 회사 주소 {shown} 표시가 있지만, 실제로는 {address} 주소에서 왔습니다.",
			Bare:   "이름 자리에 우리 회사 주소가 표시되어 있지만, 실제로는 다른 주소에서 왔습니다.",
			Cue:    "이름은 누구나 마음대로 쓸 수 있습니다. 옆에 있는 주소를 보세요.",
		},
		"sender.reply-elsewhere": {
			Reason: "{address} 주소에서 왔지만, 답장하면 {reply} 주소로 갑니다.",
			Bare:   "답장하면 메일이 온 곳과 다른 곳으로 갑니다.",
			Cue:    "답장을 보내기 전에 어느 주소로 가는지 확인하세요.",
		},
		"attachment.encoded-script": {
			Reason: "‘{file}’ 파일은 숨겨진 프로그램입니다. 열면 실행됩니다.",
			Bare:   "이 메일의 파일 하나는 숨겨진 프로그램입니다. 열면 실행됩니다.",
			Cue:    "진짜 문서는 프로그램을 실행할 필요가 없습니다. 뜻밖의 파일은 열기 전에 물어보세요.",
		},
		"attachment.double-extension": {
			Reason: "‘{file}’ 파일은 문서처럼 보이도록 이름이 붙어 있지만, 문서가 아닙니다.",
			Bare:   "이 메일의 파일 하나는 문서처럼 보이도록 이름이 붙어 있지만, 문서가 아닙니다.",
			Cue:    "파일 이름의 맨 끝을 보세요. 거기에 파일의 진짜 종류가 적혀 있습니다.",
		},
		"attachment.type-mismatch": {
			Reason: "‘{file}’ 파일은 문서나 그림인 척하지만 프로그램입니다.",
			Bare:   "이 메일의 파일 하나는 문서나 그림인 척하지만 프로그램입니다.",
			Cue:    "문서나 그림이 무엇을 실행하거나 설치하겠다고 물으면 거절하세요.",
		},
		"attachment.script": {
			Reason: "‘{file}’ 파일은 읽는 것이 아니라, 열면 컴퓨터가 어떤 일을 하게 만드는 파일입니다.",
			Bare:   "이 메일의 파일 하나는 읽는 것이 아니라, 열면 컴퓨터가 어떤 일을 하게 만드는 파일입니다.",
			Cue:    "메일로 온 프로그램은 직접 부탁해서 기다리던 것만 여세요.",
		},
		"attachment.macro": {
			Reason: "‘{file}’ 문서는 열면 작은 프로그램을 실행할 수 있습니다.",
			Bare:   "이 메일의 문서 하나는 열면 작은 프로그램을 실행할 수 있습니다.",
			Cue:    "읽기 전에 무언가를 켜거나 사용하라고 하는 문서라면 켜지 마세요.",
		},
		"attachment.locked-archive": {
			Reason: "‘{file}’ 파일은 잠겨 있고 비밀번호가 같은 메일에 있어서, 아무도 안을 확인할 수 없었습니다.",
			Bare:   "잠긴 파일과 그 비밀번호가 같은 메일에 있어서, 아무도 안을 확인할 수 없었습니다.",
			Cue:    "잠긴 파일이 비밀번호와 함께 오면, 열기 전에 다른 방법으로 보낸 분에게 확인하세요.",
		},
		"attachment.encoded-blob": {
			Reason: "‘{file}’ 파일은 열 때 풀어 낼 수 있는 큰 데이터를 안에 숨기고 있습니다.",
			Bare:   "이 메일의 파일 하나는 열 때 풀어 낼 수 있는 큰 데이터를 안에 숨기고 있습니다.",
			Cue:    "파일로 온 페이지에는 절대로 비밀번호를 입력하지 마세요.",
		},
		"link.text-mismatch": {
			Reason: "링크에는 {shown} 주소가 보이지만, 누르면 {target} 쪽으로 갑니다.",
			Bare:   "링크에 보이는 주소와 실제로 가는 곳이 다릅니다.",
			Cue:    "링크를 누르기 전에 마우스를 올리거나 손가락으로 길게 눌러 어디로 가는지 읽어 보세요.",
		},
		"link.detour": {
			Reason: "링크에는 {shown} 주소가 보이지만, 먼저 {target} 쪽을 거칩니다. 소식지에서는 흔한 일입니다.",
			Bare:   "링크가 먼저 다른 곳을 거칩니다. 소식지에서는 흔한 일입니다.",
			Cue:    "링크를 누르기 전에 마우스를 올리거나 손가락으로 길게 눌러 어디로 가는지 읽어 보세요.",
		},
		"text.hidden": {
			Reason: "눈에 보이지 않는 글이 많이 들어 있습니다.",
			Bare:   "눈에 보이지 않는 글이 많이 들어 있습니다.",
			Cue:    "버튼 말고는 거의 아무것도 보이지 않는 메일은 한 번 더 살펴보세요.",
		},
		"message.ambiguous": {
			Reason: "프로그램에 따라 다르게 보일 수 있도록 만들어져 있습니다.",
			Bare:   "프로그램에 따라 다르게 보일 수 있도록 만들어져 있습니다.",
			Cue:    "이상하거나 깨져 보이는 메일이라면 링크와 파일을 건드리지 말고 물어보세요.",
		},
		"message.could-not-look": {
			Reason: "이 메일에는 확인하지 못한 부분이 있습니다.",
			Bare:   "이 메일에는 확인하지 못한 부분이 있습니다.",
			Cue:    "확인하지 못한 것은 모르는 사람이 보낸 편지처럼 다루세요.",
		},
	},
	honour: func(name string) string {
		if strings.HasSuffix(name, "님") || strings.HasSuffix(name, "씨") {
			return name
		}
		return name + "님"
	},
	number: func(n int64) string { return grouped(n, ",") },
	date:   func(t time.Time) string { return t.Format("2006년 1월 2일") },
}
