// Spawning, process handles, signals.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// How a process is started. Every pointer is borrowed for the call.
struct clinux_spawn_plan {
  const char *path;
  char *const *argv;
  char *const *envp;
  /// Becomes the working directory; NULL for the caller's.
  const char *directory;
  /// What descriptors 0, 1 and 2 become; everything above is closed.
  int standard[3];
  int new_session;
  /// Where the child itself, just before it becomes the command, writes
  /// `<journal_prefix><pid> <ticks>\n`, at an offset; -1 for none. If that fails the command
  /// is not run.
  int journal;
  off_t journal_offset;
  const char *journal_prefix;
  /// A control group's cgroup.procs, open for writing, that the child enters before all else; -1
  /// for none.
  int cgroup;
  /// From CLINUX_TAG_BASE on: becomes the soft RLIMIT_RTTIME, which all descendants inherit whatever
  /// becomes of their environment; 0 for none. Does nothing to processes without real-time
  /// scheduling, and at that size, 146,000 years, to none. A lower limit of the user's stays.
  uint64_t tag;
};
#define CLINUX_TAG_BASE (1ULL << 62)

/// What went wrong in a child before it became the command.
enum clinux_spawn_step {
  CLINUX_SPAWN_CLONE = 1,
  CLINUX_SPAWN_DESCRIPTORS,
  CLINUX_SPAWN_DIRECTORY,
  CLINUX_SPAWN_JOURNAL,
  CLINUX_SPAWN_EXEC,
};

/// Has a signal do nothing to this process, by a handler: unlike what is ignored by SIG_IGN, it is at
/// its default in the commands that are started. Nothing else may ignore signals once something
/// was started; what was ignored before is taken over then.
int clinux_ignore_signal(int number);

/// Starts a process with all signals at their defaults and none blocked. Blocks the calling
/// thread until the child has become the command or failed.
/// Returns 0, or an errno value and the step that failed. `pidfd` is close-on-exec. A control
/// group that could not be entered is no failure: `cgroup_error` says why, 0 if it was.
int clinux_spawn(const struct clinux_spawn_plan *plan, pid_t *pid, int *pidfd,
                 int *step, int *cgroup_error);

/// Raises the soft limit of open files as far as it goes; children get the former one back.
int clinux_raise_descriptor_limit(void);

/// Whether a number is that of a process, ended or not, and not of a thread.
int clinux_is_process(pid_t pid);
/// The soft RLIMIT_RTTIME of a process; 0 if there is none of this number, or it is not ours to ask.
uint64_t clinux_real_time_limit(pid_t pid);
/// Gives this process a tag, see `clinux_spawn_plan`; what it starts has it until it gets one of its own.
void clinux_tag_self(uint64_t tag);
/// pidfd_open(2), close-on-exec.
int clinux_pidfd_open(pid_t pid);
/// pidfd_send_signal(2).
int clinux_pidfd_send_signal(int pidfd, int signal);
/// prctl(PR_SET_CHILD_SUBREAPER): orphaned descendants become children of this process.
int clinux_set_child_subreaper(void);
/// pipe2(2), close-on-exec.
int clinux_pipe(int *reading, int *writing);
/// signalfd(2) of the signals, which the caller has blocked. Non-blocking, close-on-exec.
int clinux_signalfd(const int *signals, int count);
/// Takes the next signal off a signalfd; 0 if there is none, -1 on an error.
int clinux_signalfd_read(int fd);
/// getrandom(2).
ssize_t clinux_getrandom(void *bytes, size_t count);
/// wait4(2) with WNOHANG. CPU times in nanoseconds, maximum resident size in kB.
/// Returns the pid, 0 if it has not ended, -1 on an error.
pid_t clinux_reap(pid_t pid, int *status, int64_t *cpu_ns, int64_t *max_rss_kb);
/// The next child that has ended and is not reaped, without reaping it; 0 if there is none.
pid_t clinux_peek_ended_child(void);
