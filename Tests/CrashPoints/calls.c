// The calls themselves, in the place of the C library's.

#define _GNU_SOURCE
#include "crashpoints.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/// Defines a call: `before` is done before the C library's is made, `after` once it has succeeded.
#define CALL(type, name, parameters, arguments, before, after)                                   \
  type name parameters {                                                                         \
    static type(*real) parameters;                                                               \
    if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name);                               \
    before;                                                                                      \
    type result = real arguments;                                                                \
    if (result >= 0) after;                                                                      \
    return result;                                                                               \
  }

#define SYNC(name)                                                                               \
  CALL(int, name, (int fd), (fd), crash_point_on(#name, fd), trace_sync(fd))
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, size_type)                                                                \
  CALL(                                                                                          \
      int, name, (int fd, size_type size), (fd, size), crash_point_on("ftruncate", fd),          \
      trace_truncate(fd, size))
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define ALLOCATE(name, size_type)                                                                \
  CALL(                                                                                          \
      int, name, (int fd, size_type start, size_type size), (fd, start, size),                   \
      crash_point_on("fallocate", fd), (void)0)
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

#define WRITE_AT(name, offset_type)                                                              \
  CALL(                                                                                          \
      ssize_t, name, (int fd, const void *bytes, size_t size, offset_type at),                   \
      (fd, bytes, size, at), crash_point_on("pwrite", fd), trace_write(fd, at, bytes, result))
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

CALL(
    ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size),
    crash_point_on("write", fd), trace_write(fd, -1, bytes, result))
CALL(
    ssize_t, send, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags),
    crash_point_on("send", fd), (void)0)

CALL(
    int, rename, (const char *from, const char *to), (from, to), crash_point("rename", to),
    trace_rename(from, to))
CALL(int, unlink, (const char *path), (path), crash_point("unlink", path), trace_unlink(path))
CALL(
    int, unlinkat, (int at, const char *path, int flags), (at, path, flags),
    crash_point("unlink", path), (void)0)
CALL(
    int, mkdir, (const char *path, mode_t mode), (path, mode), crash_point("mkdir", path), (void)0)
CALL(
    int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode),
    crash_point("mkdir", path), (void)0)

/// An open has a mode among its further arguments only if it may make a file.
#define OPEN(name, parameters, arguments, note)                                                  \
  int name parameters {                                                                          \
    static int(*real) parameters;                                                                \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                \
    mode_t mode = 0;                                                                             \
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {                                   \
      va_list rest;                                                                              \
      va_start(rest, flags);                                                                     \
      mode = va_arg(rest, mode_t);                                                               \
      va_end(rest);                                                                              \
    }                                                                                            \
    if (flags & O_CREAT) crash_point("open", path);                                              \
    int was_there = trace_sees(path);                                                            \
    int fd = real arguments;                                                                     \
    if (fd >= 0) note;                                                                           \
    return fd;                                                                                   \
  }
OPEN(
    open, (const char *path, int flags, ...), (path, flags, mode),
    trace_open(path, was_there, flags))
OPEN(
    open64, (const char *path, int flags, ...), (path, flags, mode),
    trace_open(path, was_there, flags))
OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode), (void)was_there)
OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode), (void)was_there)

int clone(int (*body)(void *), void *stack, int flags, void *argument, ...) {
  static int (*real)(int (*)(void *), void *, int, void *, ...);
  if (!real) real = (int (*)(int (*)(void *), void *, int, void *, ...))dlsym(RTLD_NEXT, "clone");
  va_list rest;
  va_start(rest, argument);
  pid_t *parent = va_arg(rest, pid_t *);
  void *tls = va_arg(rest, void *);
  pid_t *child = va_arg(rest, pid_t *);
  va_end(rest);
  crash_point("clone", "");
  return real(body, stack, flags, argument, parent, tls, child);
}
