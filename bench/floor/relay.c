/* The floor of moving bytes: receive, hash (SHA-256), send, and nothing else.
   relay plain|tls SOURCE SINK, each as HOST:PORT. It prints how many bytes there were. */
#include "line.h"

enum { SIZE = 256 * 1024 };
static char buffer[SIZE];

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  void *crypto = library("libcrypto.so.3", "libcrypto.so");
  void *(*make)(void) = (void *(*)(void))function(crypto, "EVP_MD_CTX_new");
  void *(*sha256)(void) = (void *(*)(void))function(crypto, "EVP_sha256");
  int (*start)(void *, void *, void *) =
      (int (*)(void *, void *, void *))function(crypto, "EVP_DigestInit_ex");
  int (*update)(void *, const void *, size_t) =
      (int (*)(void *, const void *, size_t))function(crypto, "EVP_DigestUpdate");
  int (*finish)(void *, unsigned char *, unsigned *) =
      (int (*)(void *, unsigned char *, unsigned *))function(crypto, "EVP_DigestFinal_ex");
  if (!strcmp(argv[1], "tls")) use_tls();
  struct line source = line_to(argv[2]), sink = line_to(argv[3]);
  void *hash = make();
  start(hash, sha256(), NULL);
  long long total = 0;
  for (long got; (got = received(&source, buffer, SIZE)) > 0; total += got) {
    update(hash, buffer, got);
    send_all(&sink, buffer, got);
  }
  unsigned char digest[64];
  unsigned length;
  finish(hash, digest, &length);
  printf("%lld ", total);
  for (unsigned i = 0; i < length; i++) printf("%02x", digest[i]);
  printf("\n");
  return 0;
}
