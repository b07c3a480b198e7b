#define _GNU_SOURCE
#include "crashpoints.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int trace = -1;
static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void prepare(void) {
  const char *path = getenv("CRASH_TRACE");
  int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  if (path) trace = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

static void put(const char *bytes, long count) {
  while (count > 0) {
    long written = syscall(SYS_write, trace, bytes, count);
    if (written <= 0) abort();
    bytes += written;
    count -= written;
  }
}

static void note(const char *line, const void *bytes, long count) {
  pthread_mutex_lock(&in_order);
  put(line, (long)strlen(line));
  put(bytes, count);
  pthread_mutex_unlock(&in_order);
}

/// The path of a regular file, or of a directory; none of anything else.
static int path_of(int fd, char path[4096]) {
  struct stat status;
  if (trace < 0 || fstat(fd, &status) < 0) return 0;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlink, link, path, 4095);
  if (length <= 0) return 0;
  path[length] = 0;
  return 1;
}

void trace_write(int fd, long offset, const void *bytes, long count) {
  char path[4096], line[4200];
  if (count <= 0 || !path_of(fd, path)) return;
  if (offset < 0) offset = lseek(fd, 0, SEEK_CUR) - count;
  snprintf(line, sizeof line, "write %ld %ld %s\n", offset, count, path);
  note(line, bytes, count);
}

void trace_truncate(int fd, long size) {
  char path[4096], line[4200];
  if (!path_of(fd, path)) return;
  snprintf(line, sizeof line, "truncate %ld %s\n", size, path);
  note(line, "", 0);
}

void trace_sync(int fd) {
  char path[4096], line[4200];
  if (!path_of(fd, path)) return;
  snprintf(line, sizeof line, "sync %s\n", path);
  note(line, "", 0);
}

int trace_sees(const char *path) { return trace >= 0 && access(path, F_OK) == 0; }

void trace_open(const char *path, int was_there, int flags) {
  char line[4200];
  if (trace < 0 || !(flags & O_CREAT) || (was_there && !(flags & O_TRUNC))) return;
  snprintf(line, sizeof line, was_there ? "truncate 0 %s\n" : "create %s\n", path);
  note(line, "", 0);
}

void trace_unlink(const char *path) {
  char line[4200];
  if (trace < 0) return;
  snprintf(line, sizeof line, "unlink %s\n", path);
  note(line, "", 0);
}

void trace_rename(const char *from, const char *to) {
  char line[8400];
  if (trace < 0) return;
  snprintf(line, sizeof line, "rename %s\t%s\n", from, to);
  note(line, "", 0);
}
