#if !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700 /* realpath, sigaction */
#endif
#include "output.h"
#include "program.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a signal handler may read. */
static char doomed[output_most][PATH_MAX];

/* The default effect comes back last: a second signal, which timeout(1) sends, would end the program in another thread with the files still there. */
static void remove_partial(int signal_number) {
    for (int i = 0; i < output_most; i++)
        if (doomed[i][0] != '\0') unlink(doomed[i]);
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* on return */
}

/* The signals that end a program by its user's wish; one that is ignored (nohup) stays so. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

static void handle(int is_watched) {
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = is_watched ? remove_partial : SIG_DFL;
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(ending[i], &action, NULL);
}

static void watch(const char *partial) {
    for (int i = 0; i < output_most; i++) {
        if (doomed[i][0] != '\0') continue;
        snprintf(doomed[i], sizeof doomed[i], "%s", partial);
        break;
    }
    handle(1);
}

static void watch_no_more(const char *partial) {
    int left = 0;
    for (int i = 0; i < output_most; i++) {
        if (strcmp(doomed[i], partial) == 0) doomed[i][0] = '\0';
        left |= doomed[i][0] != '\0';
    }
    if (!left) handle(0);
}

static void forget(output *o) {
    free(o->path);
    free(o->partial);
    *o = (output){.file = NULL};
}

/* A link is followed, so that it stays one. */
static char *resolve(const char *name) {
    char *path = realpath(name, NULL);
    if (path != NULL) return path;
    path = program_resize(NULL, strlen(name) + 1, 1);
    return strcpy(path, name);
}

int output_open(output *o, const char *option, const char *name) {
    struct stat there;
    *o = (output){.option = option, .name = name};
    if (name == NULL) return -1;
    if (strcmp(name, "-") == 0) {
        o->file = stdout;
        return -1;
    }
    if (stat(name, &there) == 0 && !S_ISREG(there.st_mode)) /* nothing may take the place of a device or a pipe */
        o->file = fopen(name, "w");
    else {
        o->path = resolve(name);
        size_t size = strlen(o->path) + 32;
        o->partial = program_resize(NULL, size, 1);
        snprintf(o->partial, size, "%s.partial.%ld", o->path, (long)getpid());
        watch(o->partial);
        errno = ENAMETOOLONG;
        if (size <= sizeof doomed[0]) o->file = fopen(o->partial, "wx");
    }
    if (o->file == NULL) {
        int code = program_usage("%s %s: it cannot be written: %s", option, name, strerror(errno));
        if (o->partial != NULL) watch_no_more(o->partial);
        forget(o);
        return code;
    }
    return -1;
}

int output_close(output *o, int keep, int code) {
    if (o->file == NULL || o->file == stdout) return code;
    int failed = ferror(o->file);
    if (fclose(o->file) != 0) failed = 1;
    if (!failed && keep && o->partial != NULL && rename(o->partial, o->path) != 0) failed = 1;
    int reason = errno;
    if (o->partial != NULL) {
        watch_no_more(o->partial);
        if (failed || !keep) unlink(o->partial);
    }
    if (failed) {
        program_say("%s %s could not be written in full: %s", o->option, o->name, strerror(reason));
        code = exit_wrong;
    }
    forget(o);
    return code;
}
