/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a name or path in a message may look like. Pure functions over bytes. */
#ifndef DEVICE_NAMES_H
#define DEVICE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/clean.h"

#define NAMES_ONE_MAX 255 /* bytes of one component, as NAME_MAX */
#define NAMES_ONE_CAP (NAMES_ONE_MAX + 1)

/* The agent's own folder at the top of each area: nobody's path may lead into it. */
#define NAMES_OWN_FOLDER ".sekisho"

/* An area's id: 1…SK_ID_MAX of [A-Za-z0-9._-], not beginning with '.' or '-'. */
bool names_is_area(const char *id);

/* A case's id: 1…SK_ID_MAX of [A-Za-z0-9-], beginning with a letter or digit. */
bool names_is_case(const char *id);

/* One component: not empty, "." or "..", no '/', at most NAMES_ONE_MAX bytes, and not a name that
 * the agent itself uses (".sekisho", all that begins with ".sekisho-", and ".rooms", without which there are
 * no rooms in the area). 0, SK_ERR_FORMAT, SK_ERR_LIMIT. */
int names_check_one(const char *name) SK_MUST_CHECK;

/* A path below an area's top: relative, no empty, "." or ".." component, not into the agent's own
 * folder. The empty path is refused. 0, SK_ERR_FORMAT, SK_ERR_LIMIT. */
int names_check_below(const char *path) SK_MUST_CHECK;

/* An absolute path with neither "." nor ".." nor empty components; "/" itself is refused.
 * 0, SK_ERR_FORMAT, SK_ERR_LIMIT. */
int names_check_absolute(const char *path) SK_MUST_CHECK;

/* The last component of a path; the path itself when it has no '/'. Points into path. */
const char *names_last(const char *path);

/* The name under which file number `index` of a case is written into a foreign folder:
 * ".sekisho-CASE-N.part". */
void names_temporary(char out[static NAMES_ONE_CAP], const char *case_id, size_t index);

/* The name of file number `index` of a case inside the agent's own folders: "000000". */
void names_numbered(char out[static NAMES_ONE_CAP], size_t index);

/* What an export writes, in the order in which the names become final. */
#define NAMES_EXPORT_SUFFIX    ".tar.age"
#define NAMES_MANIFEST_SUFFIX  ".manifest"
#define NAMES_SIGNATURE_SUFFIX ".manifest.minisig"
#define NAMES_COVER_SUFFIX     ".cover.html"
enum names_output { NAMES_COVER, NAMES_MANIFEST, NAMES_SIGNATURE, NAMES_EXPORT, NAMES_OUTPUTS };

/* The name of one of them, and the name until then. exFAT has a name in pieces of 15 letters: with ids as control gives
 * them both have as many, and only the last one differs, so a renaming that is cut off shows one of the two. */
void names_output(const char *case_id, enum names_output which, char ret_final[static NAMES_ONE_CAP],
                  char ret_temporary[static NAMES_ONE_CAP]);

/* Does a name have the form of something that an interrupted job left in a foreign folder?
 * names_temporary's form, or what names_output calls a part of an export. */
bool names_is_leftover(const char *name);

/* For CASE.manifest and CASE.manifest.minisig: the temporary name of the export that they belong to,
 * CASE.tar.age.part. False for other names. */
bool names_export_of(const char *name, char out[static NAMES_ONE_CAP]);

#endif
