/* large_sparse.c: tensors that are one small file mapped over and over, for the CPU. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* memfd_create, MAP_NORESERVE */
#endif
#include "large.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int sparse_file(const char *name, size_t bytes) {
    int file = memfd_create(name, 0);
    if (file < 0 || ftruncate(file, (off_t)bytes) == 0) return file;
    close(file);
    return -1;
}

char *sparse_map(size_t bytes, int file, size_t file_bytes) {
    char *base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return NULL;
    for (size_t at = 0; at < bytes; at += file_bytes)
        if (mmap(base + at, bytes - at < file_bytes ? bytes - at : file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) ==
            MAP_FAILED)
            return NULL;
    return base;
}

void sparse_unmap(char *base, size_t bytes) {
    if (base != NULL) munmap(base, bytes);
}

int sparse_own(char *start, size_t bytes, int poison) {
    void *got = mmap(start, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (got == MAP_FAILED) return 0;
    memset(got, poison, bytes);
    return 1;
}
