# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The office that the user's guide tells of: its people, keys, files, stick and policy, in Japanese or English.
# Source it after lib.sh.

people=(sato suzuki tanaka nakamura umibe) # two handlers, two managers, and somebody at the client's
passphrase='ame-ato no niji 7'
shared=$scratch/shared
delivery=$scratch/delivery
declare -A words # names of files and folders in the guide's language

choose_words() { # ja|en
    case $1 in
    ja) words=([downloads]=ダウンロード [list]=名簿.csv [example]=記入例.pdf [table]=集計表.csv [copy]=名簿の控え.csv [review]=記入.txt) ;;
    en) words=([downloads]=Downloads [list]=residents.csv [example]=example.pdf [table]=totals.csv [copy]=residents-copy.csv [review]=entries.txt) ;;
    esac
}

make_office() {
    local who
    for who in "${people[@]}"; do make_user skt-$who; done
    make_agent_logins
    for who in tanaka nakamura; do usermod -aG sk-audit skt-$who; done # as the guide asks of the administrator
    virtual_screen skt-sato
    loop_disk "$scratch/delivery.img" 64 "$delivery"
    rmdir "$delivery/lost+found"
    minisign -G -W -p "$scratch/office.pub" -s "$scratch/office.key" >/dev/null
    as skt-umibe age-keygen -o "$scratch/home/skt-umibe/city.key" 2>/dev/null
    city=$(age-keygen -y "$scratch/home/skt-umibe/city.key")
    printf 'the letter\n' >"$scratch/letter-12.pdf"
    install -d "$scratch/home/root"
    install -d -o skt-sato "$scratch/archive"
}

# what the client's CD brings, in the clerk's downloads
bring_files() {
    local folder=$scratch/home/skt-sato/${words[downloads]}
    install -d "$folder"
    printf '氏名,住所\n髙﨑 花,海辺市一丁目\n' >"$folder/${words[list]}"
    head -c 48000 /dev/zero | tr '\0' 'x' >"$folder/${words[example]}"
    chown -R skt-sato: "$folder"
}

write_office_policy() { # ja|en KEY-OF-TANAKA
    local file=$scratch/home/root/policy.ini
    cat >"$file" <<P
[policy]
version = 1
title = 海辺市 住民台帳整備業務
issued = 2026-01-01
expires = 2099-03-31

[contract ledger2026]
title = 令和8年度 住民台帳整備業務
client = 海辺市
contractor = 株式会社山川システム
start = 2026-01-01
end = 2099-03-31
retention = 5 years
chapter-5 = no
equipment = no

[consent letter-12]
contract = ledger2026
document = 海辺市 住民第12号 持出し承諾書
date = 2026-01-10
sha256 = $(sha256sum <"$scratch/letter-12.pdf" | cut -c1-64)
areas = shared
destinations = delivery-stick, archive, counter
purposes.1 = 中間成果物の納品
purposes.2 = 最終成果物の納品
purposes.3 = 作業記録の控え
purposes.4 = 打合せ
until = 2099-03-31
uses = 24

[person sato]
user = skt-sato
name = 佐藤 花子
role = handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-06

[person suzuki]
user = skt-suzuki
name = 鈴木 一郎
role = handler
areas = shared
trained = 2026-01-05
pledge = 2026-01-06

[person tanaka]
user = skt-tanaka
name = 田中 恵
role = manager
areas = shared
trained = 2026-01-05
pledge = 2026-01-06
key = $2

[person nakamura]
user = skt-nakamura
name = 中村 実
role = manager
areas = shared
trained = 2026-01-05
pledge = 2026-01-06

[person ito]
user = skt-ito
name = 伊藤 健
role = administrator

[area shared]
label = 住民台帳 作業領域
mount = $shared
contract = ledger2026
backing = filesystem
gate = room
display = nested
terminal = no
network = none
level = 2
handlers = sato, suzuki
copies = letter-12
copy-purpose = 作業記録の控え
kept = 本社3階 施錠した執務室内の業務用PC
disposal = 暗号鍵の破棄による消去

[destination delivery-stick]
contract = ledger2026
label = 納品用USBメモリ
kind = medium
path = $delivery
recipients = umibe-city
approvers = tanaka
return-within = 30 days

[destination archive]
contract = ledger2026
label = 作業記録の控え
kind = directory
path = $scratch/archive
approvers = tanaka

[destination counter]
contract = ledger2026
label = 市民課の窓口
kind = hand
path = $delivery
recipients = umibe-city
approvers = tanaka

[recipient umibe-city]
name = 海辺市 市民課
organisation = 海辺市
contract = ledger2026
age = $city

[incident]
phone.1 = 海辺市 情報政策課 0123-45-6789（平日 9時～17時）
phone.2 = 海辺市 宿直 0123-45-6700

[approval]
lockout = 5
lockout-period = 30 minutes
permit-lifetime = 8 hours
passphrase-minimum = 12

[ledger]
seal-interval = 15 minutes
on-failure = refuse
P
    [ "$1" = ja ] || sed -i -e 's/海辺市 住民台帳整備業務/City of Umibe, resident register/; s/令和8年度 住民台帳整備業務/Resident register 2026/' \
        -e 's/海辺市 住民第12号 持出し承諾書/City of Umibe, letter 12/; s/海辺市 市民課/City of Umibe, residents office/' \
        -e 's/海辺市 情報政策課 0123-45-6789（平日 9時～17時）/City of Umibe, IT office 0123-45-6789 (weekdays 9-17)/' \
        -e 's/海辺市 宿直 /City of Umibe, at night /; s/= 海辺市$/= City of Umibe/; s/株式会社山川システム/Yamakawa Systems/' \
        -e 's/佐藤 花子/Hanako Sato/; s/鈴木 一郎/Ichiro Suzuki/; s/田中 恵/Megumi Tanaka/; s/中村 実/Minoru Nakamura/; s/伊藤 健/Ken Ito/' \
        -e 's/住民台帳 作業領域/resident register/; s/本社3階 施錠した執務室内の業務用PC/PC in the locked office, 3rd floor/' \
        -e 's/暗号鍵の破棄による消去/erasure by destroying the key/; s/納品用USBメモリ/stick for deliveries/; s/市民課の窓口/counter of the residents office/' \
        -e 's/中間成果物の納品/interim delivery/; s/最終成果物の納品/final delivery/; s/作業記録の控え/copy of the working record/; s/打合せ/meeting/' "$file"
    rm -f "$file.minisig"
    minisign -S -s "$scratch/office.key" -m "$file" -t "version 1" >/dev/null
}
