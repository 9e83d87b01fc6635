/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compliance_rules.c owns what policy, ledgers and the PC say of access, media, network, encryption, log and
 * running. It must never call something in force that only people can keep, such as whose a stick is. */
#include "report/compliance.h"
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/system.h"

#define FIRST_S (31 * CLOCK_DAY_S) /* after the contract's start the first state of compliance is confirmed */

/* The next area of the contract, NULL: no more. */
static const struct policy_area *next_area(const struct compliance_line *l, size_t *at)
{
    const struct policy *p = l->s->policy;
    while (p && *at < p->area_count) {
        const struct policy_area *a = &p->areas[(*at)++];
        if (str_eq(a->contract, l->s->contract))
            return a;
    }
    return NULL;
}

static const char *name_of(const struct policy_area *a)
{
    return *a->label ? a->label : a->head.id;
}

/* All areas are worked on in rooms, which have no network, printer or outside. */
static enum compliance_state say_rooms(struct compliance_line *l, const char *ja, const char *en)
{
    size_t at = 0, count = 0;
    const struct policy_area *open = NULL;
    for (const struct policy_area *a; (a = next_area(l, &at)); count++)
        if (a->gate != POLICY_ROOM)
            open = a;
    if (count == 0)
        return COMPLIANCE_UNKNOWN;
    if (open) {
        buf_printf(&l->shown, l->japanese ? "領域「%s」は専用の部屋の外で使える（gate = open）" : "area %s is used outside of rooms (gate = open)",
                   name_of(open));
        return COMPLIANCE_NOT_IN_FORCE;
    }
    buf_puts(&l->shown, l->japanese ? ja : en);
    return COMPLIANCE_IN_FORCE;
}

/* A paper that is confirmed again and again, the first time so long after the start. */
static enum compliance_state say_round(struct compliance_line *l, const char *paper, int64_t every_s)
{
    int64_t last = compliance_confirmed(l->s, paper, NULL);
    int64_t until = (last ? last : l->contract->start) + every_s;
    if (last) {
        buf_puts(&l->shown, l->japanese ? "前回の確認 " : "last confirmed ");
        say_day(&l->shown, last, l->japanese);
        buf_puts(&l->shown, l->japanese ? "：" : ": ");
    } else
        buf_puts(&l->shown, l->japanese ? "確認の記録がない：" : "not on record as confirmed: ");
    buf_printf(&l->shown, "sekisho report %s", paper);
    return l->facts->as_of_s < until ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

/* --- records and access --------------------------------------------------------------------------- */

enum compliance_state compliance_rec_8(struct compliance_line *l)
{
    return say_rooms(l, "全ての領域は専用の部屋で使い、印刷と画面の複写は部屋の外に出ない。紙は管理簿に載せる：sekisho register list",
                     "all areas are used in rooms, which no print and no picture leaves; paper is in the register: sekisho register list");
}

enum compliance_state compliance_acc_1(struct compliance_line *l)
{
    if (!l->contract)
        return COMPLIANCE_UNKNOWN;
    if (l->s->access_count == 0) {
        buf_puts(&l->shown, l->japanese ? "名簿にない者は開けない。利用の記録はまだない：sekisho report roster"
                                        : "who is not on the roster opens nothing; no access is on record yet: sekisho report roster");
        return COMPLIANCE_IN_FORCE;
    }
    buf_puts(&l->shown, l->japanese ? "名簿にない者は開けず、利用は全て記録される：sekisho report roster、sekisho report access-review"
                                    : "who is not on the roster opens nothing; every access is recorded: sekisho report roster, access-review");
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_acc_2(struct compliance_line *l)
{
    const struct policy *p = l->s->policy;
    if (!p)
        return COMPLIANCE_UNKNOWN;
    buf_printf(&l->shown, l->japanese ? "名簿%zu人に各自の識別符号。許可者は%u文字以上、失敗%u回で停止：sekisho policy show"
                                      : "persons with a login of their own: %zu; approvers' passphrases: characters %u, failures until locked %u, see sekisho policy show",
               p->person_count, p->approval.passphrase_minimum, p->approval.lockout);
    /* that repeated failures lock is [004 別記2 5.3(1)] */
    if (l->s->system && l->contract && l->contract->chapter_5 && l->s->system[SYSTEM_LOCKOUT].state == SYSTEM_OFF) {
        buf_puts(&l->shown, l->japanese ? "\n端末の口座は失敗しても停止されない（RUN-8）" : "\nfailures lock no account of the PC (RUN-8)");
        return COMPLIANCE_NOT_IN_FORCE;
    }
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_acc_3(struct compliance_line *l)
{
    if (!l->s->policy)
        return COMPLIANCE_UNKNOWN;
    buf_printf(&l->shown, l->japanese ? "登録・変更・停止は署名された方針により、記録される（%zu回）：sekisho policy show、sekisho report roster"
                                      : "by signed policies, on record (%zu): sekisho policy show, sekisho report roster",
               l->facts->policies);
    return l->facts->policies > 0 ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_acc_4(struct compliance_line *l)
{
    return l->contract ? say_round(l, "access-review", l->contract->access_review_s) : COMPLIANCE_UNKNOWN;
}

enum compliance_state compliance_acc_5(struct compliance_line *l)
{
    if (!l->s->policy)
        return COMPLIANCE_UNKNOWN;
    if (l->s->policy->work.remote) {
        buf_puts(&l->shown, l->japanese ? "[work] remote = yes：他の端末からの利用を認めている。作業場所の定めは人が記入する"
                                        : "[work] remote = yes: work from another PC is allowed; a person says what was agreed");
        return COMPLIANCE_UNKNOWN;
    }
    buf_puts(&l->shown, l->japanese ? "[work] remote = no：この端末の前でのみ使える：sekisho policy show"
                                    : "[work] remote = no: at the PC itself only: sekisho policy show");
    return COMPLIANCE_IN_FORCE;
}

/* Does the person open data of the contract? */
static bool works_for(const struct compliance_line *l, const struct policy_person *who)
{
    size_t at = 0;
    if (who->suspended || !(who->roles & (POLICY_HANDLER | POLICY_MANAGER)))
        return false;
    for (const struct policy_area *a; (a = next_area(l, &at));)
        if (policy_list_has(&who->areas, a->head.id) || policy_list_has(&a->handlers, who->head.id))
            return true;
    return false;
}

enum compliance_state compliance_acc_6(struct compliance_line *l)
{
    const struct policy *p = l->s->policy;
    size_t count = 0, lacking = 0;
    autobuf struct buf who = {0};
    if (!l->contract)
        return COMPLIANCE_UNKNOWN;
    for (size_t i = 0; i < p->person_count; i++) {
        if (!works_for(l, &p->persons[i]))
            continue;
        count++;
        if (p->persons[i].trained && p->persons[i].pledge)
            continue;
        lacking++;
        buf_printf(&who, "%s%s", lacking > 1 ? (l->japanese ? "、" : ", ") : "",
                   *p->persons[i].name ? p->persons[i].name : p->persons[i].head.id);
    }
    buf_printf(&l->shown, l->japanese ? "%zu人のうち未了%zu人：sekisho report roster" : "persons: %zu, lacking one: %zu, see sekisho report roster", count, lacking);
    if (lacking == 0)
        return COMPLIANCE_IN_FORCE;
    buf_printf(&l->shown, l->japanese ? "\n%s（何も開けない）" : "\n%s (opens nothing)", who.data ? who.data : "");
    return COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_acc_7(struct compliance_line *l)
{
    size_t count = 0;
    if (!l->contract)
        return COMPLIANCE_UNKNOWN;
    for (size_t i = 0; i < l->s->policy->consent_count; i++)
        if (str_eq(l->s->policy->consents[i].contract, l->s->contract))
            count += l->s->policy->consents[i].purposes.count;
    buf_printf(&l->shown, l->japanese ? "複製・持出しは承諾の目的（%zu）に限る。目的は記録に残る：sekisho report copies、takeouts"
                                      : "copies and take-outs are for the consents' purposes (%zu) only, on record: sekisho report copies, takeouts", count);
    return COMPLIANCE_IN_FORCE;
}

/* --- media, cloud, mail --------------------------------------------------------------------------- */

enum compliance_state compliance_med_1(struct compliance_line *l)
{
    buf_printf(&l->shown, l->japanese ? "方針にない媒体へは書き出せない（知らない媒体の事故%zu件）：sekisho policy show。私物の機器がないことは人が確かめて記入する"
                                      : "nothing is written to media that the policy does not name (incidents by unknown media: %zu): sekisho policy show. That no device is private a person checks and fills in",
               l->facts->unknown_files);
    return l->facts->unknown_files > 0 ? COMPLIANCE_NOT_IN_FORCE : COMPLIANCE_UNKNOWN;
}

enum compliance_state compliance_med_2(struct compliance_line *l)
{
    size_t count = 0, plain = 0;
    for (size_t i = 0; i < l->facts->things.cases.count; i++) {
        const struct report_case *c = &l->facts->things.cases.items[i];
        if (!c->take_out || !report_case_went(c) || !report_in_range(l->s, c->at_s))
            continue;
        count++;
        plain += str_eq(record_text(report_case_main(c), "destination.kind"), "directory");
    }
    buf_printf(&l->shown, l->japanese ? "持出し%zu件、暗号化されないもの%zu件：sekisho report takeouts" : "take-outs: %zu, not encrypted: %zu, see sekisho report takeouts",
               count, plain);
    return plain == 0 ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_cld_1(struct compliance_line *l)
{
    return say_rooms(l, "領域を使う部屋に通信路がない（network = none）：sekisho policy show",
                     "the rooms reach no network (network = none): sekisho policy show");
}

enum compliance_state compliance_cld_2(struct compliance_line *l)
{
    int64_t at_s = compliance_confirmed(l->s, "storage", NULL);
    if (at_s > 0) {
        say_day(&l->shown, at_s, l->japanese);
        buf_puts(&l->shown, l->japanese ? " 確認済み：sekisho report storage" : " confirmed: sekisho report storage");
        return COMPLIANCE_IN_FORCE;
    }
    buf_puts(&l->shown, l->japanese ? "届出の確認の記録がない：sekisho report storage、sekisho confirm"
                                    : "the declaration is not on record as confirmed: sekisho report storage, sekisho confirm");
    return COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_cld_4(struct compliance_line *l)
{
    if (say_rooms(l, "部屋からは送れず、持出しは受領者の鍵で暗号化される：sekisho policy show",
                  "rooms send nothing, and take-outs are encrypted to their recipients: sekisho policy show") !=
        COMPLIANCE_IN_FORCE)
        return l->shown.len > 0 ? COMPLIANCE_NOT_IN_FORCE : COMPLIANCE_UNKNOWN;
    buf_puts(&l->shown, l->japanese ? "。宛先、BCC、メーリングリストの扱いは人が記入する" : ". Of recipients, BCC and lists a person fills in");
    return COMPLIANCE_UNKNOWN;
}

/* --- encryption and log --------------------------------------------------------------------------- */

enum compliance_state compliance_enc_1(struct compliance_line *l)
{
    size_t at = 0, count = 0;
    const struct policy_area *plain = NULL;
    for (const struct policy_area *a; (a = next_area(l, &at)); count++)
        if (a->backing != POLICY_LUKS)
            plain = a;
    if (count == 0)
        return COMPLIANCE_UNKNOWN;
    if (plain || l->facts->plain_area) {
        buf_printf(&l->shown, l->japanese ? "領域%s%s%sは暗号化されていない" : "area %s%s%s is not encrypted",
                   plain && l->japanese ? "「" : "", plain ? name_of(plain) : "", plain && l->japanese ? "」" : "");
        return COMPLIANCE_NOT_IN_FORCE;
    }
    if (l->s->system && l->s->system[SYSTEM_SWAP].state == SYSTEM_OFF) {
        buf_puts(&l->shown, l->japanese ? "領域は LUKS2 だが、スワップが暗号化されていない（/proc/swaps）"
                                        : "the areas are LUKS2, but swap is not encrypted (/proc/swaps)");
        return COMPLIANCE_NOT_IN_FORCE;
    }
    buf_printf(&l->shown, l->japanese ? "%zu領域の全てが LUKS2：sekisho area list、sekisho policy show" : "areas: %zu, all of them LUKS2: sekisho area list, sekisho policy show", count);
    return COMPLIANCE_IN_FORCE;
}

/* No paper is made of a ledger that does not verify: so each of this one's has. */
static void say_verified(struct compliance_line *l)
{
    buf_printf(&l->shown, l->japanese ? "%zu台帳を登録行から検証した：sekisho ledger verify" : "ledgers verified from their enrolment lines: %zu, see sekisho ledger verify",
               l->s->ledger_count);
}

enum compliance_state compliance_enc_2(struct compliance_line *l)
{
    say_verified(l);
    buf_puts(&l->shown, l->japanese ? "。ファイルは SHA-256 が記録に残る" : "; files are on record with their SHA-256");
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_log_1(struct compliance_line *l)
{
    if (!l->contract)
        return COMPLIANCE_UNKNOWN;
    buf_printf(&l->shown, l->japanese ? "契約の終了後%lld日：sekisho policy show、sekisho ledger search" : "days after the contract: %lld, see sekisho policy show, sekisho ledger search",
               (long long)(l->contract->retention_s / CLOCK_DAY_S));
    return l->contract->retention_s > 0 ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_log_2(struct compliance_line *l)
{
    if (!l->s->policy)
        return COMPLIANCE_UNKNOWN;
    bool refuses = l->s->policy->ledger.refuse_access_on_failure;
    buf_printf(&l->shown, "[ledger] on-failure = %s", refuses ? "refuse" : "continue");
    buf_printf(&l->shown, l->japanese ? "、記録の途切れ%zu件：sekisho policy show、sekisho ledger search" : "; gaps on record: %zu, see sekisho policy show, sekisho ledger search",
               l->facts->gaps);
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_log_3(struct compliance_line *l)
{
    say_verified(l);
    buf_printf(&l->shown, l->japanese ? "。保存期間を過ぎた記録の除去%zu回：sekisho ledger archives" : "; removed after their time: %zu: sekisho ledger archives",
               l->facts->removals);
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_log_4(struct compliance_line *l)
{
    if (l->facts->unsynchronised) {
        buf_puts(&l->shown, l->japanese ? "最後の記録の時計が同期していない：sekisho status" : "the last record's clock was not synchronised: sekisho status");
        return COMPLIANCE_NOT_IN_FORCE;
    }
    buf_puts(&l->shown, l->japanese ? "最後の記録の時計は同期している：sekisho status" : "the last record's clock was synchronised: sekisho status");
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_log_5(struct compliance_line *l)
{
    if (!l->contract)
        return COMPLIANCE_UNKNOWN;
    buf_printf(&l->shown, l->japanese ? "事故が未了の間（現在%zu件）は除去も抹消もされない。引渡し：sekisho ledger extract"
                                      : "an open incident (%zu now) blocks removal and erasure; handed over by sekisho ledger extract",
               l->facts->incidents_open);
    return COMPLIANCE_IN_FORCE;
}

/* --- running -------------------------------------------------------------------------------------- */

enum compliance_state compliance_run_1(struct compliance_line *l)
{
    int64_t last = compliance_confirmed(l->s, "compliance", NULL);
    buf_puts(&l->shown, l->japanese ? "この書類（確認者は確認欄）。前回の確認 " : "this paper (see who confirmed it); confirmed before: ");
    if (last > 0)
        say_day(&l->shown, last, l->japanese);
    else
        buf_puts(&l->shown, report_in(&report_none, l->japanese));
    buf_puts(&l->shown, l->japanese ? "。次の期日：sekisho status" : "; when it is due again: sekisho status");
    /* confirmations over the same range are not counted: over all of the time there may be some */
    if (!l->contract || !*l->s->to)
        return COMPLIANCE_IN_FORCE;
    int64_t due = last > 0 ? last + l->contract->compliance_review_s : l->contract->start + FIRST_S;
    if (l->facts->as_of_s < due)
        return COMPLIANCE_IN_FORCE;
    buf_puts(&l->shown, l->japanese ? "\n期日を過ぎている：" : "\noverdue since ");
    say_day(&l->shown, due, l->japanese);
    return COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_run_2(struct compliance_line *l)
{
    if (!*l->s->policy_digest)
        return COMPLIANCE_UNKNOWN;
    buf_printf(&l->shown, l->japanese ? "方針の版 %llu：sekisho status、sekisho policy show" : "policy version %llu: sekisho status, sekisho policy show",
               (unsigned long long)l->s->policy_version);
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_run_3(struct compliance_line *l)
{
    buf_printf(&l->shown, l->japanese ? "異常終了からの再開%zu回、記録の途切れ%zu件、監視のない稼働（未了）%zu件：sekisho ledger search"
                                      : "restarts after a crash: %zu, gaps: %zu, open incidents of running without the agent: %zu, see sekisho ledger search",
               l->facts->crashes, l->facts->gaps, l->facts->uncovered);
    return l->facts->uncovered == 0 ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_run_4(struct compliance_line *l)
{
    if (!l->s->policy)
        return COMPLIANCE_UNKNOWN;
    buf_printf(&l->shown, l->japanese ? "送信先は [incident] notify の%zu箇所のみ。抜粋はこの契約の記録のみ：sekisho policy show、sekisho ledger extract"
                                      : "goes to [incident] notify only (places: %zu); extracts hold this contract's records only: sekisho policy show, sekisho ledger extract",
               l->s->policy->incident.notify.count);
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_run_5(struct compliance_line *l)
{
    const struct system_fact *f = l->s->system ? &l->s->system[SYSTEM_UPDATES] : NULL;
    buf_puts(&l->shown, "sekisho --version");
    if (!f || f->state == SYSTEM_UNKNOWN) {
        buf_puts(&l->shown, l->japanese ? "。更新の状態は人が記入する" : "; the state of updates a person fills in");
        return COMPLIANCE_UNKNOWN;
    }
    buf_printf(&l->shown, l->japanese ? "、%s %s（RUN-8）" : ", %s %s (RUN-8)", report_in(&f->why, l->japanese), f->value);
    return f->state == SYSTEM_ON ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_run_6(struct compliance_line *l)
{
    say_verified(l);
    buf_puts(&l->shown, l->japanese ? "、sekisho ledger extract、attest、sekisho report audit-plan" : ", sekisho ledger extract, attest, sekisho report audit-plan");
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_run_7(struct compliance_line *l)
{
    const struct policy *p = l->s->policy;
    if (!p)
        return COMPLIANCE_UNKNOWN;
    if (p->version > 1 && !*p->change_consent) {
        buf_printf(&l->shown, l->japanese ? "方針の版 %llu に、変更の承認（change-consent）がない" : "version %llu of the policy names no consent to the change (change-consent)",
                   (unsigned long long)p->version);
        return COMPLIANCE_NOT_IN_FORCE;
    }
    buf_printf(&l->shown, l->japanese ? "方針の版 %llu、承認 %s：sekisho policy show" : "policy version %llu, consent %s: sekisho policy show",
               (unsigned long long)p->version, *p->change_consent ? p->change_consent : (l->japanese ? "（当初）" : "(the first)"));
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_run_8(struct compliance_line *l)
{
    size_t on = 0, off = 0;
    if (!l->s->system) {
        buf_puts(&l->shown, l->japanese ? "他の端末の記録から作ったので、端末の状態は読み取っていない" : "made from other PCs' records: the state of a PC was not read");
        return COMPLIANCE_UNKNOWN;
    }
    for (size_t i = 0; i <= SYSTEM_LOCKOUT; i++) {
        on += l->s->system[i].state == SYSTEM_ON;
        off += l->s->system[i].state == SYSTEM_OFF;
    }
    buf_printf(&l->shown, l->japanese ? "5項目のうち実施中%zu、未実施%zu（次の表）" : "of 5, %zu in force, %zu not (see the table below)", on, off);
    if (off > 0)
        return COMPLIANCE_NOT_IN_FORCE;
    return on == SYSTEM_LOCKOUT + 1 ? COMPLIANCE_IN_FORCE : COMPLIANCE_UNKNOWN;
}
