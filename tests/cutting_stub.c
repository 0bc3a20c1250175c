/*
 * cutting_stub.c: does to a program that has it preloaded what an OpenCL loader may do to the environment, so that calls.cmake sees whether ramp-calls' children are
 * spared. CALLS_PATHS is a list of two: as OpenCL is opened, it is cut off after the first, where it stands. A child that has only one has another CPU device.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_child(void) {
    char words[4096] = "";
    FILE *file = fopen("/proc/self/cmdline", "r");
    if (file == NULL) return 0;
    const size_t length = fread(words, 1, sizeof words - 1, file);
    fclose(file);
    for (size_t i = 0; i < length; i++)
        if (words[i] == '\0') words[i] = ' ';
    return strstr(words, " --child ") != NULL;
}

__attribute__((constructor)) static void begin(void) {
    const char *paths = getenv("CALLS_PATHS");
    if (paths != NULL && strchr(paths, ':') == NULL && is_child()) setenv("POCL_DEVICES", "basic", 1);
}

void *dlopen(const char *file, int mode) {
    void *(*next)(const char *, int);
    *(void **)&next = dlsym(RTLD_NEXT, "dlopen");
    char *paths = getenv("CALLS_PATHS");
    if (paths != NULL && file != NULL && strstr(file, "OpenCL") != NULL) paths[strcspn(paths, ":")] = '\0';
    return next(file, mode);
}
