/* The floor of finding out: one HEAD for each path at every registry, a number of them at a time,
   and nothing else. asker CONNECTIONS FILE HOST:PORT...
   FILE has a path a line. It prints how many were answered with 200. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATHS = 200000, LINES = 1024, SIZE = 8192 };
static char *paths[PATHS];
static int count;

struct line {
  const char *host;
  int *next, fd, got;
  char answer[SIZE];
};

static int connected(const char *host) {
  char name[64];
  const char *colon = strrchr(host, ':');
  if (!colon) return -1;
  snprintf(name, sizeof name, "%.*s", (int)(colon - host), host);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (inet_pton(AF_INET, name, &to.sin_addr) != 1) return -1;
  return connect(fd, (struct sockaddr *)&to, sizeof to) ? -1 : fd;
}

static int ask(struct line *line) {
  char request[SIZE];
  if (*line->next >= count) return 0;
  line->got = 0;
  int length = snprintf(request, SIZE,
                        "HEAD %s HTTP/1.1\r\nHost: %s\r\n"
                        "Accept: application/vnd.oci.image.index.v1+json, "
                        "application/vnd.oci.image.manifest.v1+json\r\n\r\n",
                        paths[(*line->next)++], line->host);
  return write(line->fd, request, length) == length;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int each = atoi(argv[1]), hosts = argc - 3, open = 0, good = 0;
  static struct line lines[LINES];
  static int next[LINES];
  FILE *file = fopen(argv[2], "r");
  char path[1024];
  while (file && count < PATHS && fgets(path, sizeof path, file)) {
    path[strcspn(path, "\n")] = 0;
    paths[count++] = strdup(path);
  }
  int poll = epoll_create1(0);
  for (int i = 0; i < each * hosts && i < LINES; i++) {
    struct line *line = &lines[i];
    line->host = argv[3 + i % hosts];
    line->next = &next[i % hosts];
    if ((line->fd = connected(line->host)) < 0) return 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
    epoll_ctl(poll, EPOLL_CTL_ADD, line->fd, &event);
    open += ask(line);
  }
  while (open > 0) {
    struct epoll_event events[64];
    int ready = epoll_wait(poll, events, 64, -1);
    for (int i = 0; i < ready; i++) {
      struct line *line = events[i].data.ptr;
      int got = read(line->fd, line->answer + line->got, SIZE - 1 - line->got);
      if (got <= 0) return 1;
      line->answer[line->got += got] = 0;
      if (!strstr(line->answer, "\r\n\r\n")) continue;
      good += !strncmp(line->answer, "HTTP/1.1 200", 12);
      open -= !ask(line);
    }
  }
  printf("%d\n", good);
  return good == count * hosts ? 0 : 1;
}
