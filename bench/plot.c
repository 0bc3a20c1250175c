#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "plot.h"
#include "program.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char absent[] = "--plot: gnuplot is not on the PATH: apt-get install gnuplot-nox (or draw elsewhere from --json: ramp-bench "
                             "--read FILE --plot FILE.svg)";

int plot_check(void) {
    const char *path = getenv("PATH");
    for (const char *entry; path != NULL && (entry = program_next_entry(&path, ":")) != NULL;) {
        char name[600];
        snprintf(name, sizeof name, "%s/gnuplot", *entry != '\0' ? entry : ".");
        if (access(name, X_OK) == 0) return -1;
    }
    program_say("%s", absent);
    return exit_absent;
}

/* ---- gnuplot: the script goes into its standard input, its SVG into the file ---- */

typedef struct drawing {
    FILE *script;
    pid_t child;
} drawing;

static int start(drawing *d, FILE *out) {
    int ends[2];
    fflush(out);
    if (pipe(ends) != 0) return 0;
    d->child = fork();
    if (d->child == 0) {
        char *const arguments[] = {"gnuplot", NULL};
        dup2(ends[0], STDIN_FILENO);
        dup2(fileno(out), STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    close(ends[0]);
    d->script = d->child > 0 ? fdopen(ends[1], "w") : NULL;
    return d->script != NULL;
}

static int finish(drawing *d) {
    int state = 0, written = fclose(d->script) == 0;
    while (waitpid(d->child, &state, 0) < 0)
        if (errno != EINTR) return 0;
    return written && WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

/* ---- The script ---- */

/* In double quotes, where gnuplot reads backslashes, and in labels, where it would read ^ and _ but for noenhanced. */
static void put_quoted(FILE *script, const char *text) {
    fputc('"', script);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', script);
        if ((unsigned char)*text >= 0x20) fputc(*text, script);
    }
    fputc('"', script);
}

/* The first of the rows of the same work is the panel. */
static int is_first_of(const bench_records *r, size_t row, int same_device) {
    for (size_t i = 0; i < row; i++)
        if (record_is_same_work(&r->row[i], &r->row[row]) && (!same_device || strcmp(r->row[i].device, r->row[row].device) == 0)) return 0;
    return 1;
}

static double roof_gbs(const bench_record *row) { return row->bytes / row->roof_ms * 1e-6; }

/* A block of data: size and value of each row of this work on this device. */
static void put_data(FILE *script, const char *name, const bench_records *r, const bench_record *like, const char *device, int is_roof) {
    fprintf(script, "$%s << EOD\n", name);
    for (size_t i = 0; i < r->count; i++) {
        const bench_record *row = &r->row[i];
        const double value = is_roof ? roof_gbs(row) : row->gbs;
        if (record_is_same_work(row, like) && strcmp(row->device, device) == 0 && row->is_verified && isfinite(value))
            fprintf(script, "%.0f %.6g\n", row->elements, value);
    }
    fputs("EOD\n", script);
}

/* PyTorch's rows have no caches of their own to speak of: its curve is drawn beside any. */
static const bench_record *torch_of(const bench_records *torch, const bench_record *row) {
    for (size_t i = 0; torch != NULL && i < torch->count; i++) {
        bench_record t = torch->row[i];
        memcpy(t.cache, row->cache, sizeof t.cache);
        if (record_is_same_work(&t, row)) return &torch->row[i];
    }
    return NULL;
}

static void put_panel(FILE *script, const bench_records *r, const bench_records *torch, const bench_record *panel) {
    static const char *const colour[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"};
    const bench_record *t = torch_of(torch, panel);
    char text[384], name[32];
    size_t curve = 0;
    bench_record heading = *panel;
    heading.shape[0] = heading.device[0] = '\0';
    for (size_t i = 0; i < r->count; i++) {
        if (!record_is_same_work(&r->row[i], panel) || !is_first_of(r, i, 1)) continue;
        snprintf(name, sizeof name, "curve%zu", curve);
        put_data(script, name, r, panel, r->row[i].device, 0);
        snprintf(name, sizeof name, "roof%zu", curve++);
        put_data(script, name, r, panel, r->row[i].device, 1);
    }
    if (t != NULL) put_data(script, "torch", torch, t, t->device, 0);
    record_text(&heading, text);
    text[strlen(text) - strlen(" on ")] = '\0';
    fputs("set title ", script);
    put_quoted(script, text);
    fputs("\nplot ", script);
    curve = 0;
    for (size_t i = 0; i < r->count; i++) {
        const bench_record *row = &r->row[i];
        if (!record_is_same_work(row, panel) || !is_first_of(r, i, 1)) continue;
        const bench_machine *m = records_machine(r, row->device);
        const char *c = colour[curve % (sizeof colour / sizeof colour[0])];
        fprintf(script, "%s$curve%zu using 1:2 with linespoints lw 2 pt 7 ps 0.4 lc rgb \"%s\" title ", curve > 0 ? ", " : "", curve, c);
        snprintf(text, sizeof text, "%s (%.60s)", row->device, m != NULL ? m->name : "?");
        put_quoted(script, text);
        fprintf(script, ", $roof%zu using 1:2 with lines dt 2 lw 1.5 lc rgb \"%s\" title ", curve, c);
        snprintf(text, sizeof text, "roof of %s", row->device);
        put_quoted(script, text);
        if (m != NULL && isfinite(m->theory_gbs)) {
            fprintf(script, ", %.6g with lines dt 3 lw 1 lc rgb \"%s\" title ", m->theory_gbs, c);
            snprintf(text, sizeof text, "memory of %s in theory", row->device);
            put_quoted(script, text);
        }
        curve++;
    }
    if (t != NULL) fputs(", $torch using 1:2 with linespoints lw 2 pt 5 ps 0.4 lc rgb \"#000000\" title \"PyTorch eager\"", script);
    fputc('\n', script);
}

static size_t count_panels(const bench_records *r) {
    size_t panels = 0;
    for (size_t i = 0; i < r->count; i++) panels += (size_t)is_first_of(r, i, 0);
    return panels;
}

static void put_script(FILE *script, const bench_records *r, const bench_records *torch, size_t panels) {
    const size_t columns = panels > 1 ? 2 : 1, lines = (panels + columns - 1) / columns;
    fprintf(script, "set terminal svg size %zu,%zu noenhanced font \"sans-serif,12\" background \"#ffffff\"\n", 640 * columns, 420 * lines);
    fputs("set encoding utf8\nset logscale x 2\nset format x \"2^%L\"\nset xlabel \"elements\"\nset ylabel \"GB/s\"\nset yrange [0:*]\nset "
          "grid lc rgb \"#dddddd\"\n"
          "set key below\n",
          script);
    fprintf(script, "set multiplot layout %zu,%zu\n", lines, columns);
    for (size_t i = 0; i < r->count; i++)
        if (is_first_of(r, i, 0)) put_panel(script, r, torch, &r->row[i]);
    fputs("unset multiplot\n", script);
}

int plot_draw(const bench_records *r, const bench_records *torch, FILE *out) {
    const size_t panels = count_panels(r);
    drawing d;
    struct sigaction ignore, before;
    if (panels == 0) {
        program_say("--plot: there is no result to draw");
        return exit_wrong;
    }
    if (panels > plot_most_panels)
        return program_usage("--plot: %zu panels, one for each op, pass, dtype, saved kind, layout and caches; at most %d: choose with "
                             "--op, --pass, --dtype",
                             panels, (int)plot_most_panels);
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN; /* a gnuplot that ends early must not end this program */
    sigaction(SIGPIPE, &ignore, &before);
    int drawn = start(&d, out);
    if (drawn) {
        put_script(d.script, r, torch, panels);
        drawn = finish(&d);
    }
    sigaction(SIGPIPE, &before, NULL);
    if (drawn) return -1;
    program_say("--plot: gnuplot could not draw: what it said is above");
    return exit_wrong;
}
