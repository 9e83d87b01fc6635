/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-register.c proves that records become the right register: what is open, what is checked by whom,
 * what changed hands, and that nothing is lost of ten thousand. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "control-help.h"
#include "control/receipt.h"
#include "control/register.h"
#include "record/record.h"

#define ITEM    "D-20261121-0001"
#define RECEIPT "R-20261121-0002"
#define CASE    "T-20261121-0007"
#define SHA     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct world {
    struct fold *f;
    struct policy *p;
};

static int begin(void **state)
{
    static struct world w;
    w.p = help_policy();
    assert_int_equal(fold_new(HELP_BOOT, &w.f), 0);
    *state = &w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;
    fold_free(&w->f);
    policy_free(&w->p);
    return 0;
}

static void item(struct fold *f, const char *id, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{'kind':'item','item':'%s','phase':'received','at':'2026-11-21T00:00:00.000Z','person':"
             "{'id':'hana','name':'H'},'contract':'city','area':'shared','form':'paper','name':'申請書',"
             "'count':12,'handler':{'id':'hana','name':'H'},'from':'海辺市','how':'手渡し','purpose':'照合',"
             "'place':'3階','kept':{'where':'金庫','how':'施錠'},'return-how':'返却'%s}", id, more);
    help_fold(f, text);
}

static void about(struct fold *f, const char *id, const char *phase, const char *person,
                  const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{'kind':'item','item':'%s','phase':'%s','at':'2026-11-22T00:00:00.000Z','person':{'id':'%s',"
             "'name':'N'},'contract':'city','area':'shared'%s}", id, phase, person, more);
    help_fold(f, text);
}

static struct thing found(struct world *w, const char *id)
{
    struct thing t;
    if (!thing_find(w->f, id, &t))
        fail_msg("there is no %s", id);
    return t;
}

static bool lacks(struct world *w, const char *id, const char *what)
{
    struct thing t = found(w, id);
    return thing_lacks_check(&t, w->p, what);
}

static bool is_open(struct world *w, const char *id)
{
    struct thing t = found(w, id);
    return thing_is_open(&t);
}

static void life_of_paper(void **state)
{
    struct world *w = *state;
    item(w->f, ITEM, "");
    assert_true(is_open(w, ITEM));
    assert_true(lacks(w, ITEM, "entry"));
    assert_false(lacks(w, ITEM, "end")); /* it has none yet */
    about(w->f, ITEM, "checked", "boss", ",'what':'entry'");
    assert_false(lacks(w, ITEM, "entry"));
    about(w->f, ITEM, "moved", "hana", ",'kept':{'where':'書庫','how':'施錠'},'handler':{'id':'boss',"
                                       "'name':'B'}");
    struct thing t = found(w, ITEM);
    assert_string_equal(thing_handler(&t), "boss");
    autojson json_t *row = thing_row(w->f, &t, w->p, 0);
    assert_string_equal(record_text(row, "kept.where"), "書庫");
    assert_string_equal(record_text(row, "place"), "3階");
    assert_int_equal(record_number(row, "count"), 12);
    about(w->f, ITEM, "destroyed", "boss", ",'method':'溶解','proof':{'text':'証明書'}");
    assert_false(is_open(w, ITEM));
    assert_true(lacks(w, ITEM, "end"));
    about(w->f, ITEM, "checked", "hana", ",'what':'end'");
    assert_false(lacks(w, ITEM, "end"));
    t = found(w, ITEM);
    autojson json_t *last = thing_row(w->f, &t, w->p, 0);
    assert_string_equal(record_text(last, "disposal.method"), "溶解");
    assert_string_equal(record_text(last, "state"), "destroyed");
    assert_int_equal(json_array_size(t.entry->events), 5);
}

static void specific_personal_is_checked_by_two(void **state)
{
    struct world *w = *state;
    const char *by[2] = {"", ""};
    item(w->f, ITEM, ",'specific-personal':true");
    about(w->f, ITEM, "checked", "boss", ",'what':'entry'");
    assert_true(lacks(w, ITEM, "entry"));
    about(w->f, ITEM, "checked", "boss2", ",'what':'entry','second':{'id':'boss2','name':'N'}");
    assert_false(lacks(w, ITEM, "entry"));
    struct thing t = found(w, ITEM);
    assert_int_equal(thing_checks(&t, "entry", by), 2);
    assert_string_equal(by[0], "boss");
    assert_string_equal(by[1], "boss2");
    about(w->f, ITEM, "returned", "hana", "");
    about(w->f, ITEM, "checked", "boss", ",'what':'end'");
    assert_true(lacks(w, ITEM, "end"));
}

static void two_checks_are_two_persons(void **state)
{
    struct world *w = *state;
    item(w->f, ITEM, ",'specific-personal':true");
    about(w->f, ITEM, "checked", "boss", ",'what':'entry'");
    about(w->f, ITEM, "checked", "boss", ",'what':'entry'");
    assert_true(lacks(w, ITEM, "entry"));
    about(w->f, ITEM, "checked", "boss2", ",'what':'end'"); /* of something else */
    assert_true(lacks(w, ITEM, "entry"));
}

static void receipts_and_copies_are_entered_too(void **state)
{
    struct world *w = *state;
    static const char receive[] =
        "{'kind':'receive','receipt':'" RECEIPT "','phase':'%s','at':'2026-11-21T00:00:00.000Z',"
        "'person':{'id':'hana','name':'H'},'contract':'city','area':'shared','from':'海辺市','how':'便',"
        "'place':'','specific-personal':false,'content':{'files':[{'name':'list.txt','bytes':1}],"
        "'count':3,'bytes':3}}";
    char text[1024];
    struct thing t;
    snprintf(text, sizeof text, receive, "intent");
    help_fold(w->f, text);
    assert_false(thing_find(w->f, RECEIPT, &t));
    snprintf(text, sizeof text, receive, "done");
    help_fold(w->f, text);
    assert_true(is_open(w, RECEIPT));
    t = found(w, RECEIPT);
    autojson json_t *row = thing_row(w->f, &t, w->p, 0);
    assert_string_equal(record_text(row, "name"), "list.txt");
    assert_int_equal(record_number(row, "count"), 3);
    assert_string_equal(record_text(row, "kept.where"), "台帳");
    static const char copy[] =
        "{'kind':'copy','phase':'done','found':'%s','area':'shared','contract':'city','person':{'id':"
        "'hana'},'permission':{'granted':%s},'content':{'files':[{'name':'b'}],'count':1},'copy':'%s'}";
    snprintf(text, sizeof text, copy, "copy", "true", "C-20261121-0003");
    help_fold(w->f, text);
    snprintf(text, sizeof text, copy, "outside", "false", "C-20261121-0004");
    help_fold(w->f, text);
    assert_true(is_open(w, "C-20261121-0003"));
    assert_false(lacks(w, "C-20261121-0003", "entry"));
    assert_true(lacks(w, "C-20261121-0004", "entry"));
    assert_int_equal(fold_number(w->f, "C-20261121"), 4);
    snprintf(text, sizeof text, "{'kind':'confirm','what':'copies','areas':['shared'],'through':%lld}",
             (long long)w->f->next_seq);
    help_fold(w->f, text);
    assert_false(lacks(w, "C-20261121-0004", "entry"));
    /* erasing the area ends what was in it; the copy outside is still somewhere */
    help_fold(w->f, "{'kind':'erasure','erasure':'E-20261201-0001','phase':'done','object':{'kind':'area',"
                    "'name':'shared'},'method':'鍵の破棄'}");
    assert_false(is_open(w, RECEIPT));
    assert_false(is_open(w, "C-20261121-0003"));
    assert_true(is_open(w, "C-20261121-0004"));
}

static void a_copy_of_an_old_ledger_has_an_id_too(void **state)
{
    struct world *w = *state;
    w->f->next_seq = 4711;
    help_fold(w->f, "{'kind':'copy','phase':'done','found':'copy','area':'shared','contract':'city',"
                    "'permission':{'granted':true}}");
    assert_true(is_open(w, "C-4711"));
}

static void out(struct world *w)
{
    help_request(w->f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_permit(w->f, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    help_phase(w->f, CASE, "takeout", "done", "2026-11-21T02:01:00.000Z");
}

static void cases_are_things_once_they_left(void **state)
{
    struct world *w = *state;
    struct register_count count;
    help_request(w->f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    register_count_of(w->f, w->p, "city", &count);
    assert_int_equal(count.all, 0);
    help_permit(w->f, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    help_phase(w->f, CASE, "takeout", "done", "2026-11-21T02:01:00.000Z");
    register_count_of(w->f, w->p, "city", &count);
    assert_int_equal(count.all, 1);
    assert_int_equal(count.open, 1);
    register_count_of(w->f, w->p, "town", &count);
    assert_int_equal(count.all, 0);
    about(w->f, CASE, "given", "hana", ",'to-client':true,'to':{'name':'市','person':''}");
    assert_int_equal(fold_case(w->f, CASE)->state, CASE_GIVEN);
    assert_false(is_open(w, CASE));
    assert_true(lacks(w, CASE, "end"));
    about(w->f, CASE, "checked", "boss", ",'what':'end'");
    register_count_of(w->f, w->p, "city", &count);
    assert_int_equal(count.unchecked, 0);
    assert_int_equal(count.all, 1); /* with what the register knows beside it, it is one thing */
    register_count_of(w->f, w->p, "", &count);
    assert_int_equal(count.all, 1);
}

static void a_new_end_is_checked_anew(void **state)
{
    struct world *w = *state;
    const char *by[2];
    out(w);
    help_phase(w->f, CASE, "return", "done", "2026-11-22T00:00:00.000Z");
    about(w->f, CASE, "checked", "boss", ",'what':'end'");
    assert_false(lacks(w, CASE, "end"));
    struct thing returned = found(w, CASE);
    assert_string_equal(record_text(thing_end(&returned), "kind"), "return");
    help_phase(w->f, CASE, "disposal", "done", "2026-11-23T00:00:00.000Z");
    assert_true(lacks(w, CASE, "end"));
    about(w->f, CASE, "checked", "boss", ",'what':'end'");
    assert_false(lacks(w, CASE, "end"));
    struct thing t = found(w, CASE);
    assert_int_equal(thing_checks(&t, "end", by), 1);
}

static void an_item_ends_once(void **state)
{
    struct world *w = *state;
    item(w->f, ITEM, "");
    about(w->f, ITEM, "burnt", "hana", ",'kept':{'where':'x'}"); /* a phase that is none moves nothing */
    assert_int_equal(w->f->strange, 1);
    assert_null(fold_entry(w->f, ITEM)->moved);
    about(w->f, ITEM, "returned", "hana", "");
    help_fold(w->f, "{'kind':'erasure','erasure':'E-20261201-0001','phase':'done','item':'" ITEM "','object':{"
                    "'kind':'file','name':'/x'}}");
    assert_int_equal(fold_entry(w->f, ITEM)->state, ENTRY_RETURNED);
}

static void copies_of_specific_personal_information(void **state)
{
    struct world *w = *state;
    w->p->areas[0].personal_number = true;
    static const char copy[] =
        "{'kind':'copy','phase':'done','found':'copy','area':'shared','contract':'city','person':{'id':"
        "'boss'},'permission':{'granted':%s},'copy':'%s'}";
    static const char word[] = "{'kind':'confirm','what':'copies','areas':['shared'],'through':99,'person':{'id':"
                               "'%s'}}";
    char text[512];
    snprintf(text, sizeof text, copy, "true", "C-20261121-0001");
    help_fold(w->f, text);
    assert_false(lacks(w, "C-20261121-0001", "entry"));
    snprintf(text, sizeof text, copy, "false", "C-20261121-0002");
    help_fold(w->f, text);
    static const char *const lookers[] = {"boss", "boss2", "boss2", "boss3"};
    static const bool still[] = {true, true, true, false};
    for (size_t i = 0; i < array_count(lookers); i++) {
        snprintf(text, sizeof text, word, lookers[i]);
        help_fold(w->f, text);
        if (lacks(w, "C-20261121-0002", "entry") != still[i])
            fail_msg("after %s", lookers[i]);
        assert_int_equal(fold_unseen(w->f, "shared", INT64_MAX, 2, NULL), still[i]);
    }
}

static void an_erased_area_ends_what_is_left(void **state)
{
    struct world *w = *state;
    static const char receive[] =
        "{'kind':'receive','receipt':'" RECEIPT "','phase':'done','area':'shared','contract':'city'}";
    help_fold(w->f, receive);
    about(w->f, RECEIPT, "returned", "hana", "");
    help_fold(w->f, "{'kind':'erasure','phase':'done','object':{'kind':'area','name':'shared'}}");
    assert_int_equal(fold_entry(w->f, RECEIPT)->state, ENTRY_RETURNED);
    item(w->f, "D-2026112100000000000000000000000000000000000000000000000000000000000000000000001", "");
    assert_int_equal(w->f->strange, 1);
}

static void handover(struct fold *f, const char *phase, const char *key, const char *of,
                     const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{'kind':'handover','handover':'H-20261121-0001','phase':'%s','%s':'%s','person':{'id':'hana'},"
             "'contract':'city','area':'shared','at':'2026-11-21T00:00:00.000Z'%s}", phase, key, of, more);
    help_fold(f, text);
}

static void a_hand_over_ends_with_the_receivers_word(void **state)
{
    struct world *w = *state;
    struct register_count count;
    item(w->f, ITEM, ",'top-secret':true");
    handover(w->f, "asked", "item", ITEM, ",'to':{'person':'boss','name':'B'}");
    assert_non_null(fold_handover_open(w->f, ITEM));
    assert_int_equal(fold_uses(w->f, "letter-12"), 0);
    handover(w->f, "permitted", "item", ITEM, ",'consent':{'id':'letter-12'}");
    assert_int_equal(fold_uses(w->f, "letter-12"), 1);
    handover(w->f, "given", "item", ITEM, "");
    register_count_of(w->f, w->p, "", &count);
    assert_int_equal(count.handovers, 1);
    assert_true(is_open(w, ITEM));
    handover(w->f, "received", "item", ITEM, ",'handler':{'id':'boss','name':'B'}");
    assert_null(fold_handover_open(w->f, ITEM));
    struct thing t = found(w, ITEM);
    assert_string_equal(thing_handler(&t), "boss");
    assert_true(is_open(w, ITEM));
    assert_int_equal(fold_number(w->f, "H-20261121"), 1);
}

static void the_client_keeps_what_it_received(void **state)
{
    struct world *w = *state;
    out(w);
    handover(w->f, "given", "case", CASE, ",'to-client':true");
    assert_true(is_open(w, CASE)); /* until the client says so */
    handover(w->f, "received", "case", CASE, ",'to-client':true");
    assert_false(is_open(w, CASE));
    assert_int_equal(fold_case(w->f, CASE)->state, CASE_GIVEN);
    item(w->f, ITEM, "");
    help_fold(w->f, "{'kind':'handover','handover':'H-20261121-0002','phase':'given','item':'" ITEM "'}");
    help_fold(w->f, "{'kind':'handover','handover':'H-20261121-0002','phase':'failed','item':'" ITEM
                    "','why':'absent'}");
    assert_true(is_open(w, ITEM));
    assert_null(fold_handover_open(w->f, ITEM));
}

static void what_is_with_somebody_else_keeps_its_place(void **state)
{
    struct world *w = *state;
    item(w->f, ITEM, "");
    about(w->f, ITEM, "moved", "hana", ",'kept':{'where':'書庫','how':'施錠'}");
    handover(w->f, "given", "item", ITEM, ",'to':{'person':'','name':'山本'}");
    handover(w->f, "received", "item", ITEM, ",'to':{'person':'','name':'山本'}");
    struct thing t = found(w, ITEM);
    autojson json_t *row = thing_row(w->f, &t, w->p, 0);
    assert_string_equal(record_text(row, "kept.where"), "書庫");
    assert_true(is_open(w, ITEM));
}

static void backups_are_due_when_their_time_is_over(void **state)
{
    struct world *w = *state;
    out(w);
    struct policy_destination *d = &w->p->destinations[0];
    struct thing t = found(w, CASE);
    autojson json_t *row = thing_row(w->f, &t, w->p, 0);
    assert_string_equal(record_text(row, "return-by"), "2026-12-05"); /* return-within = 14 days */
    d->kind = POLICY_BACKUP;
    d->retention_s = 5 * 86400;
    autojson json_t *kept = thing_row(w->f, &t, w->p, 0);
    assert_string_equal(record_text(kept, "return-by"), "2026-11-26");
}

static void strange_records_are_counted(void **state)
{
    struct world *w = *state;
    about(w->f, "D-20261121-0099", "destroyed", "hana", "");
    assert_int_equal(w->f->strange, 1);
    item(w->f, ITEM, "");
    item(w->f, ITEM, ",'specific-personal':true");
    assert_int_equal(w->f->strange, 2);
    assert_false(fold_entry(w->f, ITEM)->personal);
    handover(w->f, "stolen", "item", ITEM, "");
    assert_int_equal(w->f->strange, 3);
    help_fold(w->f, "{'kind':'item','item':'','phase':'received'}");
    assert_int_equal(w->f->strange, 4);
}

static void ten_thousand(void **state)
{
    struct world *w = *state;
    struct register_count count;
    char id[32];
    for (int i = 1; i <= 10000; i++) {
        snprintf(id, sizeof id, "D-20261121-%04d", i);
        item(w->f, id, i % 100 == 0 ? ",'specific-personal':true" : "");
        if (i % 2)
            about(w->f, id, "destroyed", "hana", "");
    }
    register_count_of(w->f, w->p, "city", &count);
    assert_int_equal(count.all, 10000);
    assert_int_equal(count.open, 5000);
    assert_int_equal(count.personal, 100);
    assert_int_equal(count.unchecked, 10000);
    size_t seen = 0;
    struct thing t;
    for (size_t at = 0; thing_next(w->f, &at, &t);)
        seen++;
    assert_int_equal(seen, 10000);
}

static void receipts_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool right;
    } rows[] = {
        {"sekisho-receipt: 1\nreceipt: R-1\nsealed: " SHA " 12 T-1.tar.age\n", true},
        {"sekisho-receipt: 1\nreceipt: R-1\nfrom: x\nsealed: " SHA " 12 name with blanks\n", true},
        {"sekisho-receipt: 2\nreceipt: R-1\nsealed: " SHA " 12 x\n", false},
        {"sekisho-receipt: 1\nreceipt: R-1\n", false},
        {"sekisho-receipt: 1\nsealed: " SHA " 12 x\n", false},
        {"sekisho-receipt: 1\nreceipt: R-1\nsealed: " SHA " 12 x\nsealed: " SHA " 12 x\n", false},
        {"sekisho-receipt: 1\nreceipt: R-1\nreceipt: R-2\nsealed: " SHA " 12 x\n", false},
        {"sekisho-receipt: 1\nreceipt: R 1\nsealed: " SHA " 12 x\n", false},
        {"sekisho-receipt: 1\nreceipt: R-1\nsealed: " SHA " x x\n", false},
        {"sekisho-receipt: 1\nreceipt: R-1\nsealed: " SHA "\n", false},
        {"", false},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        struct receipt r;
        if ((receipt_read(rows[i].text, strlen(rows[i].text), &r) == 0) != rows[i].right)
            fail_msg("row %zu", i);
    }
    struct receipt r;
    assert_int_equal(receipt_read(rows[0].text, strlen(rows[0].text), &r), 0);
    assert_string_equal(r.id, "R-1");
    assert_string_equal(r.sha256, SHA);
    assert_int_equal(r.bytes, 12);
}

#define HANA "{'id':'hana','name':'H'}"
#define BOTH "'approvals':[{'person':{'id':'boss','name':'B'}},{'person':" HANA ",'in-place-of':{'id':'kei','name':'K'}}]"

/* Both who approved are in the record of the giving and in what is shown, however it was permitted. */
static void every_approver_is_named(void **state)
{
    struct world *w = *state;
    struct thing t;
    item(w->f, ITEM, "");
    handover(w->f, "asked", "item", ITEM, "");
    handover(w->f, "permitted", "item", ITEM, ",'permit':'p','person':" HANA "," BOTH);
    const struct handover *h = fold_handover_of_id(w->f, "H-20261121-0001");
    autojson json_t *record = handover_permission(h->permit);
    assert_int_equal(json_array_size(json_object_get(record, "approvals")), 2);
    assert_true(thing_find(w->f, ITEM, &t));
    autojson json_t *view = handover_view(h, &t);
    assert_int_equal(json_array_size(record_member(view, "permission.approvals")), 2);
    out(w);
    help_fold(w->f, "{'kind':'handover','handover':'H-20261121-0002','phase':'given','case':'" CASE "','person':{'id':'hana'},"
                    "'permission':{'granted':true,'approver':" HANA ",'in-place-of':{'id':'kei','name':'K'}," BOTH "}}");
    assert_true(thing_find(w->f, CASE, &t));
    autojson json_t *given = handover_view(fold_handover_of_id(w->f, "H-20261121-0002"), &t);
    assert_int_equal(json_array_size(record_member(given, "permission.approvals")), 2);
    assert_string_equal(record_text(given, "permission.in-place-of.id"), "kei");
}

/* The destination names sub and own today; the export was sealed to office, own and the escrow key. */
static void receipts_are_of_those_it_was_sealed_to(void **state)
{
    struct world *w = *state;
    const struct policy_recipient *who[AGE_RECIPIENTS_MAX] = {NULL};
    help_request(w->f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_permit(w->f, CASE, "boss", HELP_DIGEST, "2026-11-21T00:01:00.000Z", "2026-11-21T08:00:00.000Z");
    help_phase(w->f, CASE, "takeout", "intent", "2026-11-21T00:02:00.000Z");
    help_fold(w->f, "{'kind':'takeout','case':'" CASE "','phase':'done','at':'2026-11-21T00:03:00.000Z',"
                    "'recipients':['office','own','gone','escrow'],'sealed':{'sha256':'" SHA "'}}");
    const struct case_entry *e = fold_case(w->f, CASE);
    assert_int_equal(receipt_signers(w->p, e, who), 1);
    assert_string_equal(who[0]->head.id, "office");
    assert_true(receipt_is_clients(w->p, e, who[0]));
    assert_false(receipt_is_clients(w->p, e, policy_recipient(w->p, "sub")));
    assert_false(receipt_is_clients(w->p, e, policy_recipient(w->p, "own")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(life_of_paper),
        TEST(specific_personal_is_checked_by_two),
        TEST(two_checks_are_two_persons),
        TEST(a_new_end_is_checked_anew),
        TEST(an_item_ends_once),
        TEST(copies_of_specific_personal_information),
        TEST(an_erased_area_ends_what_is_left),
        TEST(what_is_with_somebody_else_keeps_its_place),
        TEST(receipts_and_copies_are_entered_too),
        TEST(a_copy_of_an_old_ledger_has_an_id_too),
        TEST(cases_are_things_once_they_left),
        TEST(a_hand_over_ends_with_the_receivers_word),
        TEST(the_client_keeps_what_it_received),
        TEST(backups_are_due_when_their_time_is_over),
        TEST(strange_records_are_counted),
        TEST(ten_thousand),
        TEST(receipts_are_read_strictly),
        TEST(every_approver_is_named),
        TEST(receipts_are_of_those_it_was_sealed_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
