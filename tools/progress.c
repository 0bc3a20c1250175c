#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    int on, is_terminal, shown;
    double total, done;
    double begun, last;        /* the program's start, and when the line was last written */
    double work_begun, worked; /* the seconds that the work done took */
} state;

double progress_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_begin(double total, int quiet) {
    state.on = !quiet;
    state.is_terminal = isatty(STDERR_FILENO);
    state.total = total;
    state.begun = progress_clock();
}

void progress_clear(void) {
    if (state.shown) fputs("\r\033[K", stderr);
    state.shown = 0;
}

void progress_show(const char *format, ...) {
    double now = progress_clock();
    state.work_begun = now;
    /* A terminal's one line is rewritten; a log gets a line now and then. */
    if (!state.on || now - state.begun < 2 || now - state.last < (state.is_terminal ? 0.1 : 10)) return;
    state.last = now;
    char line[160], left[48] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    /* Before that, the first of the work may have waited for a compiler. */
    if (state.done * 500 > state.total) {
        double ahead = state.total > state.done ? state.total - state.done : 0.0; /* both are guesses */
        double seconds = state.worked / state.done * ahead;
        if (seconds < 90)
            snprintf(left, sizeof left, ", about %.0f s left", seconds);
        else if (seconds < 7200)
            snprintf(left, sizeof left, ", about %.0f min left", seconds / 60);
        else
            snprintf(left, sizeof left, ", about %.1f h left", seconds / 3600);
    }
    progress_clear();
    /* 78 columns: a line that wraps could not be wiped. */
    fprintf(stderr, "%.*s%s%s", 78 - (int)strlen(left), line, left, state.is_terminal ? "" : "\n");
    fflush(stderr);
    state.shown = state.is_terminal;
}

void progress_add(double work) {
    double now = progress_clock();
    state.done += work;
    state.worked += now - state.work_begun;
    state.work_begun = now;
}
