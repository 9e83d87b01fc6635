/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an erasure may claim (REQUIREMENTS DSP-3, from [004 別記2 4.4]): the class that was reached, and
 * the statements that go with it. The names go into records and forms and never change their meaning;
 * the sentences are gettext ids of the command-line tool.
 *
 * Classes: level-1 withstands common recovery tools; level-2 withstands a laboratory; not-reached: what was
 * erased may still be found. Where the keys of an encrypted area were destroyed the best is level-2, by
 * overwriting alone level-1: an overwritten disk keeps what it moved out of the way. A statement lowers that
 * to what it names: `plain` without, `keys` with destroyed keys. After NIST SP 800-88 (Clear, Purge). */
#ifndef SEKISHO_ERASURE_H
#define SEKISHO_ERASURE_H

/* STATEMENT(id, name, the most that is reached: plain, keys; sentence) */
#define SK_STATEMENTS(STATEMENT)                                                                   \
    STATEMENT(KEYS, "keys-destroyed", 2, 2,                                                        \
      "all key slots and the header were destroyed: what was encrypted can't be decrypted "        \
      "any more")                                                                                  \
    STATEMENT(HEADER_COPY, "header-copy", 2, 2,                                                    \
      "a copy of the header or of the whole image, made before, still opens with its "             \
      "passphrase: whoever has one destroys it")                                                   \
    STATEMENT(OVERWRITTEN, "overwritten", 2, 2,                                                    \
      "every block was overwritten and read back past the cache")                                  \
    STATEMENT(READ_CACHED, "read-cached", 1, 1,                                                    \
      "it was read back, but perhaps from memory and not from the storage")                        \
    STATEMENT(DISCARDED, "discarded", 2, 2,                                                        \
      "the storage was told that it holds nothing any more (discard)")                             \
    STATEMENT(NOT_DISCARDED, "not-discarded", 2, 2,                                                \
      "the storage takes no discard")                                                              \
    STATEMENT(REMAPPED, "remapped", 1, 2,                                                          \
      "a disk replaces worn sectors by itself, and what was in them can't be overwritten")         \
    STATEMENT(FLASH, "flash", 1, 1,                                                                \
      "flash storage keeps old blocks in cells that no program reaches")                           \
    STATEMENT(VIRTUAL, "virtual", 1, 1,                                                            \
      "the disk is a virtual one: what its host keeps of it can't be told from here")              \
    STATEMENT(RAID, "raid", 1, 1,                                                                  \
      "the storage is made of several disks: one that was replaced keeps what was on it")          \
    STATEMENT(COPY_ON_WRITE, "copy-on-write", 0, 0,                                                \
      "this file system writes changes elsewhere: the old blocks were not overwritten")            \
    STATEMENT(SHARED, "shared", 0, 0,                                                              \
      "blocks are shared with another file or a snapshot, where the content still is")             \
    STATEMENT(SNAPSHOT, "snapshot", 0, 0,                                                          \
      "the storage below has a snapshot, which keeps the old blocks")                              \
    STATEMENT(THIN, "thin", 0, 0,                                                                  \
      "thin storage puts blocks where it likes: whether the old ones were overwritten can't "      \
      "be told")                                                                                   \
    STATEMENT(NETWORK, "network", 0, 0,                                                            \
      "the storage is another machine's or program's")                                             \
    STATEMENT(MEMORY, "memory", 1, 1,                                                              \
      "it was in memory, which may have been swapped to a disk")                                   \
    STATEMENT(JOURNAL, "journal", 0, 0,                                                            \
      "the file system's journal may hold the content")                                            \
    STATEMENT(HOLES, "holes", 0, 2,                                                                \
      "the image gave blocks back to the disk below it, where what was in them may still be")      \
    STATEMENT(UNKNOWN, "unknown-storage", 0, 0,                                                    \
      "what the storage is made of can't be found out")                                            \
    STATEMENT(EARLIER, "earlier-versions", 2, 2,                                                   \
      "earlier versions and temporary copies of the file may be in free blocks, until the "        \
      "whole area is destroyed")                                                                   \
    STATEMENT(LINKS, "hard-links", 2, 2,                                                           \
      "it had other names too, which are empty files now")                                         \
    STATEMENT(GONE, "gone-before", 0, 0,                                                           \
      "it was not there any more: how it went is not known")                                       \
    STATEMENT(PHYSICAL, "physical", 2, 2,                                                          \
      "for this data the medium is to be destroyed physically, which no program does")

enum sk_statement {
#define SK_STATEMENT_ENUM(id, name, plain, keys, text) SK_STATEMENT_##id,
    SK_STATEMENTS(SK_STATEMENT_ENUM)
#undef SK_STATEMENT_ENUM
    SK_STATEMENT_COUNT
};

/* A set of statements: bit n is statement n. */
#define SK_STATEMENT_BIT(id) (1u << SK_STATEMENT_##id)

/* Names of the classes by their number. */
#define SK_ERASURE_CLASSES {"not-reached", "level-1", "level-2"}

/* "copy-on-write"; "unknown" outside of the table. */
const char *sk_statement_name(unsigned statement);
/* The English sentence (also the gettext message id). */
const char *sk_statement_text(unsigned statement);
/* The class that these statements leave: 0, 1, 2; and its name. */
unsigned sk_erasure_class(unsigned statements);
const char *sk_erasure_class_name(unsigned number);

#endif
