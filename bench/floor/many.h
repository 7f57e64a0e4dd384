/* Many at a time: the lines of a file, and threads that share them. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 200000, LINE = 16 * 1024 };

static char *texts[LINES];
static int count;

static void read_texts(const char *path) {
  FILE *file = fopen(path, "r");
  char text[LINE];
  while (file && count < LINES && fgets(text, LINE, file)) {
    text[strcspn(text, "\n")] = 0;
    texts[count++] = strdup(text);
  }
}

static void at_once(int many, void *(*work)(void *)) {
  pthread_t threads[many];
  for (long i = 0; i < many; i++) pthread_create(&threads[i], NULL, work, (void *)i);
  for (int i = 0; i < many; i++) pthread_join(threads[i], NULL);
}
