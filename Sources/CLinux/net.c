#define _GNU_SOURCE
#include "clinux_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t parse(const char *address, uint16_t port, struct sockaddr_storage *out) {
  memset(out, 0, sizeof *out);
  struct sockaddr_in *v4 = (struct sockaddr_in *)out;
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return sizeof *v4;
  }
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
  if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return sizeof *v6;
  }
  errno = EINVAL;
  return 0;
}

static int open_socket(int family) {
  return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int fail(int fd) {
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int clinux_listen(const char *address, uint16_t port, int backlog, uint16_t *actual_port) {
  struct sockaddr_storage name;
  socklen_t length = parse(address, port, &name);
  if (!length) return -1;
  int fd = open_socket(name.ss_family), one = 1;
  if (fd < 0) return -1;
  // A port that a manager just left may be used again at once; one in use may not.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (name.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&name, length) < 0 || listen(fd, backlog) < 0) return fail(fd);
  if (getsockname(fd, (struct sockaddr *)&name, &length) < 0) return fail(fd);
  *actual_port = ntohs(name.ss_family == AF_INET ? ((struct sockaddr_in *)&name)->sin_port
                                                 : ((struct sockaddr_in6 *)&name)->sin6_port);
  return fd;
}

int clinux_accept(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
  if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

int clinux_connect(const char *address, uint16_t port) {
  struct sockaddr_storage name;
  socklen_t length = parse(address, port, &name);
  if (!length) return -1;
  int fd = open_socket(name.ss_family), one = 1;
  if (fd < 0) return -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, (struct sockaddr *)&name, length) < 0 && errno != EINPROGRESS) return fail(fd);
  return fd;
}

int clinux_connect_unix(const char *path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof name.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(name.sun_path, path);
  int fd = open_socket(AF_UNIX);
  if (fd < 0) return -1;
  return connect(fd, (struct sockaddr *)&name, sizeof name) < 0 ? fail(fd) : fd;
}

int clinux_connect_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

int clinux_resolve(const char *host, char *addresses, int capacity) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *found = NULL;
  int code = getaddrinfo(host, NULL, &hints, &found);
  if (code) return code;
  int length = 0;
  addresses[0] = 0;
  for (struct addrinfo *entry = found; entry; entry = entry->ai_next) {
    char text[INET6_ADDRSTRLEN];
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST))
      continue;
    int needed = (int)strlen(text) + 2;
    if (length + needed > capacity) break;
    length += snprintf(addresses + length, (size_t)(capacity - length), "%s\n", text);
  }
  freeaddrinfo(found);
  return 0;
}

const char *clinux_resolve_error(int code) { return gai_strerror(code); }

void clinux_own_address(char *address, int capacity) {
  snprintf(address, (size_t)capacity, "127.0.0.1");
  struct ifaddrs *interfaces = NULL;
  if (getifaddrs(&interfaces) < 0) return;
  for (struct ifaddrs *entry = interfaces; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr || entry->ifa_addr->sa_family != AF_INET) continue;
    if (entry->ifa_flags & IFF_LOOPBACK || !(entry->ifa_flags & IFF_UP)) continue;
    inet_ntop(AF_INET, &((struct sockaddr_in *)entry->ifa_addr)->sin_addr, address,
              (socklen_t)capacity);
    break;
  }
  freeifaddrs(interfaces);
}

int clinux_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) < 0) return (int)sysconf(_SC_NPROCESSORS_ONLN);
  return CPU_COUNT(&set);
}
