/* The floor of finding out: one HEAD for each path at every registry, a number of them at a time,
   and nothing else. asker plain|tls LINES FILE HOST:PORT...
   FILE has a path a line. */
#include "line.h"
#include "many.h"

enum { HOSTS = 16 };
static int hosts, next_at[HOSTS];
static char **names;

static void *work(void *number) {
  int host = (int)((long)number % hosts);
  struct line line = line_to(names[host]);
  for (int i; (i = __atomic_fetch_add(&next_at[host], 1, __ATOMIC_RELAXED)) < count;)
    ask(&line, "HEAD", texts[i], "Accept: application/vnd.oci.image.manifest.v1+json", "", 0, 200, 0);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 4 + HOSTS) return 2;
  if (!strcmp(argv[1], "tls")) use_tls();
  hosts = argc - 4;
  names = argv + 4;
  read_texts(argv[3]);
  at_once(atoi(argv[2]) * hosts, work);
  return 0;
}
