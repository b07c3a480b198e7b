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
// tables are copied, however large we are. It may therefore make nothing but system calls, and
// those directly: sanitizers must neither instrument it nor see its calls, for their state is the
// parent's. (`no_sanitize("thread")` would leave the notes of entry and exit, which at times wait
// for a lock that a thread of the parent holds.)
#ifdef __clang__
#define CHILD __attribute__((disable_sanitizer_instrumentation))
#else
#define CHILD __attribute__((no_sanitize("address", "thread", "undefined")))
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// ThreadSanitizer replaces clone(3) by something that cannot share memory, so the child gets a
// copy of it.
#define COPIES_MEMORY 1
#endif
#endif

struct request {
  const struct clinux_spawn_plan *plan;
  volatile int step;
  volatile int error;
  volatile int cgroup_error;
  volatile unsigned long start_ticks;
};

/// The limit of open files before it was raised; all zero if it was not.
static struct rlimit descriptors_before;

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
  int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  ssize_t length = syscall(SYS_read, fd, text, sizeof text - 1);
  int error = errno;
  syscall(SYS_close, fd);
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

static CHILD int journal(struct request *request) {
  const struct clinux_spawn_plan *plan = request->plan;
  char line[256];
  size_t length = 0;
  for (const char *p = plan->journal_prefix; *p && length < 128; p++) line[length++] = *p;
  unsigned long ticks;
  int error = own_start_ticks(&ticks);
  if (error) return error;
  request->start_ticks = ticks;
  length += put_number(line + length, (unsigned long)syscall(SYS_getpid));
  line[length++] = ' ';
  length += put_number(line + length, ticks);
  line[length++] = '\n';
  ssize_t written = syscall(SYS_pwrite64, plan->journal, line, length, plan->journal_offset);
  if (written < 0) return errno;
  return (size_t)written == length ? 0 : ENOSPC;
}

/// Puts the three descriptors in place, also when some of them are among 0, 1 and 2 already, and
/// has all others closed by the exec.
static CHILD int arrange_descriptors(const struct clinux_spawn_plan *plan) {
  int moved[3];
  for (int i = 0; i < 3; i++) {
    moved[i] = plan->standard[i];
    if (moved[i] < 3 && (moved[i] = (int)syscall(SYS_fcntl, moved[i], F_DUPFD_CLOEXEC, 3)) < 0)
      return errno;
  }
  for (int i = 0; i < 3; i++)
    if (syscall(SYS_dup2, moved[i], i) < 0) return errno;
  return syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? errno : 0;
}

/// What cannot be set is left: neither limit keeps a command from running.
static CHILD void set_limits(const struct clinux_spawn_plan *plan) {
  struct rlimit limit;
  if (plan->tag && syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, NULL, &limit) == 0 &&
      limit.rlim_cur >= CLINUX_TAG_BASE) {
    limit.rlim_cur = plan->tag;
    syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, &limit, NULL);
  }
  if (descriptors_before.rlim_cur)
    syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &descriptors_before, NULL);
}

static CHILD int child(void *argument) {
  struct request *request = argument;
  const struct clinux_spawn_plan *plan = request->plan;
  // 0 is whoever writes it.
  if (plan->cgroup >= 0 && syscall(SYS_write, plan->cgroup, "0", 1) < 0)
    request->cgroup_error = errno;
  if (plan->new_session) syscall(SYS_setsid);
  // The system call itself: sigaction(3) leaves out the two signals that glibc keeps for itself,
  // which some ancestor may have ignored. All zeroes is the kernel's struct for SIG_DFL.
  unsigned long standard[4] = {0, 0, 0, 0};
  for (int number = 1; number < 65; number++) syscall(SYS_rt_sigaction, number, standard, NULL, 8);
  request->step = CLINUX_SPAWN_DESCRIPTORS;
  if ((request->error = arrange_descriptors(plan))) syscall(SYS_exit_group, 127);
  request->step = CLINUX_SPAWN_DIRECTORY;
  if (plan->directory && syscall(SYS_chdir, plan->directory) < 0) {
    request->error = errno;
    syscall(SYS_exit_group, 127);
  }
  if (plan->journal >= 0) {
    request->step = CLINUX_SPAWN_JOURNAL;
    if ((request->error = journal(request))) syscall(SYS_exit_group, 127);
  }
  // The last thing that could want a descriptor is done.
  set_limits(plan);
  unsigned long none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
  request->step = CLINUX_SPAWN_EXEC;
  syscall(SYS_execve, plan->path, plan->argv, plan->envp);
  request->error = errno;
  syscall(SYS_exit_group, 127);
  __builtin_unreachable();
}

#ifdef COPIES_MEMORY
/// The child goes on with a copy of all memory but the request.
static CHILD pid_t start(struct request *shared, int *pidfd) {
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, 0);
  if (pid == 0) child(shared);
  return pid;
}

static struct request *make_request(void) {
  void *memory =
      mmap(NULL, sizeof(struct request), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static void free_request(struct request *request) { munmap(request, sizeof *request); }
#else
/// The child's stack is a part of ours, as we sleep meanwhile: mapping one and unmapping it
/// interrupts all processors that run threads of ours.
static pid_t start(struct request *shared, int *pidfd) {
  _Alignas(16) char stack[16384];
  return clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, shared,
               pidfd);
}

static struct request *make_request(void) { return calloc(1, sizeof(struct request)); }
static void free_request(struct request *request) { free(request); }
#endif

int clinux_spawn(const struct clinux_spawn_plan *plan, pid_t *pid, int *pidfd,
                 uint64_t *start_ticks, int *step, int *cgroup_error) {
  *step = CLINUX_SPAWN_CLONE;
  struct request *request = make_request();
  if (!request) return errno;
  request->plan = plan;
  // No handler may run in the shared memory, in the child or here, until the child is gone.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  *pid = start(request, pidfd);
  int error = *pid < 0 ? errno : request->error;
  if (*pid > 0 && error) *step = request->step;
  *cgroup_error = request->cgroup_error;
  *start_ticks = request->start_ticks;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  free_request(request);
  if (*pid > 0 && error) {
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR) continue;
    close(*pidfd);
  }
  return error;
}

int clinux_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
  if (limit.rlim_cur >= limit.rlim_max) return 0;
  const struct rlimit raised = {limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) < 0) return -1;
  descriptors_before = limit;
  return 0;
}

int clinux_is_process(pid_t pid) {
  return syscall(SYS_tgkill, pid, pid, 0) == 0 || errno != ESRCH;
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
