/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret.c owns the memory of a passphrase while it is typed. It must never leave a copy of it that
 * is not wiped, nor let it grow where it can't be locked. */
#include "prompt/secret.h"
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "base/clean.h"
#include "client/passphrase.h"


/* The names that G_DEFINE_TYPE wants. */
typedef struct SecretBuffer {
    GtkEntryBuffer parent;
    char *text; /* PASSPHRASE_MAX + 1 bytes of sodium_malloc */
    gsize bytes;
    guint chars;
} SecretBuffer;
typedef struct {
    GtkEntryBufferClass parent;
} SecretBufferClass;

GType secret_buffer_get_type(void);
G_DEFINE_TYPE(SecretBuffer, secret_buffer, GTK_TYPE_ENTRY_BUFFER)

static const gchar *get_text(GtkEntryBuffer *buffer, gsize *ret_bytes)
{
    SecretBuffer *s = (SecretBuffer *)buffer;
    if (ret_bytes)
        *ret_bytes = s->bytes;
    return s->text ? s->text : "";
}

static guint get_length(GtkEntryBuffer *buffer)
{
    return ((SecretBuffer *)buffer)->chars;
}

static guint insert_text(GtkEntryBuffer *buffer, guint position, const gchar *chars, guint count)
{
    SecretBuffer *s = (SecretBuffer *)buffer;
    gsize bytes = (gsize)(g_utf8_offset_to_pointer(chars, count) - chars);
    if (!s->text || s->bytes + bytes > PASSPHRASE_MAX)
        return 0;
    char *at = g_utf8_offset_to_pointer(s->text, position);
    memmove(at + bytes, at, s->bytes - (gsize)(at - s->text) + 1);
    memcpy(at, chars, bytes);
    s->bytes += bytes;
    s->chars += count;
    gtk_entry_buffer_emit_inserted_text(buffer, position, chars, count);
    return count;
}

static guint delete_text(GtkEntryBuffer *buffer, guint position, guint count)
{
    SecretBuffer *s = (SecretBuffer *)buffer;
    if (position > s->chars)
        position = s->chars;
    if (count > s->chars - position)
        count = s->chars - position;
    if (count == 0)
        return 0;
    char *from = g_utf8_offset_to_pointer(s->text, position),
         *to = g_utf8_offset_to_pointer(from, count);
    gsize bytes = (gsize)(to - from), left = s->bytes - (gsize)(to - s->text) + 1;
    memmove(from, to, left);
    s->bytes -= bytes;
    s->chars -= count;
    sodium_memzero(s->text + s->bytes, bytes);
    gtk_entry_buffer_emit_deleted_text(buffer, position, count);
    return count;
}

static void finalize(GObject *object)
{
    sodium_free(((SecretBuffer *)object)->text);
    G_OBJECT_CLASS(secret_buffer_parent_class)->finalize(object);
}

static void secret_buffer_class_init(SecretBufferClass *class)
{
    GtkEntryBufferClass *buffer = &class->parent;
    buffer->get_text = get_text;
    buffer->get_length = get_length;
    buffer->insert_text = insert_text;
    buffer->delete_text = delete_text;
    G_OBJECT_CLASS(class)->finalize = finalize;
}

static void secret_buffer_init(SecretBuffer *s)
{
    s->text = sodium_init() < 0 ? NULL : sodium_malloc(PASSPHRASE_MAX + 1);
    if (s->text)
        s->text[0] = '\0';
}

int secret_guard(gboolean on)
{
    if (on && setrlimit(RLIMIT_CORE, &(struct rlimit){0}) != 0)
        return -errno;
    return prctl(PR_SET_DUMPABLE, on ? 0 : 1, 0, 0, 0) == 0 ? 0 : -errno;
}

GtkWidget *secret_entry_new(void)
{
    GtkEntryBuffer *buffer = g_object_new(secret_buffer_get_type(), NULL);
    GtkWidget *entry = gtk_entry_new_with_buffer(buffer);
    g_object_unref(buffer);
    gtk_entry_set_visibility(GTK_ENTRY(entry), FALSE);
    gtk_entry_set_input_purpose(GTK_ENTRY(entry), GTK_INPUT_PURPOSE_PASSWORD);
    return entry;
}

char *secret_entry_take(GtkWidget *entry)
{
    const SecretBuffer *s = (SecretBuffer *)gtk_entry_get_buffer(GTK_ENTRY(entry));
    char *copy = s->bytes ? sodium_malloc(s->bytes + 1) : NULL;
    if (copy)
        memcpy(copy, s->text, s->bytes + 1);
    gtk_entry_set_text(GTK_ENTRY(entry), "");
    return copy;
}
