/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the command line of sekisho-prompt. It must never decide anything: an unprivileged
 * program of the person's, it asks sekisho-control over the socket that is everybody's, and
 * whatever ends it, nothing is lost. */
#include <gtk/gtk.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include "client/language.h"
#include "prompt/prompt.h"

static gboolean show_cases, show_waiting, show_version;
static char *instance_given;
static char *destination_given;
static char **files;

static int wrong(const char *what)
{
    fprintf(stderr, "sekisho-prompt: %s\n", what);
    return 2;
}

static int read_options(int *argc, char ***argv)
{
    const GOptionEntry options[] = {
        {"cases", 0, 0, G_OPTION_ARG_NONE, &show_cases, _("show your own requests first"), NULL},
        {"waiting", 0, 0, G_OPTION_ARG_NONE, &show_waiting,
         _("show first what waits for your approval"), NULL},
        {"to", 0, 0, G_OPTION_ARG_STRING, &destination_given,
         _("fill in this destination, by its id of the policy"), _("DESTINATION")},
        {"instance", 0, 0, G_OPTION_ARG_FILENAME, &instance_given,
         _("the agent that was started with this folder"), "DIR"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &show_version, _("print the version"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, _("[FILE…]")},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_set_summary(
        context, _("Asks for a permit to take protected files out, and answers such requests."));
    g_option_context_add_main_entries(context, options, NULL);
    return g_option_context_parse(context, argc, argv, &error) ? 0 : wrong(error->message);
}

int main(int argc, char **argv)
{
    language_start();
    gtk_disable_setlocale();
    g_set_prgname("sekisho-prompt");
    if (read_options(&argc, &argv) != 0)
        return 2;
    if (show_version) {
        printf("sekisho-prompt %s\n", SEKISHO_VERSION);
        return 0;
    }
    if (sk_paths_choose(instance_given ? instance_given : g_getenv("SEKISHO_INSTANCE")) != 0)
        return wrong(_("that can't be an instance: an absolute path of at most 80 bytes without "
                       "\"..\" is needed"));
    language_choose(g_strcmp0(_("en"), "ja") == 0 ? "ja" : "en", false);
    if (!gtk_init_check(&argc, &argv))
        return wrong(_("there is no display; in a terminal use: sekisho request"));
    gtk_window_set_default_icon_name("sekisho-room");
    enum prompt_page first = show_waiting ? PROMPT_WAITING
                             : show_cases ? PROMPT_CASES
                                          : PROMPT_REQUEST;
    const struct prompt_given given = {.files = files,
                                       .count = files ? (int)g_strv_length(files) : 0,
                                       .destination = destination_given ? destination_given : ""};
    struct prompt *p = prompt_new(&given, first);
    prompt_start(p);
    gtk_widget_show(p->window);
    gtk_main();
    return 0;
}
