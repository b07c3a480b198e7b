#define _GNU_SOURCE
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "clinux.h"

static __thread const void *thread_loop;

const void *clinux_thread_loop(void) { return thread_loop; }

void clinux_set_thread_loop(const void *loop) { thread_loop = loop; }

static __thread int thread_defers_wake;

int clinux_thread_defers_wake(void) { return thread_defers_wake; }

void clinux_set_thread_defers_wake(int defers) { thread_defers_wake = defers; }

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_epoll_add(int epoll, int fd, uint64_t data) {
  struct epoll_event event = {
      .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = data};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int clinux_epoll_add_wake(int epoll, int fd, uint64_t data) {
  // Only edges of reading: each write is one, whether the counter was read or not.
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = data};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int clinux_epoll_remove(int epoll, int fd) {
  struct epoll_event event = {0};
  return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
}

int clinux_epoll_wait(int epoll, struct clinux_event *events, int count, int milliseconds) {
  struct epoll_event raw[256];
  if (count > 256) count = 256;
  int ready = epoll_wait(epoll, raw, count, milliseconds);
  if (ready < 0) return errno == EINTR ? 0 : -1;
  for (int i = 0; i < ready; i++) {
    uint32_t mask = 0;
    if (raw[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) mask |= CLINUX_READABLE;
    if (raw[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) mask |= CLINUX_WRITABLE;
    if (raw[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) mask |= CLINUX_ENDED;
    events[i].mask = mask;
    events[i].data = raw[i].data.u64;
  }
  return ready;
}

int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
