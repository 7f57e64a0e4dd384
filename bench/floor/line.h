/* Lines to servers: plain, or by TLS; and what HTTP needs of them, without a look at more.
   OpenSSL's libraries are loaded when they are needed, so that a compiler is all it takes.
   No certificate is checked. What fails ends the program. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 16 * 1024 };

struct line {
  const char *host;
  int fd;
  void *tls;
};

struct answer {
  int status;
  long size;         /* of the body */
  char *body;        /* NULL unless it was asked for */
  char place[HEAD];  /* the path of Location */
};

static void *tls_context;
static void *(*tls_new)(void *);
static int (*tls_set_fd)(void *, int), (*tls_connect)(void *);
static int (*tls_read)(void *, void *, int), (*tls_write)(void *, const void *, int);

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void *library(const char *name, const char *other) {
  void *found = dlopen(name, RTLD_NOW);
  if (!found) found = dlopen(other, RTLD_NOW);
  if (!found) fail("there is no OpenSSL");
  return found;
}

static void *function(void *from, const char *name) {
  void *found = dlsym(from, name);
  if (!found) fail(name);
  return found;
}

/* Let all lines that are opened from now on be TLS. */
static void use_tls(void) {
  void *ssl = library("libssl.so.3", "libssl.so");
  void *(*method)(void) = (void *(*)(void))function(ssl, "TLS_client_method");
  void *(*context)(void *) = (void *(*)(void *))function(ssl, "SSL_CTX_new");
  tls_new = (void *(*)(void *))function(ssl, "SSL_new");
  tls_set_fd = (int (*)(void *, int))function(ssl, "SSL_set_fd");
  tls_connect = (int (*)(void *))function(ssl, "SSL_connect");
  tls_read = (int (*)(void *, void *, int))function(ssl, "SSL_read");
  tls_write = (int (*)(void *, const void *, int))function(ssl, "SSL_write");
  tls_context = context(method());
}

static struct line line_to(const char *host) {
  char name[64];
  const char *colon = strrchr(host, ':');
  if (!colon) fail("write host:port");
  snprintf(name, sizeof name, "%.*s", (int)(colon - host), host);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
  struct line line = {host, socket(AF_INET, SOCK_STREAM, 0), NULL};
  int on = 1;
  if (inet_pton(AF_INET, name, &to.sin_addr) != 1) fail("write an address");
  if (connect(line.fd, (struct sockaddr *)&to, sizeof to)) fail("cannot connect");
  setsockopt(line.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls_context) {
    line.tls = tls_new(tls_context);
    tls_set_fd(line.tls, line.fd);
    if (tls_connect(line.tls) != 1) fail("no TLS");
  }
  return line;
}

/* Give how many bytes came; 0 at the end. */
static long received(struct line *line, void *into, long size) {
  return line->tls ? tls_read(line->tls, into, (int)size) : read(line->fd, into, size);
}

static void send_all(struct line *line, const char *data, long size) {
  for (long sent = 0, n; sent < size; sent += n) {
    n = line->tls ? tls_write(line->tls, data + sent, (int)(size - sent))
                  : write(line->fd, data + sent, size - sent);
    if (n <= 0) fail("cannot write");
  }
}

static inline void read_fields(struct answer *answer, char *head) {
  answer->status = atoi(head + strlen("HTTP/1.1 "));
  for (char *field = head; (field = strstr(field, "\r\n")); ) {
    field += 2;
    if (!strncasecmp(field, "Content-Length:", 15)) answer->size = atol(field + 15);
    if (!strncasecmp(field, "Location: ", 10)) {
      char *path = field + 10;
      if (*path != '/') path = strchr(strstr(path, "://") + 3, '/');
      snprintf(answer->place, HEAD, "%.*s", (int)strcspn(path, "\r"), path);
    }
  }
}

/* Ask for path, with one header and a body of size bytes; read the answer, which must have the
   status wanted. Its body is kept if that is the wish, for the caller to free. */
static inline struct answer ask(struct line *line, const char *method, const char *path,
                                const char *header, const char *body, long size, int wanted, int keeps) {
  char head[HEAD];
  struct answer answer = {0};
  int length = snprintf(head, HEAD, "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: %ld\r\n\r\n",
                        method, path, line->host, header, size);
  send_all(line, head, length);
  send_all(line, body, size);
  long got = 0, n;
  char *end = NULL;
  head[0] = 0;
  while (!(end = strstr(head, "\r\n\r\n"))) {
    if ((n = received(line, head + got, HEAD - 1 - got)) <= 0) fail("no answer");
    head[got += n] = 0;
  }
  end[2] = 0;
  read_fields(&answer, head);
  if (answer.status != wanted) fail(head);
  if (!strcmp(method, "HEAD")) answer.size = 0;
  answer.body = malloc(answer.size + 1);
  long have = head + got - (end + 4);
  memcpy(answer.body, end + 4, have);
  for (; have < answer.size; have += n)
    if ((n = received(line, answer.body + have, answer.size - have)) <= 0) fail("cut off");
  if (!keeps) {
    free(answer.body);
    answer.body = NULL;
  }
  return answer;
}
