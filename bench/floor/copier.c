/* The floor of copying: the requests without which there is no copy, many images at a time, and
   nothing else: it need not find out what there is, nor what is missing.
   copier plain|tls IMAGES PLAN SOURCE DESTINATION..., registries as HOST:PORT.
   A line of PLAN is one of these; the images come last:
     blob REPOSITORY DIGEST              is read once and sent to every destination
     mount REPOSITORY DIGEST FROM        is there in another repository
     image REPOSITORY TAG TYPE DIGEST... is a manifest, and the blobs that it alone has */
#include "line.h"
#include "many.h"

enum { ENDS = 16 };
static char **names;
static int next, ends;

static void mount(struct line *lines, const char *repository, const char *digest, const char *from) {
  char path[HEAD];
  snprintf(path, HEAD, "/v2/%s/blobs/uploads/?mount=%s&from=%s", repository, digest, from);
  for (int i = 1; i < ends; i++) ask(&lines[i], "POST", path, "Accept: */*", "", 0, 201, 0);
}

static void blob(struct line *lines, const char *repository, const char *digest) {
  char path[HEAD], uploads[HEAD], place[HEAD + 256];
  snprintf(path, HEAD, "/v2/%s/blobs/%s", repository, digest);
  snprintf(uploads, HEAD, "/v2/%s/blobs/uploads/", repository);
  struct answer read = ask(&lines[0], "GET", path, "Accept: */*", "", 0, 200, 1);
  for (int i = 1; i < ends; i++) {
    struct answer begun = ask(&lines[i], "POST", uploads, "Accept: */*", "", 0, 202, 0);
    char mark = strchr(begun.place, '?') ? '&' : '?';
    snprintf(place, sizeof place, "%s%cdigest=%s", begun.place, mark, digest);
    ask(&lines[i], "PUT", place, "Content-Type: application/octet-stream", read.body, read.size, 201, 0);
  }
  free(read.body);
}

static void image(struct line *lines, const char *repository, char *rest) {
  char path[HEAD], accept[256], type[256], *tag = strtok_r(NULL, " ", &rest);
  char *media_type = strtok_r(NULL, " ", &rest);
  snprintf(path, HEAD, "/v2/%s/manifests/%s", repository, tag);
  snprintf(accept, sizeof accept, "Accept: %s", media_type);
  snprintf(type, sizeof type, "Content-Type: %s", media_type);
  struct answer read = ask(&lines[0], "GET", path, accept, "", 0, 200, 1);
  for (char *digest; (digest = strtok_r(NULL, " ", &rest));) blob(lines, repository, digest);
  for (int i = 1; i < ends; i++) ask(&lines[i], "PUT", path, type, read.body, read.size, 201, 0);
  free(read.body);
}

static void step(struct line *lines, char *text) {
  char *rest, *what = strtok_r(text, " ", &rest), *repository = strtok_r(NULL, " ", &rest);
  if (!strcmp(what, "image")) {
    image(lines, repository, rest);
    return;
  }
  char *digest = strtok_r(NULL, " ", &rest);
  if (!strcmp(what, "blob")) blob(lines, repository, digest);
  else mount(lines, repository, digest, rest);
}

static void open_lines(struct line *lines) {
  for (int i = 0; i < ends; i++) lines[i] = line_to(names[i]);
}

static void *work(void *unused) {
  (void)unused;
  struct line lines[ENDS];
  open_lines(lines);
  for (int i; (i = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED)) < count;) step(lines, texts[i]);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 6 || argc > 4 + ENDS) return 2;
  if (!strcmp(argv[1], "tls")) use_tls();
  ends = argc - 4;
  names = argv + 4;
  read_texts(argv[3]);
  struct line lines[ENDS];
  open_lines(lines);
  while (next < count && strncmp(texts[next], "image ", 6)) step(lines, texts[next++]);
  at_once(atoi(argv[2]), work);
  return 0;
}
