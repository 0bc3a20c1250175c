/* calls_parts.c: the parts that begin when all is warm: steady, counts, graph. */
#include "calls_parts.h"
#include "calls_count.h"
#include "calls_desk.h"
#include "program.h"

#include <stdarg.h>
#include <string.h>

void calls_sample(double value, const char *name, ...) {
    va_list arguments;
    fputs(CALLS_SAMPLE, stdout);
    va_start(arguments, name);
    vprintf(name, arguments);
    va_end(arguments);
    printf("\t%.9g\n", value);
}

int calls_failed(const char *words) {
    printf("%s%s\n", CALLS_FAILURE, words);
    return exit_wrong;
}

void calls_absent(const char *words) { printf("%s%s\n", CALLS_ABSENT, words); }

const char *calls_identity(const ramp_device_info *info, char text[calls_identity_size]) {
    snprintf(text, calls_identity_size, "%s, %s", info->name, info->driver);
    return text;
}

int calls_tell_device(const ramp_device *device) {
    ramp_device_info info;
    char text[calls_identity_size];
    if (ramp_device_describe(device, &info) != RAMP_OK) return -1;
    printf("%s%s\n", CALLS_DEVICE, calls_identity(&info, text));
    return 0;
}

/* ---- steady ---- */

typedef enum thing { THING_RAMP, THING_BARE, THING_ARGUMENTS, THING_ALONE, THING_RAMP_OWN, THING_BARE_OWN, things } thing;
static const char *const thing_names[things] = {CALLS_RAMP, CALLS_BARE, CALLS_ARGUMENTS, CALLS_ALONE, CALLS_RAMP_OWN, CALLS_BARE_OWN};

typedef struct turn {
    thing thing;
    bench_pass pass;
    int calls;
} turn;

static int has_thing(const calls_desk *desk, thing t, int threads) {
    switch (t) {
    case THING_BARE: return desk->driver.launch != NULL;
    case THING_ARGUMENTS: return desk->driver.has_arguments;
    case THING_ALONE: return desk->driver.has_contexts;
    case THING_RAMP_OWN:
    case THING_BARE_OWN: return desk->driver.queues != NULL && threads > 1;
    default: return 1;
    }
}

static int set_context(calls_desk *desk, int thread, const void *what, char reason[1024]) {
    const turn *t = what;
    (void)thread;
    if (!desk->driver.has_contexts || desk->driver.make_current(&desk->driver, t->thing != THING_ALONE) == 0) return 0;
    snprintf(reason, 1024, "%s", desk->driver.reason);
    return -1;
}

static int call_ramp(calls_desk *desk, int thread, const turn *t, char reason[1024]) {
    for (int i = 0; i < t->calls; i++)
        if (calls_desk_call(desk, thread, t->pass, t->thing == THING_RAMP_OWN) != 0) {
            snprintf(reason, 1024, "ramp_%s: %s", bench_pass_names[t->pass], ramp_last_error());
            return -1;
        }
    return 0;
}

static int take_turn(calls_desk *desk, int thread, const void *what, char reason[1024]) {
    const turn *t = what;
    calls_driver *d = &desk->driver;
    if (t->thing == THING_RAMP || t->thing == THING_ALONE || t->thing == THING_RAMP_OWN) return call_ramp(desk, thread, t, reason);
    int (*launch)(calls_driver *, void *, int, bench_pass, const calls_memory *) =
        t->thing == THING_ARGUMENTS ? d->launch_arguments : d->launch;
    void *queue = t->thing == THING_BARE_OWN ? d->own[thread] : d->queue;
    for (int i = 0; i < t->calls; i++)
        if (launch(d, queue, thread, t->pass, &desk->memory[thread]) != 0) {
            snprintf(reason, 1024, "%s: %s", thing_names[t->thing], d->reason);
            return -1;
        }
    return 0;
}

/* Each thing and pass once, beginning with another one in every round. */
static int run_round(calls_desk *desk, calls_crew *crew, int threads, int calls, int round, int is_timed) {
    for (int i = 0; i < things * bench_passes; i++) {
        const int at = (i + round) % (things * bench_passes);
        const turn t = {.thing = (thing)(at % things), .pass = (bench_pass)(at / things), .calls = calls};
        if (!has_thing(desk, t.thing, threads)) continue;
        const double ns = calls_crew_run(crew, set_context, take_turn, &t);
        if (ns < 0 || calls_desk_wait(desk) != 0) return -1;
        if (is_timed) calls_sample(ns / calls, "%s %d %s", bench_pass_names[t.pass], threads, thing_names[t.thing]);
    }
    return 0;
}

static int make_queues(calls_desk *desk, int threads) {
    if (!has_thing(desk, THING_BARE_OWN, threads) || desk->driver.queues(&desk->driver, threads) == 0) return 0;
    snprintf(desk->reason, sizeof desk->reason, "%s", desk->driver.reason);
    return -1;
}

static int run_steady(calls_desk *desk, const calls_options *o) {
    for (int w = 0; w < o->widths; w++) {
        calls_crew *crew = calls_crew_new(desk, o->threads[w]);
        if (crew == NULL || make_queues(desk, o->threads[w]) != 0) return -1;
        for (int round = -2; round < o->reps; round++) /* two rounds to warm up */
            if (run_round(desk, crew, o->threads[w], o->calls, round + 2, round >= 0) != 0) return -1;
        calls_crew_free(crew);
        fflush(stdout); /* what comes next may hang */
    }
    return 0;
}

/* ---- counts ---- */

static int count_calls(calls_desk *desk, int thread, const void *what, char reason[1024]) {
    calls_count_here(1);
    const int code = call_ramp(desk, thread, what, reason);
    calls_count_here(0);
    return code;
}

static int warm_thread(calls_desk *desk, int thread, const void *what, char reason[1024]) {
    turn once = *(const turn *)what;
    once.calls = 1;
    return call_ramp(desk, thread, &once, reason);
}

/* Functions by whose names something is made: memory, an object, code. */
static int makes_something(const char *name) {
    static const char *const part[] = {"Create", "Alloc", "Load", "Build", "Compile", "GetFunction"};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        if (strstr(name, part[i]) != NULL) return 1;
    return 0;
}

/* How often the driver was asked to make something. */
static unsigned long long count_made(void) {
    unsigned long long made = 0, times;
    const char *name;
    for (int i = 0; (name = calls_count_function(i, &times)) != NULL; i++) made += makes_something(name) ? times : 0;
    return made;
}

static void tell_functions(const char *pass, double calls) {
    unsigned long long times;
    const char *name;
    for (int i = 0; (name = calls_count_function(i, &times)) != NULL; i++)
        if (times > 0) calls_sample((double)times / calls, "%s call %s", pass, name);
}

static void tell_counts(const char *pass, int threads, double calls) {
    const calls_count c = calls_count_get();
    calls_sample((double)c.mallocs, "%s %d mallocs", pass, threads);
    calls_sample((double)count_made(), "%s %d made", pass, threads);
    calls_sample((double)c.driver_mallocs / calls, "%s %d driver mallocs", pass, threads);
    calls_sample((double)c.calls / calls, "%s %d driver calls", pass, threads);
}

static int count_one(calls_desk *desk, calls_crew *crew, const turn *t, calls_task before) {
    calls_count_reset();
    if (calls_crew_run(crew, before, count_calls, t) < 0 || calls_desk_wait(desk) != 0) return -1;
    return 0;
}

static int run_counts(calls_desk *desk, const calls_options *o) {
    const int one = 1;
    for (int w = -1; w < o->widths; w++) { /* first, the call after ramp_prepare */
        const int threads = w < 0 ? one : o->threads[w];
        calls_crew *crew = calls_crew_new(desk, threads);
        if (crew == NULL) return -1;
        for (int pass = 0; pass < bench_passes; pass++) {
            const turn t = {.thing = THING_RAMP, .pass = (bench_pass)pass, .calls = w < 0 ? 1 : calls_counted};
            if (count_one(desk, crew, &t, w < 0 ? NULL : warm_thread) != 0) return -1;
            if (w < 0)
                calls_sample((double)(calls_count_get().mallocs + count_made()), "%s prepared made", bench_pass_names[pass]);
            else
                tell_counts(bench_pass_names[pass], threads, (double)t.calls * threads);
            if (w == 0) tell_functions(bench_pass_names[pass], (double)t.calls * threads);
        }
        calls_crew_free(crew);
    }
    return 0;
}

static int part_counts(const calls_options *o) {
    static calls_desk desk;
    const char *why;
    if (!calls_count_begin(&why)) {
        calls_absent(why);
        return exit_done;
    }
    int most = 1;
    for (int w = 0; w < o->widths; w++) most = o->threads[w] > most ? o->threads[w] : most;
    if (calls_desk_open(&desk, o, most, 1) != 0) return calls_failed(desk.reason);
    if (ramp_prepare(desk.device, &desk.op, RAMP_F32) != RAMP_OK) return calls_failed(ramp_last_error());
    if (run_counts(&desk, o) != 0) return calls_failed(desk.reason);
    calls_desk_close(&desk);
    return exit_done;
}

/* ---- graph ---- */

enum { graph_nodes = 256, graph_kinds = 3 };

typedef struct captured {
    calls_desk *desk;
    bench_pass pass;
} captured;

static int capture_call(void *context) {
    const captured *c = context;
    if (calls_desk_call(c->desk, 0, c->pass, 0) == 0) return 0;
    snprintf(c->desk->driver.reason, sizeof c->desk->driver.reason, "captured: %.400s", ramp_last_error());
    return -1;
}

static int run_graphs(calls_desk *desk, const calls_options *o, void **graph) {
    static const char *const name[graph_kinds] = {"graph forward", "graph backward", "graph copy"};
    calls_driver *d = &desk->driver;
    for (int kind = 0; kind < graph_kinds; kind++) {
        captured c = {desk, (bench_pass)kind};
        if (d->graph_make(d, graph_nodes, kind < bench_passes ? capture_call : NULL, &c, &desk->memory[0], &graph[kind]) != 0) return -1;
    }
    for (int round = -3; round < o->reps; round++)
        for (int i = 0; i < graph_kinds; i++) {
            const int kind = (i + round + graph_kinds) % graph_kinds;
            double us;
            if (d->graph_run(d, graph[kind], graph_nodes, &us) != 0) return -1;
            if (round >= 0) calls_sample(us, "%s", name[kind]);
        }
    return 0;
}

static int part_graph(calls_desk *desk, const calls_options *o) {
    void *graph[graph_kinds] = {NULL};
    if (desk->driver.graph_make == NULL) return 0;
    const int code = run_graphs(desk, o, graph);
    if (code != 0) snprintf(desk->reason, sizeof desk->reason, "%s", desk->driver.reason);
    for (int kind = 0; kind < graph_kinds; kind++) desk->driver.graph_free(&desk->driver, graph[kind]);
    return code;
}

/* ---- Either of the two ---- */

static int part_wrapped(const calls_options *o) {
    static calls_desk desk;
    int most = 1;
    for (int w = 0; w < o->widths; w++) most = o->threads[w] > most ? o->threads[w] : most;
    if (calls_desk_open(&desk, o, most, 0) != 0) return calls_failed(desk.reason);
    if (ramp_prepare(desk.device, &desk.op, RAMP_F32) != RAMP_OK) return calls_failed(ramp_last_error());
    const int code = o->part[PART_STEADY] ? run_steady(&desk, o) : part_graph(&desk, o);
    if (code != 0) return calls_failed(desk.reason);
    calls_desk_close(&desk);
    return exit_done;
}

int calls_part_run(const calls_options *o) {
    if (o->part[PART_COUNTS]) return part_counts(o);
    if (o->part[PART_FIRST]) return calls_part_first(o);
    if (o->part[PART_LOAD]) return calls_part_load(o);
    return part_wrapped(o);
}
