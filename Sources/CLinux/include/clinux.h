// Linux calls that `import Glibc` lacks. GNU-only calls live in the .c files: `_GNU_SOURCE`
// in a module's header would clash with the Glibc module's view of the same types.
// Unless said otherwise a function returns what the call of its name does, with `errno` set.
#pragma once
// malloc_trim(3)
#include <malloc.h>
#include <stdint.h>
#include <sys/types.h>

// The loop of the calling thread.

/// An opaque mark of the loop that the calling thread runs; NULL if it runs none.
const void *clinux_thread_loop(void);
void clinux_set_thread_loop(const void *loop);

/// Whether what the calling thread has for a loop need not wake it.
int clinux_thread_defers_wake(void);
void clinux_set_thread_defers_wake(int defers);

// epoll(7), eventfd(2)

/// What epoll reports: `mask` is of the CLINUX_* bits below, `data` is as registered.
struct clinux_event {
  uint32_t mask;
  uint64_t data;
};
/// Bits of a `clinux_event`: an error or a hang-up counts as readable and writable.
#define CLINUX_READABLE 1
#define CLINUX_WRITABLE 2
/// There will be nothing to read but what is there already.
#define CLINUX_ENDED 4

int clinux_epoll_create(void);
/// Registers for both directions, edge-triggered.
int clinux_epoll_add(int epoll, int fd, uint64_t data);
/// Watches an eventfd, of which every write is reported once.
int clinux_epoll_add_wake(int epoll, int fd, uint64_t data);
int clinux_epoll_remove(int epoll, int fd);
/// Waits at most `milliseconds` (-1: for ever) for at most `count` (≤ 256) events.
/// Returns their number, 0 as well if a signal interrupted it.
int clinux_epoll_wait(int epoll, struct clinux_event *events, int count, int milliseconds);

/// A non-blocking, close-on-exec eventfd.
int clinux_eventfd(void);

// statx(2)

/// Whether an open file is where something is mounted, be it a part of the same file system (a
/// bind mount): 1 or 0. Returns -1 on an error, or with ENOTSUP if the kernel does not say.
int clinux_is_mount_point(int fd);
