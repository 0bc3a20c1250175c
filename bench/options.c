#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "options.h"
#include "layout.h"
#include "program.h"
#include "shape.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    option_help = 'h',
    option_backend = 256,
    option_op,
    option_pass,
    option_dtype,
    option_shape,
    option_saved,
    option_layout,
    option_runs,
    option_json,
    option_quiet,
    option_list,
    option_version
};

static int add_backends(bench_options *o, const char *list) {
    for (const char *entry; (entry = program_next_entry(&list, ",")) != NULL;) {
        if (*entry == '\0') return program_usage("--backend: an entry is empty; write selectors joined by commas, as in cuda,opencl:0,cpu");
        if (o->backends == bench_max_lanes) return program_usage("--backend: more than %d devices", (int)bench_max_lanes);
        o->backend = program_resize(o->backend, o->backends + 1, sizeof *o->backend);
        char *copy = program_resize(NULL, strlen(entry) + 1, 1);
        o->backend[o->backends++] = strcpy(copy, entry);
    }
    return -1;
}

/* Twice the same op would only be the same rows twice. */
static void add_op(void *options, const char *entry, const ramp_op *op) {
    bench_options *o = options;
    (void)entry;
    bench_ops added = {.op = *op};
    if (ramp_op_format(op, added.text, sizeof added.text) != RAMP_OK) snprintf(added.text, sizeof added.text, "op %d", (int)op->id);
    for (size_t i = 0; i < o->ops; i++)
        if (strcmp(o->op[i].text, added.text) == 0) return;
    o->op = program_resize(o->op, o->ops + 1, sizeof *o->op);
    o->op[o->ops++] = added;
}

static int add_shapes(bench_options *o, const char *list) {
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        bench_shape shape;
        const char *fault = shape_parse(entry, &shape);
        int known = 0;
        if (fault != NULL) return program_usage("--shape '%s': %s", entry, fault);
        for (size_t i = 0; i < o->shapes; i++) known |= strcmp(o->shape[i].text, shape.text) == 0;
        if (known) continue;
        o->shape = program_resize(o->shape, o->shapes + 1, sizeof *o->shape);
        o->shape[o->shapes++] = shape;
    }
    return -1;
}

static int add_saved(bench_options *o, const char *list) {
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        int kind = 0;
        while (kind < bench_saved_kinds && strcmp(entry, bench_saved_name((ramp_saved)kind)) != 0) kind++;
        if (kind == bench_saved_kinds) return program_usage("--saved '%s': there are input, output and mask", entry);
        o->saved[kind] = 1;
    }
    return -1;
}

static int add_layouts(bench_options *o, const char *list) {
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        int layout = 0;
        while (layout < bench_layouts && strcmp(entry, layout_name((bench_layout)layout)) != 0) layout++;
        if (layout == bench_layouts) return program_usage("--layout '%s': there are dense, transposed, columns, broadcast and rows", entry);
        o->layout[layout] = 1;
    }
    return -1;
}

static int check_layouts(const bench_options *o) {
    for (int layout = 0; layout < bench_layouts; layout++)
        for (size_t i = 0; i < o->shapes; i++)
            if (o->layout[layout] && o->shape[i].ndim < layout_dimensions((bench_layout)layout))
                return program_usage("--layout %s: the shape %s has one dimension; give it shapes of two or more, such as 4096x4096",
                                     layout_name((bench_layout)layout), o->shape[i].text);
    return -1;
}

static int set_runs(bench_options *o, const char *text) {
    char *end;
    long runs = strtol(text, &end, 10);
    if (end == text || *end != '\0' || runs < 1 || runs > bench_most_runs)
        return program_usage("--runs '%s': a whole number from 1 to %d", text, (int)bench_most_runs);
    o->runs = (int)runs;
    return -1;
}

static int take(bench_options *o, int code, const char *value) {
    switch (code) {
    case option_backend: return add_backends(o, value);
    case option_op: return choices_add_ops(value, add_op, o);
    case option_pass: return choices_add_passes(value, o->pass);
    case option_dtype: return choices_add_dtypes(value, o->dtype, &o->dtypes);
    case option_shape: return add_shapes(o, value);
    case option_saved: return add_saved(o, value);
    case option_layout: return add_layouts(o, value);
    case option_runs: return set_runs(o, value);
    case option_json: o->json = value; return *value != '\0' ? -1 : program_usage("--json is empty: name a file, or - for standard output");
    case option_quiet: o->quiet = 1; return -1;
    case option_list: o->list = 1; return -1;
    case option_version: printf("ramp-bench %s\n", program_version()); return exit_done;
    default: fputs(bench_help, stdout); return exit_done;
    }
}

int options_parse(int argc, char **argv, bench_options *o) {
    static const struct option list[] = {{"backend", required_argument, NULL, option_backend},
                                         {"op", required_argument, NULL, option_op},
                                         {"pass", required_argument, NULL, option_pass},
                                         {"dtype", required_argument, NULL, option_dtype},
                                         {"shape", required_argument, NULL, option_shape},
                                         {"saved", required_argument, NULL, option_saved},
                                         {"layout", required_argument, NULL, option_layout},
                                         {"runs", required_argument, NULL, option_runs},
                                         {"json", required_argument, NULL, option_json},
                                         {"quiet", no_argument, NULL, option_quiet},
                                         {"list", no_argument, NULL, option_list},
                                         {"version", no_argument, NULL, option_version},
                                         {"help", no_argument, NULL, option_help},
                                         {NULL, 0, NULL, 0}};
    *o = (bench_options){.runs = 15};
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, ":h", list, NULL)) != -1;) {
        if (code == '?' || code == ':') return program_bad_option(code, argv);
        int end = take(o, code, optarg);
        if (end >= 0) return end;
    }
    if (optind < argc) return program_stray(argv[optind]);
    if (o->ops == 0) choices_add_ops("all", add_op, o);
    if (!o->pass[PASS_FORWARD] && !o->pass[PASS_BACKWARD]) o->pass[PASS_FORWARD] = o->pass[PASS_BACKWARD] = 1;
    if (o->dtypes == 0) o->dtype[o->dtypes++] = RAMP_F32;
    if (!o->saved[RAMP_SAVED_INPUT] && !o->saved[RAMP_SAVED_OUTPUT] && !o->saved[RAMP_SAVED_MASK]) o->saved[RAMP_SAVED_INPUT] = 1;
    int layouts = 0;
    for (int layout = 0; layout < bench_layouts; layout++) layouts += o->layout[layout];
    if (layouts == 0) o->layout[LAYOUT_DENSE] = 1;
    return check_layouts(o);
}

void options_free(bench_options *o) {
    for (size_t i = 0; i < o->backends; i++) free(o->backend[i]);
    free(o->backend);
    free(o->op);
    free(o->shape);
}
