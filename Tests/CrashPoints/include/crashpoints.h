#ifndef CRASHPOINTS_H
#define CRASHPOINTS_H

// A library to preload (ld.so(8), LD_PRELOAD). It sees, over all threads of a process, the calls
// that change a file, send something or start a process.
//
// It kills the process (SIGKILL) just before one of them is made. So every state that a crash can
// leave is reached by a number.
//
//   CRASH_IN=WORD     only in programs whose first argument is this
//   CRASH_AT=N        before the Nth call
//   CRASH_CALLS=LIST  that is one of these, with commas between them: clone fallocate fdatasync
//                     fsync ftruncate mkdir open pwrite rename send unlink write
//   CRASH_MARK=FILE   which is made then, and says which call it was; if it is there already,
//                     nothing happens any more
//
// Or it writes down what was done to files, so that any state that a loss of power can leave may
// be made of it. Each record is a line; that of a write is followed by so many bytes:
//
//   CRASH_TRACE=FILE  create PATH | truncate SIZE PATH | write OFFSET COUNT PATH | sync PATH |
//                     unlink PATH | rename FROM<tab>TO

/// Called just before a call is made, on a name or a descriptor.
void crash_point(const char *call, const char *detail);
void crash_point_on(const char *call, int fd);

/// Called once a call has succeeded.
void trace_write(int fd, long offset, const void *bytes, long count);
void trace_truncate(int fd, long size);
void trace_sync(int fd);
void trace_open(const char *path, int was_there, int flags);
void trace_unlink(const char *path);
void trace_rename(const char *from, const char *to);

/// Whether a file is there; only while something is traced.
int trace_sees(const char *path);

#endif
