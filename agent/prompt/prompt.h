/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window of sekisho-prompt and what its pages share. The pages are made by code, not from
 * GtkBuilder's XML: every text goes through the one catalogue (installer/po/update reads C),
 * nothing is looked for and parsed at the start, and the compiler checks what is connected to what.
 * Everything is done in this one window: no dialog of ours comes up over another, and nothing takes
 * the focus. */
#ifndef PROMPT_PROMPT_H
#define PROMPT_PROMPT_H

#include <gtk/gtk.h>
#include <jansson.h>
#include "policy/policy.h"
#include "prompt/exchange.h"

struct page_request;
struct page_cases;
struct page_waiting;
struct page_handovers;

enum prompt_page { PROMPT_REQUEST, PROMPT_CASES, PROMPT_WAITING, PROMPT_HANDOVERS };

struct prompt {
    GtkWidget *window, *notebook;
    GtkWidget *bar, *bar_what, *bar_advice; /* what was said last */
    GtkWidget *waiting_tab;                 /* its label, with the number of those that wait */
    json_t *me;                             /* whoami's answer; NULL = not known yet */
    struct policy *policy;                  /* NULL = none is known */
    char *policy_text;                      /* which that is of */
    json_t *cases;   /* VIEWs that the person may see; NULL = not known yet */
    json_t *waiting; /* requests (sekisho/ops.h) that wait for the person; NULL as above */
    json_t *handovers; /* H (the same) that the person may see; NULL as above */
    struct page_request *request;
    struct page_cases *own;
    struct page_waiting *others;
    struct page_handovers *hand;
    struct exchange *asking, *watch;
    guint later; /* timer of the next look, 0 = none */
    bool away;   /* the agent was not there at the last look, and that was said */
};

/* What a request is to begin with: words of a command line, which live as long as the program. */
struct prompt_given {
    char *const *files;
    int count;
    const char *destination; /* id, "" = none */
};

/* The window with its pages, not shown yet. The struct lives as long as the program. */
struct prompt *prompt_new(const struct prompt_given *given, enum prompt_page first);

/* Ask control who this is and what there is; again and again, as records come. */
void prompt_start(struct prompt *p);

/* Say something at the top of the window, without taking the focus. advice may be "". */
void prompt_say(struct prompt *p, GtkMessageType type, const char *what, const char *advice);
void prompt_say_reply(struct prompt *p, const struct reply *reply);

/* Go to the person's own cases, with the cursor on this one as soon as it is known. */
void prompt_show_case(struct prompt *p, const char *id);

/* Look anew, now. */
void prompt_refresh(struct prompt *p);

/* The id of the person on the roster, "" = not on it, or not known yet; the login. */
const char *prompt_person(const struct prompt *p);
const char *prompt_login(const struct prompt *p);

/* A case by its id; NULL = not known. Lent until the next look. */
const json_t *prompt_case(const struct prompt *p, const char *id);

/* A hand-over by its id, the same. */
const json_t *prompt_handover(const struct prompt *p, const char *id);

/* Is the person a manager? */
bool prompt_manages(const struct prompt *p);

/* Pages: the widget to show, and what to do when more is known. */
GtkWidget *page_request_new(struct prompt *p, const struct prompt_given *given);
void page_request_update(struct page_request *page);
bool page_request_is_busy(const struct page_request *page);
GtkWidget *page_cases_new(struct prompt *p);
void page_cases_update(struct page_cases *page);
void page_cases_choose(struct page_cases *page, const char *id);
GtkWidget *page_waiting_new(struct prompt *p);
void page_waiting_update(struct page_waiting *page);
size_t page_waiting_count(const struct page_waiting *page);
GtkWidget *page_handovers_new(struct prompt *p);
void page_handovers_update(struct page_handovers *page);

#endif
