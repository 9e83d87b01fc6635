/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c owns the form of host names and the lists of services' domains. It must never take a name
 * for one that a resolver or a server would take for another. */
#include "egress/names.h"
#include <errno.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64 /* domains */

struct listed {
    char *domain;
    uint32_t service;
};

struct names {
    struct listed *at; /* in order of their domains */
    size_t count;
    size_t room;
};

static bool in_label(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

int name_normal(const char *text, size_t len, char ret[static NAME_CAP])
{
    char name[NAME_CAP];
    size_t label = 0;
    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len == 0 || len >= NAME_CAP)
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < len; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
        if (c == '.' ? label == 0 : !in_label(c) || label == NAME_LABEL_MAX)
            return SK_ERR_FORMAT;
        label = c == '.' ? 0 : label + 1;
        name[i] = c;
    }
    if (label == 0)
        return SK_ERR_FORMAT;
    name[len] = '\0';
    memcpy(ret, name, len + 1);
    return 0;
}

bool name_within(const char *name, const char *domain)
{
    size_t len = strlen(name), tail = strlen(domain);
    return len >= tail && strcmp(name + len - tail, domain) == 0 &&
           (len == tail || name[len - tail - 1] == '.');
}

int names_new(struct names **ret)
{
    struct names *n = calloc(1, sizeof *n);
    if (!n)
        return -ENOMEM;
    *ret = n;
    return 0;
}

void names_free(struct names **n)
{
    if (!*n)
        return;
    for (size_t i = 0; i < (*n)->count; i++)
        free((*n)->at[i].domain);
    free((*n)->at);
    free(*n);
    *n = NULL;
}

/* The place of the first that is not before domain. */
static size_t place_of(const struct names *n, const char *domain)
{
    size_t from = 0, to = n->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (strcmp(n->at[middle].domain, domain) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_at(const struct names *n, size_t place, const char *domain)
{
    return place < n->count && strcmp(n->at[place].domain, domain) == 0;
}

static int make_room(struct names *n)
{
    if (n->count == NAMES_MAX)
        return SK_ERR_LIMIT;
    if (n->count < n->room)
        return 0;
    size_t room = n->room ? n->room * 2 : FIRST_ROOM;
    struct listed *at = reallocarray(n->at, room, sizeof *at);
    if (!at)
        return -ENOMEM;
    n->at = at;
    n->room = room;
    return 0;
}

int names_add(struct names *n, const char *domain, uint32_t service)
{
    char normal[NAME_CAP];
    if (name_normal(domain, strlen(domain), normal) != 0 || strcmp(normal, domain) != 0)
        return SK_ERR_FORMAT;
    size_t place = place_of(n, domain);
    if (is_at(n, place, domain))
        return n->at[place].service == service ? 0 : SK_ERR_EXISTS;
    int r = make_room(n);
    if (r != 0)
        return r;
    char *copy = strdup(domain);
    if (!copy)
        return -ENOMEM;
    memmove(n->at + place + 1, n->at + place, (n->count - place) * sizeof *n->at);
    n->at[place] = (struct listed){copy, service};
    n->count++;
    return 0;
}

bool names_find(const struct names *n, const char *name, uint32_t *ret_service,
                const char **ret_domain)
{
    for (const char *at = name; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
        size_t place = place_of(n, at);
        if (!is_at(n, place, at))
            continue;
        *ret_service = n->at[place].service;
        if (ret_domain)
            *ret_domain = n->at[place].domain;
        return true;
    }
    return false;
}
