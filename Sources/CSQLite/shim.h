// What of SQLite's C interface Swift cannot import by itself: variadic functions, macros that are
// casts, methods behind a struct of function pointers.
#pragma once
#include <sqlite3.h>

// Has SQLite not count what it allocates, which takes a mutex of the whole process for each piece.
// Only before the first connection is opened.
static inline int csqlite_count_no_memory(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// Binds UTF-8 text that SQLite copies. A null `text` binds the empty text, not NULL.
static inline int csqlite_bind_text(
    sqlite3_stmt *statement, int index, const void *text, int length) {
  return sqlite3_bind_text(
      statement, index, text ? (const char *)text : "", length, SQLITE_TRANSIENT);
}

// Binds bytes that SQLite copies. A null `bytes` binds the empty blob, not NULL.
static inline int csqlite_bind_blob(
    sqlite3_stmt *statement, int index, const void *bytes, int length) {
  return sqlite3_bind_blob(statement, index, bytes ? bytes : "", length, SQLITE_TRANSIENT);
}

// Says whether closing the last connection of a database leaves its WAL as it is.
static inline int csqlite_keep_wal_on_close(sqlite3 *database, int keep) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, (int *)0);
}

// Reads from the main database file through SQLite's own descriptor. Opening and closing another
// one would drop the POSIX locks that every connection of this process has on the file.
static inline int csqlite_read_file(
    sqlite3 *database, void *buffer, int length, sqlite3_int64 offset) {
  sqlite3_file *file = 0;
  int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code != SQLITE_OK) return code;
  if (!file || !file->pMethods) return SQLITE_MISUSE;
  return file->pMethods->xRead(file, buffer, length, offset);
}

// The size of the main database file in bytes.
static inline int csqlite_file_size(sqlite3 *database, sqlite3_int64 *size) {
  sqlite3_file *file = 0;
  int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code != SQLITE_OK) return code;
  if (!file || !file->pMethods) return SQLITE_MISUSE;
  return file->pMethods->xFileSize(file, size);
}
