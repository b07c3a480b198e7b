#define _GNU_SOURCE
#include "crashpoints.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static int is_counted(const char *name) {
  size_t length = strlen(name);
  for (const char *at = calls; (at = strstr(at, name)); at += length)
    if ((at == calls || at[-1] == ',') && (at[length] == ',' || at[length] == 0)) return 1;
  return 0;
}

/// Called just before a call is made. Makes nothing but system calls itself.
static void point(const char *name, const char *detail) {
  if (!crash_at || !is_counted(name) || atomic_fetch_add(&count, 1) + 1 != crash_at) return;
  int fd = (int)syscall(
      SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return;
  char line[4200];
  int length = snprintf(line, sizeof line, "%s %s\n", name, detail);
  syscall(SYS_write, fd, line, (size_t)length);
  syscall(SYS_close, fd);
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

/// The same for a call on a descriptor: only if it is a file or a socket.
static void point_on(const char *name, int fd) {
  struct stat status;
  if (!crash_at || fstat(fd, &status) < 0) return;
  if (!S_ISREG(status.st_mode) && !S_ISSOCK(status.st_mode) && !S_ISDIR(status.st_mode)) return;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  point(name, path);
}

#define ON_DESCRIPTOR(name, group, parameters, arguments)                                        \
  int name parameters {                                                                          \
    static int(*real) parameters;                                                                \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                \
    point_on(group, fd);                                                                         \
    return real arguments;                                                                       \
  }

ON_DESCRIPTOR(fsync, "fsync", (int fd), (fd))
ON_DESCRIPTOR(fdatasync, "fdatasync", (int fd), (fd))
ON_DESCRIPTOR(ftruncate, "ftruncate", (int fd, off_t size), (fd, size))
ON_DESCRIPTOR(ftruncate64, "ftruncate", (int fd, off64_t size), (fd, size))
ON_DESCRIPTOR(
    posix_fallocate, "fallocate", (int fd, off_t start, off_t size), (fd, start, size))
ON_DESCRIPTOR(
    posix_fallocate64, "fallocate", (int fd, off64_t start, off64_t size), (fd, start, size))

#define WRITING(name, group, parameters, arguments)                                              \
  ssize_t name parameters {                                                                      \
    static ssize_t(*real) parameters;                                                            \
    if (!real) real = (ssize_t(*) parameters)dlsym(RTLD_NEXT, #name);                            \
    point_on(group, fd);                                                                         \
    return real arguments;                                                                       \
  }

WRITING(write, "write", (int fd, const void *bytes, size_t size), (fd, bytes, size))
WRITING(
    pwrite, "pwrite", (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
WRITING(
    pwrite64, "pwrite", (int fd, const void *bytes, size_t size, off64_t at),
    (fd, bytes, size, at))
WRITING(
    send, "send", (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags))

#define ON_NAME(name, group, parameters, path, arguments)                                        \
  int name parameters {                                                                          \
    static int(*real) parameters;                                                                \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                \
    point(group, path);                                                                          \
    return real arguments;                                                                       \
  }

ON_NAME(rename, "rename", (const char *from, const char *to), to, (from, to))
ON_NAME(unlink, "unlink", (const char *path), path, (path))
ON_NAME(unlinkat, "unlink", (int at, const char *path, int flags), path, (at, path, flags))
ON_NAME(mkdir, "mkdir", (const char *path, mode_t mode), path, (path, mode))
ON_NAME(mkdirat, "mkdir", (int at, const char *path, mode_t mode), path, (at, path, mode))

#define OPENING(name, parameters, arguments)                                                     \
  int name parameters {                                                                          \
    static int(*real) parameters;                                                                \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                \
    mode_t mode = 0;                                                                             \
    if (flags & O_CREAT) {                                                                       \
      va_list rest;                                                                              \
      va_start(rest, flags);                                                                     \
      mode = va_arg(rest, mode_t);                                                               \
      va_end(rest);                                                                              \
      point("open", path);                                                                       \
    }                                                                                            \
    return real arguments;                                                                       \
  }

OPENING(open, (const char *path, int flags, ...), (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENING(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPENING(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))

int clone(int (*body)(void *), void *stack, int flags, void *argument, ...) {
  static int (*real)(int (*)(void *), void *, int, void *, ...);
  if (!real) real = (int (*)(int (*)(void *), void *, int, void *, ...))dlsym(RTLD_NEXT, "clone");
  va_list rest;
  va_start(rest, argument);
  pid_t *parent = va_arg(rest, pid_t *);
  void *tls = va_arg(rest, void *);
  pid_t *child = va_arg(rest, pid_t *);
  va_end(rest);
  point("clone", "");
  return real(body, stack, flags, argument, parent, tls, child);
}
