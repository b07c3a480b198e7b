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
#include <time.h>
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
  long ticks_per_second;
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

/// The time since the boot, in clock ticks, as field 22 of /proc/PID/stat has it: not to open that file
/// spares the kernel what it keeps of it, here and when the process ends.
static CHILD unsigned long ticks_since_boot(long ticks_per_second) {
  struct timespec now;
  syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
  return (unsigned long)now.tv_sec * (unsigned long)ticks_per_second +
         (unsigned long)now.tv_nsec / (unsigned long)(1000000000 / ticks_per_second);
}

static CHILD int journal(const struct request *request) {
  const struct clinux_spawn_plan *plan = request->plan;
  char line[256];
  size_t length = 0;
  for (const char *p = plan->journal_prefix; *p && length < 128; p++) line[length++] = *p;
  length += put_number(line + length, (unsigned long)syscall(SYS_getpid));
  line[length++] = ' ';
  length += put_number(line + length, ticks_since_boot(request->ticks_per_second));
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

/// What cannot be set is left: it keeps no command from running.
static CHILD void set_tag(uint64_t tag) {
  struct rlimit limit;
  if (tag && syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, NULL, &limit) == 0 &&
      limit.rlim_cur >= CLINUX_TAG_BASE) {
    limit.rlim_cur = tag;
    syscall(SYS_prlimit64, 0, RLIMIT_RTTIME, &limit, NULL);
  }
}

/// Whoever has a handler for these is sent them again and again, as what it does is tried again: they
/// can only be ignored.
static CHILD int is_of_terminal(int number) { return number == SIGTTIN || number == SIGTTOU; }

static CHILD int child(void *argument) {
  struct request *request = argument;
  const struct clinux_spawn_plan *plan = request->plan;
  // First, so that whoever looks at all processes sees soon whose it is.
  set_tag(plan->tag);
  // 0 is whoever writes it.
  if (plan->cgroup >= 0 && syscall(SYS_write, plan->cgroup, "0", 1) < 0)
    request->cgroup_error = errno;
  if (plan->new_session) syscall(SYS_setsid);
  // All zeroes is the kernel's struct for SIG_DFL.
  unsigned long standard[4] = {0, 0, 0, 0};
  for (int number = SIGTTIN; is_of_terminal(number); number++)
    syscall(SYS_rt_sigaction, number, standard, NULL, 8);
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
  if (descriptors_before.rlim_cur)
    syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &descriptors_before, NULL);
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

static void do_nothing(int number) { (void)number; }

int clinux_ignore_signal(int number) {
  struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
  return sigaction(number, &action, NULL);
}

/// What some ancestor has ignored would be ignored by every command, too. The system call itself, as
/// sigaction(3) leaves out the two signals that the C library keeps for itself; those get a default
/// only if they are ignored, for else they have a handler of its.
static void replace_ignored(void) {
  for (int number = 1; number < 65; number++) {
    unsigned long action[4] = {0, 0, 0, 0};
    if (syscall(SYS_rt_sigaction, number, NULL, action, 8) < 0) continue;
    if (action[0] != (unsigned long)SIG_IGN || is_of_terminal(number)) continue;
    if (clinux_ignore_signal(number) == 0) continue;
    action[0] = (unsigned long)SIG_DFL;
    syscall(SYS_rt_sigaction, number, action, NULL, 8);
  }
}

static pthread_once_t ignored_replaced = PTHREAD_ONCE_INIT;

int clinux_spawn(const struct clinux_spawn_plan *plan, pid_t *pid, int *pidfd,
                 int *step, int *cgroup_error) {
  *step = CLINUX_SPAWN_CLONE;
  pthread_once(&ignored_replaced, replace_ignored);
  struct request *request = make_request();
  if (!request) return errno;
  request->plan = plan;
  request->ticks_per_second = sysconf(_SC_CLK_TCK);
  // No handler may run in the shared memory, in the child or here, until the child is gone; but for
  // the one that does nothing, if a signal has waited for the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  *pid = start(request, pidfd);
  int error = *pid < 0 ? errno : request->error;
  if (*pid > 0 && error) *step = request->step;
  *cgroup_error = request->cgroup_error;
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

uint64_t clinux_real_time_limit(pid_t pid) {
  struct rlimit limit;
  return prlimit(pid, RLIMIT_RTTIME, NULL, &limit) < 0 ? 0 : limit.rlim_cur;
}

void clinux_tag_self(uint64_t tag) { set_tag(tag); }

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_pipe(int *reading, int *writing) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  *reading = ends[0];
  *writing = ends[1];
  return 0;
}

int clinux_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
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
