/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init_print.c owns what people read who try to print from a room. It must never read the document. */
#include <stdio.h>
#include <stdlib.h>
#include "base/str.h"
#include "room/init.h"

int init_refuse_to_print(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *language = "";
    for (size_t i = 0; i < array_count(variables) && !*language; i++) {
        const char *value = getenv(variables[i]);
        language = value ? value : "";
    }
    fputs(str_starts(language, "ja")
              ? "保護作業室からは印刷できません。紙で必要なときは、sekisho request で持ち出しを申請してください。\n"
              : "Nothing is printed from a protected workspace. If paper is needed, ask for a take-out "
                "with: sekisho request\n",
          stderr);
    return 1;
}
