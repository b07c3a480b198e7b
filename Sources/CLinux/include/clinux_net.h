// TCP sockets and facts of the machine.
#pragma once
#include <stdint.h>

/// A listening TCP socket, non-blocking, close-on-exec, on a numeric IPv4 or IPv6 address; port 0
/// for any. IPv6 sockets take no IPv4. `actual_port` gets the port. Returns -1 on an error.
int clinux_listen(const char *address, uint16_t port, int backlog, uint16_t *actual_port);
/// accept4(2): non-blocking, close-on-exec, without Nagle's delay. Returns -1 on an error.
int clinux_accept(int listener);
/// A non-blocking socket whose connecting to a numeric address has begun. Returns -1 on an error.
int clinux_connect(const char *address, uint16_t port);
/// A non-blocking socket that is connected to a unix socket. Returns -1 on an error, with EAGAIN if
/// too many others are waiting there.
int clinux_connect_unix(const char *path);
/// What became of the connecting once the socket is writable: 0 or an errno value.
int clinux_connect_error(int fd);
/// Numeric addresses of a host, one a line, by getaddrinfo(3), which may block for long. Returns 0
/// or an EAI_* value.
int clinux_resolve(const char *host, char *addresses, int capacity);
const char *clinux_resolve_error(int code);
/// The first IPv4 address of this machine that is not loopback; 127.0.0.1 if there is none.
void clinux_own_address(char *address, int capacity);
/// How many processors this process may use: sched_getaffinity(2).
int clinux_processor_count(void);
