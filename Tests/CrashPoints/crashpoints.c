#define _GNU_SOURCE
#include "crashpoints.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long crash_at;
static const char *calls;
static const char *mark;
static atomic_long count;

static int is_meant(void) {
  const char *word = getenv("CRASH_IN");
  char arguments[4096];
  int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (!word || fd < 0) return 0;
  ssize_t length = syscall(SYS_read, fd, arguments, sizeof arguments - 1);
  syscall(SYS_close, fd);
  if (length <= 0) return 0;
  arguments[length] = 0;
  const char *first = arguments + strlen(arguments) + 1;
  return first < arguments + length && strcmp(first, word) == 0;
}

__attribute__((constructor)) static void prepare(void) {
  const char *number = getenv("CRASH_AT");
  calls = getenv("CRASH_CALLS");
  mark = getenv("CRASH_MARK");
  if (number && calls && mark && is_meant()) crash_at = atol(number);
}

static int is_counted(const char *call) {
  size_t length = strlen(call);
  for (const char *at = calls; (at = strstr(at, call)); at += length)
    if ((at == calls || at[-1] == ',') && (at[length] == ',' || at[length] == 0)) return 1;
  return 0;
}

void crash_point(const char *call, const char *detail) {
  if (!crash_at || !is_counted(call) || atomic_fetch_add(&count, 1) + 1 != crash_at) return;
  int fd = (int)syscall(
      SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return;
  char line[4200];
  int length = snprintf(line, sizeof line, "%s %s\n", call, detail);
  syscall(SYS_write, fd, line, (size_t)length);
  syscall(SYS_close, fd);
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

void crash_point_on(const char *call, int fd) {
  struct stat status;
  // Nothing that only wakes a thread of the same process.
  if (!crash_at || fstat(fd, &status) < 0) return;
  if (!S_ISREG(status.st_mode) && !S_ISSOCK(status.st_mode) && !S_ISDIR(status.st_mode)) return;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  crash_point(call, path);
}
