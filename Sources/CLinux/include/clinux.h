// Linux calls that `import Glibc` lacks. GNU-only calls live in the .c file: `_GNU_SOURCE`
// in a module's header would clash with the Glibc module's view of the same types.
#pragma once
#include <stdint.h>
#include <sys/types.h>
