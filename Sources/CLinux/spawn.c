#define _GNU_SOURCE
#include "clinux_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The child shares our memory until it becomes the command (CLONE_VM | CLONE_VFORK): no page
// tables are copied, however large we are. It may therefore call nothing but system calls, and
// sanitizers must not instrument it: their state is the parent's.
#define CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

struct request {
  const struct clinux_spawn_plan *plan;
  volatile int step;
  volatile int error;
};

static CHILD size_t put_number(char *at, unsigned long number) {
  char digits[24];
  size_t count = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number);
  for (size_t i = 0; i < count; i++) at[i] = digits[count - 1 - i];
  return count;
}

/// Field 22 of /proc/self/stat: when this process started, in clock ticks since the boot.
static CHILD int own_start_ticks(unsigned long *ticks) {
  char text[1024];
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  ssize_t length = read(fd, text, sizeof text - 1);
  int error = errno;
  close(fd);
  if (length <= 0) return length < 0 ? error : EIO;
  text[length] = 0;
  // The command name, in parentheses, may hold anything: fields are counted from its end.
  ssize_t at = length;
  while (at > 0 && text[at] != ')') at--;
  int field = 2;
  for (; text[at]; at++) {
    if (text[at] != ' ' || ++field < 22) continue;
    *ticks = 0;
    for (at++; text[at] >= '0' && text[at] <= '9'; at++)
      *ticks = *ticks * 10 + (unsigned long)(text[at] - '0');
    return 0;
  }
  return EIO;
}

static CHILD int journal(const struct clinux_spawn_plan *plan) {
  char line[256];
  size_t length = 0;
  for (const char *p = plan->journal_prefix; *p && length < 128; p++) line[length++] = *p;
  unsigned long ticks;
  int error = own_start_ticks(&ticks);
  if (error) return error;
  length += put_number(line + length, (unsigned long)getpid());
  line[length++] = ' ';
  length += put_number(line + length, ticks);
  line[length++] = '\n';
  ssize_t written = write(plan->journal, line, length);
  if (written < 0) return errno;
  return (size_t)written == length ? 0 : ENOSPC;
}

/// Puts the three descriptors in place, also when some of them are among 0, 1 and 2 already, and
/// has all others closed by the exec.
static CHILD int arrange_descriptors(const struct clinux_spawn_plan *plan) {
  int moved[3];
  for (int i = 0; i < 3; i++) {
    moved[i] = plan->standard[i];
    if (moved[i] < 3 && (moved[i] = fcntl(moved[i], F_DUPFD_CLOEXEC, 3)) < 0) return errno;
  }
  for (int i = 0; i < 3; i++)
    if (dup2(moved[i], i) < 0) return errno;
  return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? errno : 0;
}

static CHILD int child(void *argument) {
  struct request *request = argument;
  const struct clinux_spawn_plan *plan = request->plan;
  if (plan->new_session) setsid();
  // The system call itself: sigaction(3) leaves out the two signals that glibc keeps for itself,
  // which some ancestor may have ignored. All zeroes is the kernel's struct for SIG_DFL.
  unsigned long standard[4] = {0, 0, 0, 0};
  for (int number = 1; number < 65; number++) syscall(SYS_rt_sigaction, number, standard, NULL, 8);
  request->step = CLINUX_SPAWN_DESCRIPTORS;
  if ((request->error = arrange_descriptors(plan))) _exit(127);
  request->step = CLINUX_SPAWN_DIRECTORY;
  if (plan->directory && chdir(plan->directory) < 0) {
    request->error = errno;
    _exit(127);
  }
  if (plan->journal >= 0) {
    request->step = CLINUX_SPAWN_JOURNAL;
    if ((request->error = journal(plan))) _exit(127);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  request->step = CLINUX_SPAWN_EXEC;
  execve(plan->path, plan->argv, plan->envp);
  request->error = errno;
  _exit(127);
}

int clinux_spawn(const struct clinux_spawn_plan *plan, pid_t *pid, int *pidfd, int *step) {
  const size_t stack_size = 65536;
  char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  *step = CLINUX_SPAWN_CLONE;
  if (stack == MAP_FAILED) return errno;
  struct request request = {.plan = plan};
  // No handler may run in the shared memory, in the child or here, until the child is gone.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  *pid = clone(child, stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &request,
               pidfd);
  int error = *pid < 0 ? errno : request.error;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  munmap(stack, stack_size);
  if (*pid > 0 && error) {
    *step = request.step;
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR) continue;
    close(*pidfd);
  }
  return error;
}

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_pipe(int ends[2], int nonblocking_read) {
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  return nonblocking_read ? fcntl(ends[0], F_SETFL, O_NONBLOCK) : 0;
}

int clinux_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int clinux_signalfd_read(int fd) {
  struct signalfd_siginfo info;
  ssize_t length = read(fd, &info, sizeof info);
  if (length == sizeof info) return (int)info.ssi_signo;
  return length < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

ssize_t clinux_getrandom(void *bytes, size_t count) { return getrandom(bytes, count, 0); }

pid_t clinux_reap(pid_t pid, int *status, int64_t *cpu_ns, int64_t *max_rss_kb) {
  struct rusage usage;
  pid_t reaped;
  do {
    reaped = wait4(pid, status, WNOHANG, &usage);
  } while (reaped < 0 && errno == EINTR);
  if (reaped > 0) {
    *cpu_ns = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
              ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
    *max_rss_kb = usage.ru_maxrss;
  }
  return reaped;
}

pid_t clinux_peek_ended_child(void) {
  siginfo_t info = {0};
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return 0;
  return info.si_pid;
}
