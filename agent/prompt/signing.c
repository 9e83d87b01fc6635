/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signing.c owns the approver's key while it is open, in a thread of its own. It must never keep it
 * a moment longer than the signature takes, nor touch a widget from there. */
#include "prompt/signing.h"
#include <glib.h>
#include <sekisho/err.h>
#include <sodium.h>
#include "base/fault.h"
#include "client/key.h"
#include "client/language.h"
#include "client/screen.h"

struct signing {
    char *path, *passphrase, *id;
    json_t *prepared; /* the thread's own copy */
    signing_end *end;
    void *context;
    struct buf signature;
    struct fault fault;
    bool wrong;
};

static void sign(struct signing *s)
{
    autofree char *text = NULL;
    struct minisign_secret secret;
    int r = key_read(s->path, &text, &s->fault);
    if (r == 0) {
        sodium_mlock(&secret, sizeof secret);
        r = key_open(s->path, text, s->passphrase, &secret, &s->fault);
        if (r == 0)
            r = key_sign_permit(&secret, s->path, s->id, s->prepared, &s->signature, &s->fault);
        sodium_munlock(&secret, sizeof secret); /* wipes it */
    }
    s->wrong = r == SK_ERR_PASSPHRASE && s->fault.code == 0;
    sodium_free(s->passphrase);
    s->passphrase = NULL;
}

static gboolean on_signed(gpointer data)
{
    struct signing *s = data;
    autobuf struct buf said = {0}, safe = {0};
    language_put(&said, s->fault.why);
    screen_safe(&safe, said.data ? said.data : "");
    s->end(s->context, &(struct signed_permit){
                           .signature = s->fault.code == 0 && !s->wrong ? s->signature.data : NULL,
                           .wrong_passphrase = s->wrong,
                           .why = safe.data ? safe.data : "",
                       });
    buf_free(&s->signature);
    json_decref(s->prepared);
    g_free(s->path);
    g_free(s->id);
    g_free(s);
    return G_SOURCE_REMOVE;
}

static gpointer run(gpointer data)
{
    sign(data);
    g_idle_add(on_signed, data);
    return NULL;
}

void signing_start(const char *path, char *passphrase, const char *id, const json_t *prepared,
                   signing_end *end, void *context)
{
    struct signing *s = g_new0(struct signing, 1);
    s->path = g_strdup(path);
    s->id = g_strdup(id);
    s->passphrase = passphrase;
    s->prepared = json_deep_copy(prepared);
    s->end = end;
    s->context = context;
    g_thread_unref(g_thread_new("signing", run, s));
}
