/* The floor of finding out: one HEAD for each path at every registry, a number of them at a time,
   and nothing else. asker plain|tls LINES FILE HOST:PORT...
   FILE has a path a line. */
#include <pthread.h>

#include "line.h"

enum { PATHS = 200000, HOSTS = 16 };
static char *paths[PATHS];
static int count, hosts, next[HOSTS];
static char **names;

static void *work(void *number) {
  int host = (int)((long)number % hosts);
  struct line line = line_to(names[host]);
  for (int i; (i = __atomic_fetch_add(&next[host], 1, __ATOMIC_RELAXED)) < count;)
    ask(&line, "HEAD", paths[i], "Accept: application/vnd.oci.image.manifest.v1+json", "", 0, 200, 0);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 4 + HOSTS) return 2;
  if (!strcmp(argv[1], "tls")) use_tls();
  hosts = argc - 4;
  names = argv + 4;
  FILE *file = fopen(argv[3], "r");
  char path[HEAD];
  while (file && count < PATHS && fgets(path, HEAD, file)) {
    path[strcspn(path, "\n")] = 0;
    paths[count++] = strdup(path);
  }
  int lines = atoi(argv[2]) * hosts;
  pthread_t threads[lines];
  for (long i = 0; i < lines; i++) pthread_create(&threads[i], NULL, work, (void *)i);
  for (int i = 0; i < lines; i++) pthread_join(threads[i], NULL);
  return 0;
}
