#ifndef CRASHPOINTS_H
#define CRASHPOINTS_H

// A library to preload (ld.so(8), LD_PRELOAD). It counts, over all threads of a process, the calls
// that change a file, send something or start a process, and kills the process (SIGKILL) just
// before one of them is made. So every state that a crash can leave is reached by a number.
//
//   CRASH_IN=WORD     only in programs whose first argument is this
//   CRASH_AT=N        before the Nth call
//   CRASH_CALLS=LIST  that is one of these: their names, with commas between them
//   CRASH_MARK=FILE   which is made then, and says which call it was; if it is there already,
//                     nothing happens any more

/// The calls that can be counted.
#define CRASHPOINTS_CALLS                                                                        \
  "clone,fallocate,fdatasync,fsync,ftruncate,mkdir,open,pwrite,rename,send,unlink,write"

#endif
