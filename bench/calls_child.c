#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* pipe2, nftw */
#endif
#include "calls_child.h"
#include "calls_parts.h"
#include "program.h"
#include "progress.h"
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- Samples ---- */

static calls_samples *samples_of(calls_lane *lane, const char *name) {
    for (size_t i = 0; i < lane->kinds; i++)
        if (strcmp(lane->samples[i].name, name) == 0) return &lane->samples[i];
    lane->samples = program_resize(lane->samples, lane->kinds + 1, sizeof *lane->samples);
    calls_samples *s = &lane->samples[lane->kinds++];
    *s = (calls_samples){.count = 0};
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

static void add_sample(calls_lane *lane, const char *name, double value) {
    calls_samples *s = samples_of(lane, name);
    if (s->count == s->capacity) {
        s->capacity = s->capacity > 0 ? 2 * s->capacity : 16;
        s->value = program_resize(s->value, s->capacity, sizeof *s->value);
    }
    s->value[s->count++] = value;
}

static void add_gap(calls_lane *lane, calls_part part, int is_failure, const char *reason) {
    lane->gap = program_resize(lane->gap, lane->gaps + 1, sizeof *lane->gap);
    calls_gap *gap = &lane->gap[lane->gaps++];
    *gap = (calls_gap){.part = part, .is_failure = is_failure};
    snprintf(gap->reason, sizeof gap->reason, "%.1000s", reason);
}

bench_stats calls_stats(const calls_lane *lane, const char *name) {
    for (size_t i = 0; i < lane->kinds; i++)
        if (strcmp(lane->samples[i].name, name) == 0) return stats_of(lane->samples[i].value, lane->samples[i].count);
    return stats_of(NULL, 0);
}

void calls_lane_free(calls_lane *lane) {
    for (size_t i = 0; i < lane->kinds; i++) free(lane->samples[i].value);
    free(lane->samples);
    free(lane->gap);
}

/* ---- The process ---- */

/* What a child has said, line by line. */
typedef struct ear {
    calls_lane *lane;   /* NULL: its samples are not kept */
    const char *device; /* which one it is to measure */
    char line[2048], failure[1024], absent[1024];
    size_t length;
} ear;

static void take_line(ear *e) {
    const size_t mark = strlen(CALLS_SAMPLE);
    if (strncmp(e->line, CALLS_FAILURE, mark) == 0) snprintf(e->failure, sizeof e->failure, "%.1000s", e->line + mark);
    if (strncmp(e->line, CALLS_DEVICE, mark) == 0 && strcmp(e->line + mark, e->device) != 0) {
        snprintf(e->failure, sizeof e->failure, "the process found another device, %.900s", e->line + mark);
        e->lane = NULL;
    }
    if (strncmp(e->line, CALLS_ABSENT, mark) == 0) snprintf(e->absent, sizeof e->absent, "%.1000s", e->line + mark);
    char *tab = strchr(e->line, '\t');
    if (strncmp(e->line, CALLS_SAMPLE, mark) != 0 || tab == NULL || e->lane == NULL) return;
    *tab = '\0';
    add_sample(e->lane, e->line + mark, strtod(tab + 1, NULL));
}

/* What does not fit a line is cut off. */
static void hear(ear *e, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\n') {
            if (e->length + 1 < sizeof e->line) e->line[e->length++] = text[i];
            continue;
        }
        e->line[e->length] = '\0';
        take_line(e);
        e->length = 0;
    }
}

/* 0: the time was over before the child had said all. */
static int listen_to(ear *e, int fd, double until) {
    for (;;) {
        char text[4096];
        const double left = until - progress_clock();
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        if (left <= 0) return 0;
        const int ready = poll(&waiting, 1, left < 1 ? (int)(left * 1000) + 1 : 1000);
        if (ready < 0 && errno != EINTR) return 1;
        if (ready <= 0) continue;
        const ssize_t got = read(fd, text, sizeof text);
        if (got == 0 || (got < 0 && errno != EINTR)) return 1;
        if (got > 0) hear(e, text, (size_t)got);
    }
}

/* 0: it does not end, even when killed: it hangs in the kernel, and is left. */
static int wait_for(pid_t child, double seconds, int *status) {
    const double until = progress_clock() + seconds;
    for (;;) {
        const pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child) return 1;
        if (ended < 0 && errno != EINTR) return 0;
        if (progress_clock() > until) return 0;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
}

/* The environment as it was when the program began. */
static char **first_environment;

void calls_environment_keep(void) {
    size_t count = 0;
    while (environ[count] != NULL) count++;
    first_environment = program_resize(NULL, count + 1, sizeof *first_environment);
    for (size_t i = 0; i < count; i++) {
        const size_t bytes = strlen(environ[i]) + 1;
        first_environment[i] = memcpy(program_resize(NULL, bytes, 1), environ[i], bytes);
    }
    first_environment[count] = NULL;
}

void calls_environment_free(void) {
    for (char **entry = first_environment; entry != NULL && *entry != NULL; entry++) free(*entry);
    free(first_environment);
}

/* That environment, but drivers keep their kernels in this folder. */
static char **environment_with(const char *cache, char text[2][128]) {
    static const char *const variable[] = {"CUDA_CACHE_PATH=", "POCL_CACHE_DIR="};
    size_t count = 0, kept = 0;
    while (first_environment[count] != NULL) count++;
    char **made = program_resize(NULL, count + 3, sizeof *made);
    for (size_t i = 0; i < count; i++) {
        int is_replaced = 0;
        for (int v = 0; v < 2; v++) is_replaced |= cache != NULL && strncmp(first_environment[i], variable[v], strlen(variable[v])) == 0;
        if (!is_replaced) made[kept++] = first_environment[i];
    }
    for (int v = 0; v < 2 && cache != NULL; v++) {
        snprintf(text[v], 128, "%s%s", variable[v], cache);
        made[kept++] = text[v];
    }
    made[kept] = NULL;
    return made;
}

static int start_child(const calls_lane *lane, const calls_options *o, calls_part part, calls_start start, const char *cache, pid_t *child,
                       int *fd) {
    char number[2][24], threads[256] = "", folder[2][128];
    int ends[2];
    snprintf(number[0], sizeof number[0], "%d", o->calls);
    snprintf(number[1], sizeof number[1], "%d", o->reps);
    for (int w = 0; w < o->widths; w++)
        snprintf(threads + strlen(threads), sizeof threads - strlen(threads), "%s%d", w > 0 ? "," : "", o->threads[w]);
    const char *const argv[] = {"ramp-calls",
                                "--backend",
                                lane->info.selector,
                                "--child",
                                calls_part_names[part],
                                "--start",
                                calls_start_names[start],
                                "--op",
                                o->op_text,
                                "--threads",
                                threads,
                                "--calls",
                                number[0],
                                "--reps",
                                number[1],
                                NULL};
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    posix_spawn_file_actions_t actions;
    char **environment = environment_with(cache, folder);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int code = posix_spawn(child, "/proc/self/exe", &actions, NULL, (char *const *)(size_t)argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    close(ends[1]);
    *fd = ends[0];
    if (code != 0) close(ends[0]);
    return code;
}

/* The words for how it ended; NULL: well. */
static const char *judge(const ear *e, int has_ended, int status, double timeout, char words[1200]) {
    if (!has_ended)
        snprintf(words, 1200, "it did not end within %g s (--timeout) and was ended", timeout);
    else if (e->failure[0] != '\0')
        snprintf(words, 1200, "%s", e->failure);
    else if (WIFSIGNALED(status))
        snprintf(words, 1200, "the process was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != exit_done)
        snprintf(words, 1200, "the process exited with %d", WEXITSTATUS(status));
    else
        return NULL;
    return words;
}

static int run(calls_lane *lane, const calls_options *o, calls_part part, calls_start start, const char *cache, int keeps) {
    static ear e;
    pid_t child;
    int fd = -1, status = 0;
    char words[1200], reason[1400], device[calls_identity_size];
    const int code = start_child(lane, o, part, start, cache, &child, &fd);
    if (code != 0) {
        snprintf(reason, sizeof reason, "no process could be started: %s", strerror(code));
        add_gap(lane, part, 1, reason);
        return -1;
    }
    e = (ear){.lane = keeps ? lane : NULL, .device = calls_identity(&lane->info, device)};
    const double until = progress_clock() + o->timeout;
    int has_ended = listen_to(&e, fd, until);
    close(fd);
    has_ended = has_ended && wait_for(child, until - progress_clock() + 1, &status);
    if (!has_ended) {
        kill(child, SIGKILL);
        wait_for(child, 5, &status);
    }
    if (e.absent[0] != '\0') add_gap(lane, part, 0, e.absent);
    if (judge(&e, has_ended, status, o->timeout, words) == NULL) return 0;
    snprintf(reason, sizeof reason, "%s%s%s", part == PART_FIRST ? calls_start_names[start] : "", part == PART_FIRST ? ": " : "", words);
    add_gap(lane, part, 1, reason);
    return -1;
}

int calls_child_run(calls_lane *lane, const calls_options *o, calls_part part, calls_start start, const char *cache) {
    return run(lane, o, part, start, cache, 1);
}

int calls_child_fill(calls_lane *lane, const calls_options *o, calls_start start, const char *cache) {
    return run(lane, o, PART_FIRST, start, cache, 0);
}

/* ---- Folders ---- */

int calls_folder_new(char path[64]) {
    const char *where = getenv("TMPDIR");
    if (where == NULL || *where == '\0' || snprintf(path, 64, "%s/ramp-calls-XXXXXX", where) >= 64)
        snprintf(path, 64, "/tmp/ramp-calls-XXXXXX");
    return mkdtemp(path) != NULL ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at) {
    (void)about, (void)kind, (void)at;
    return remove(path);
}

void calls_folder_remove(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }
