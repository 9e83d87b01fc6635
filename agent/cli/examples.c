/* SPDX-License-Identifier: GPL-3.0-or-later */
/* examples.c owns one line or two of each command as people type it, for --help and the man page. It must never
 * name an option that the command's table has not; tests/check/cli compares them. */
#include <string.h>
#include "base/str.h"
#include "cli/help.h"

/* With words of a language in it a line is translated; ids and file names are the user's guide's. */
static const struct {
    const char *command, *line;
} examples[] = {
    {"receive", N_("sekisho receive Downloads/residents.csv --area shared --from \"City of Umibe\" --how \"CD by hand\" "
                   "--remove-source")},
    {"receive", N_("sekisho receive --paper applications --count 40 --contract ledger2026 --from \"City of Umibe\" "
                   "--how \"by hand\" --purpose entry --place \"3rd floor\" --kept-where safe --kept-how locked")},
    {"room", "sekisho room shared"},
    {"room", "sekisho room shared -- libreoffice list.ods"},
    {"room list", "sekisho room list"},
    {"room end", "sekisho room end"},
    {"destinations", "sekisho destinations --area shared"},
    {"request", N_("sekisho request /srv/sekisho/shared/totals.csv --to delivery-stick --purpose \"interim delivery\" "
                   "--kept \"safe of the client\"")},
    {"request", N_("sekisho request /srv/sekisho/shared/totals.csv --copy --to archive --purpose \"copy of the working "
                   "record\" --kept \"locked archive\"")},
    {"request", N_("sekisho request /srv/sekisho/shared/totals.csv --to delivery-stick --purpose "
                   "\"interim delivery\" "
                   "--kept \"safe of the client\" --under S-20260907-0001")},
    {"request", "sekisho request --again T-20260907-0001"},
    {"standing", N_("sekisho standing shared --to delivery-stick --purpose \"interim delivery\" "
                    "--until 2026-09-30 "
                    "--uses 4")},
    {"permits", "sekisho permits"},
    {"requests", "sekisho requests --waiting"},
    {"approve", "sekisho approve T-20260907-0001"},
    {"approve", "sekisho approve H-20260907-0001"},
    {"approve", "sekisho approve S-20260907-0001"},
    {"withdraw", N_("sekisho withdraw T-20260907-0001 --why \"another file was meant\"")},
    {"reject", N_("sekisho reject T-20260907-0001 --why \"the wrong file\"")},
    {"approver init", "sekisho approver init"},
    {"revoke", N_("sekisho revoke T-20260907-0001 --why \"the wrong recipient\"")},
    {"approver sign", "sekisho approver sign permit.txt"},
    {"approver add", "sekisho approver add tanaka --key RWQ… --out policy-5.ini"},
    {"approver rotate", "sekisho approver rotate tanaka --key RWQ… --out policy-5.ini"},
    {"approver suspend", "sekisho approver suspend tanaka --out policy-5.ini"},
    {"approver remove", "sekisho approver remove tanaka --out policy-5.ini"},
    {"approver stand-in", "sekisho approver stand-in suzuki --for tanaka --until 2026-09-30 --out policy-5.ini"},
    {"export", "sekisho export T-20260907-0001"},
    {"sent", "sekisho sent T-20260907-0001 --to yamamoto@city.example.jp"},
    {"copy", "sekisho copy C-20260907-0002"},
    {"case", "sekisho case T-20260907-0001 --lang ja"},
    {"cases", "sekisho cases --open"},
    {"lost", N_("sekisho lost D-20260907-0002 --where \"on the train\"")},
    {"lost", "sekisho lost T-20260907-0001 --stolen --known-at \"2026-09-07 15:00\""},
    {"incident open", N_("sekisho incident open \"an unknown stick in the PC\" --contract ledger2026 --where \"3rd floor\"")},
    {"incident add", N_("sekisho incident add I-20260907-0001 --cause \"left on the rack\" --effect \"none, it was encrypted\"")},
    {"incident report", N_("sekisho incident report I-20260907-0001 --which first,effect --to \"City of Umibe, Mr Takahashi\"")},
    {"incident draft", "sekisho incident draft I-20260907-0001 --which first"},
    {"incident close", "sekisho incident close I-20260907-0001"},
    {"incident list", "sekisho incident list --open"},
    {"incident show", "sekisho incident show I-20260907-0001"},
    {"give", N_("sekisho give T-20260907-0001 --to-client --to Yamamoto --method \"by hand\" --proof \"receipt 3\"")},
    {"return", N_("sekisho return T-20260907-0001 --method \"by hand\" --proof \"receipt 6\"")},
    {"destroy", N_("sekisho destroy D-20260907-0003 --method shredding --proof \"disposal record 1\"")},
    {"dispose", N_("sekisho dispose D-20260907-0003 --method shredding --proof-file certificate.pdf")},
    {"handover", N_("sekisho handover D-20260907-0001 --to Yamamoto --to-client --destination counter --purpose meeting "
                    "--kept \"safe of the client\"")},
    {"handover list", "sekisho handover list"},
    {"handover show", "sekisho handover show H-20260907-0001"},
    {"handover give", "sekisho handover give H-20260907-0001"},
    {"handover confirm", N_("sekisho handover confirm H-20260907-0001 --proof \"receipt 5\"")},
    {"handover fail", N_("sekisho handover fail H-20260907-0001 --why \"nobody was there\"")},
    {"register add", N_("sekisho register add \"print of the list\" --form paper --of R-20260907-0001 --contract ledger2026 "
                        "--from Sato --how printed --purpose comparing --place \"3rd floor\" --kept-where safe "
                        "--kept-how locked")},
    {"register list", "sekisho register list --open"},
    {"register list", "sekisho register list --csv >register.csv"},
    {"register show", "sekisho register show D-20260907-0001"},
    {"register check", "sekisho register check R-20260907-0001 D-20260907-0001"},
    {"register move", N_("sekisho register move D-20260907-0001 --kept-where archive --kept-how locked")},
    {"copies", "sekisho copies --unpermitted --list"},
    {"watch", "sekisho watch --refused"},
    {"why", "sekisho why 67"},
    {"erase", N_("sekisho erase /srv/archive/ledger2026/totals.csv --yes --witness \"City of Umibe, Mr Yamamoto\"")},
    {"erase", "sekisho erase delivery-stick"},
    {"area destroy", "sekisho area destroy shared"},
    {"contract list", "sekisho contract list"},
    {"contract show", "sekisho contract show ledger2026"},
    {"contract close", "sekisho contract close ledger2026"},
    {"report", "sekisho report takeouts --contract ledger2026 --out takeouts.html"},
    {"report", "sekisho report return-plan --contract ledger2026 --blanks entries.txt"},
    {"report", "sekisho report return-plan --contract ledger2026 --entries entries.txt --out plan.html"},
    {"confirm", "sekisho confirm plan.html --as manager --entries entries.txt"},
    {"status", "sekisho status"},
    {"device approve", "sekisho device approve 0000:00:14.0/2 --as usb-1 --owner hana --areas shared --until 2027-03-31"},
    {"device list", "sekisho device list"},
    {"device revoke", N_("sekisho device revoke usb-1 --reason \"left in a meeting room\"")},
    {"device watch", "sekisho device watch --refused"},
    {"device show", "sekisho device show 0000:00:14.0/2.3"},
    {"clock correct", N_("sekisho clock correct --why \"the BIOS battery was empty: it started in 2031\"")},
    {"whoami", "sekisho whoami"},
    {"version", "sekisho version"},
    {"area create", "sekisho area create shared --size 20G"},
    {"area open", "sekisho area open shared"},
    {"area close", "sekisho area close shared"},
    {"area key", "sekisho area key shared"},
    {"area list", "sekisho area list"},
    {"policy add", N_("sekisho policy add person kato \"name=Kato Ichiro\" user=kato role=handler areas=shared "
                      "trained=2026-09-01 pledge=2026-09-01 --out policy-5.ini")},
    {"policy check", "sekisho policy check policy.ini"},
    {"policy explain", "sekisho policy explain --installed --user sato --path /srv/sekisho/shared/list.ods "
                       "--app /usr/bin/cat"},
    {"policy diff", "sekisho policy diff old.ini new.ini"},
    {"policy show", "sekisho policy show"},
    {"policy sign", "sekisho policy sign policy.ini --key office.key"},
    {"policy install", "sekisho policy install policy.ini"},
    {"ledger verify", "sekisho ledger verify city-2026 --enrolment enrolment.txt"},
    {"ledger search", "sekisho ledger search --person sato --since 2026-09-01 --kind takeout"},
    {"ledger show", "sekisho ledger show 67"},
    {"ledger follow", "sekisho ledger follow --area shared"},
    {"ledger export", "sekisho ledger export --out ledger-copy"},
    {"ledger archives", "sekisho ledger archives"},
    {"ledger archive", "sekisho ledger archive --dry-run"},
    {"ledger prune", N_("sekisho ledger prune --why \"the period is over\" --dry-run")},
    {"ledger extract", "sekisho ledger extract --contract ledger2026 --out city-2026"},
    {"ledger prove", "sekisho ledger prove 67 --out proof.txt"},
    {"ledger attest", "sekisho ledger attest 7731-AK"},
    {"ledger consistency", "sekisho ledger consistency checkpoint.old"},
    {"ledger enrolment", "sekisho ledger enrolment --qr"},
    {"ledger start-report", "sekisho ledger start-report --contract ledger2026 --out start.html"},
    {"ledger head", "sekisho ledger head"},
    {"help", "sekisho help receive"},
};

const char *help_example(const char *command, size_t turn)
{
    for (size_t i = 0; i < array_count(examples); i++)
        if (str_eq(examples[i].command, command) && turn-- == 0)
            return _(examples[i].line);
    return NULL;
}
