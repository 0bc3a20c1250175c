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
    option_sizes,
    option_hot,
    option_cold,
    option_rotate,
    option_host,
    option_reps,
    option_min_time,
    option_spread,
    option_json,
    option_csv,
    option_markdown,
    option_plot,
    option_torch,
    option_read,
    option_compare,
    option_tolerance,
    option_fail,
    option_quiet,
    option_list,
    option_version
};

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

static void add_shape(bench_options *o, const bench_shape *shape) {
    for (size_t i = 0; i < o->shapes; i++)
        if (strcmp(o->shape[i].text, shape->text) == 0) return;
    o->shape = program_resize(o->shape, o->shapes + 1, sizeof *o->shape);
    o->shape[o->shapes++] = *shape;
}

static int add_shapes(bench_options *o, const char *list) {
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        bench_shape shape;
        const char *fault = shape_parse(entry, &shape);
        if (fault != NULL) return program_usage("--shape '%s': %s", entry, fault);
        add_shape(o, &shape);
    }
    return -1;
}

static int add_sizes(bench_options *o, const char *list) {
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        bench_shape shape[shape_most_sizes];
        size_t count;
        const char *fault = shape_parse_sizes(entry, shape, &count);
        if (fault != NULL) return program_usage("--sizes '%s': %s", entry, fault);
        for (size_t i = 0; i < count; i++) add_shape(o, &shape[i]);
    }
    return -1;
}

static int check_layouts(const bench_options *o) {
    for (int layout = 0; layout < bench_layouts; layout++)
        for (size_t i = 0; i < o->shapes; i++)
            if (o->layout[layout] && o->shape[i].ndim < layout_dimensions((bench_layout)layout))
                return program_usage("--layout %s: the shape %s has one dimension; give it shapes of two or more, such as 4096x4096",
                                     layout_names[layout], o->shape[i].text);
    return -1;
}

static int set_reps(bench_options *o, const char *text) {
    char *end;
    long reps = strtol(text, &end, 10);
    if (end == text || *end != '\0' || reps < 1 || reps > bench_most_reps)
        return program_usage("--reps '%s': a whole number from 1 to %d", text, (int)bench_most_reps);
    o->rounds.most = (int)reps;
    return -1;
}

static int set_number(const char *option, const char *text, double most, double *value) {
    char *end;
    *value = strtod(text, &end);
    if (end == text || *end != '\0' || !(*value > 0) || *value > most)
        return program_usage("%s '%s': a number above 0, up to %g", option, text, most);
    return -1;
}

static int set_spread(bench_options *o, const char *text) {
    int end = set_number("--spread", text, 50, &o->rounds.spread);
    o->rounds.spread /= 100;
    return end;
}

static int set_rotate(bench_options *o, const char *text) {
    const char *fault = shape_parse_count(text, &o->rotate);
    return fault != NULL ? program_usage("--rotate '%s': %s", text, fault) : -1;
}

/* Rounds that are to settle are many; they end by time. */
static void set_default_rounds(bench_rounds *r) {
    if (r->seconds > 0 && r->spread == 0) r->spread = 0.01;
    if (r->spread > 0 && r->seconds == 0) r->seconds = 0.1;
    if (r->most == 0) r->most = r->spread > 0 ? bench_most_reps : 15;
}

static int set_file(const char *option, const char *value, const char **file) {
    *file = value;
    return *value != '\0' ? -1 : program_usage("%s is empty: name a file", option);
}

static int set_plot(bench_options *o, const char *value) {
    const size_t length = strlen(value);
    o->plot = value;
    if (length > 4 && strcmp(value + length - 4, ".svg") == 0) return -1;
    return program_usage("--plot '%s': it draws SVG: name a file that ends in .svg", value);
}

static int set_tolerance(bench_options *o, const char *value) {
    char *end;
    o->tolerance = strtod(value, &end) / 100;
    if (end == value || *end != '\0' || !(o->tolerance >= 0 && o->tolerance <= 1))
        return program_usage("--tolerance '%s': a number of per cent from 0 to 100", value);
    return -1;
}

static int check_outputs(const bench_options *o) {
    const char *const name[] = {o->json, o->csv, o->markdown};
    int to_stdout = 0;
    for (int i = 0; i < 3; i++) to_stdout += name[i] != NULL && strcmp(name[i], "-") == 0;
    if (to_stdout > 1) return program_usage("--json, --csv and --markdown: only one of them can be -, standard output");
    if (o->must_hold && o->compare == NULL) return program_usage("--fail-on-regression: against what? --compare OLD.json says");
    if (o->torch != NULL && o->plot == NULL) return program_usage("--torch is drawn: give --plot FILE.svg too");
    if (o->read == NULL) return -1;
    if (o->json != NULL) return program_usage("--read and --json: what is read is that JSON already");
    if (o->chooses) return program_usage("--read measures nothing: leave out what says what to measure, and how");
    if (o->csv == NULL && o->markdown == NULL && o->compare == NULL && o->plot == NULL)
        return program_usage("--read: and then? Give --compare, --plot, --csv or --markdown");
    return -1;
}

static int take(void *options, int code, const char *value) {
    bench_options *o = options;
    o->chooses |= code >= option_backend && code <= option_spread;
    switch (code) {
    case option_backend: return choices_add_backends(value, &o->backend, &o->backends, bench_max_lanes);
    case option_op: return choices_add_ops(value, add_op, o);
    case option_pass: return choices_add_names("--pass", value, bench_pass_names, bench_passes, o->pass);
    case option_dtype: return choices_add_dtypes(value, o->dtype, &o->dtypes);
    case option_shape: return add_shapes(o, value);
    case option_saved: return choices_add_names("--saved", value, bench_saved_names, bench_saved_kinds, o->saved);
    case option_layout: return choices_add_names("--layout", value, layout_names, bench_layouts, o->layout);
    case option_sizes: return add_sizes(o, value);
    case option_hot: o->cache[CACHE_HOT] = 1; return -1;
    case option_cold: o->cache[CACHE_COLD] = 1; return -1;
    case option_host: o->host = 1; return -1;
    case option_rotate: return set_rotate(o, value);
    case option_reps: return set_reps(o, value);
    case option_min_time: return set_number("--min-time", value, 3600, &o->rounds.seconds);
    case option_spread: return set_spread(o, value);
    case option_json: o->json = value; return *value != '\0' ? -1 : program_usage("--json is empty: name a file, or - for standard output");
    case option_csv: return set_file("--csv", value, &o->csv);
    case option_markdown: return set_file("--markdown", value, &o->markdown);
    case option_plot: return set_plot(o, value);
    case option_torch: return set_file("--torch", value, &o->torch);
    case option_read: return set_file("--read", value, &o->read);
    case option_compare: return set_file("--compare", value, &o->compare);
    case option_tolerance: return set_tolerance(o, value);
    case option_fail: o->must_hold = 1; return -1;
    case option_quiet: o->quiet = 1; return -1;
    case option_list: o->list = 1; return -1;
    case option_version: printf("ramp-bench %s\n", program_version()); return exit_done;
    default:
        for (const char *const *piece = bench_help; *piece != NULL; piece++) fputs(*piece, stdout);
        return exit_done;
    }
}

int options_parse(int argc, char **argv, bench_options *o) {
    static const struct option list[] = {
        {"backend", required_argument, NULL, option_backend},
        {"op", required_argument, NULL, option_op},
        {"pass", required_argument, NULL, option_pass},
        {"dtype", required_argument, NULL, option_dtype},
        {"shape", required_argument, NULL, option_shape},
        {"saved", required_argument, NULL, option_saved},
        {"layout", required_argument, NULL, option_layout},
        {"sizes", required_argument, NULL, option_sizes},
        {"hot", no_argument, NULL, option_hot},
        {"cold", no_argument, NULL, option_cold},
        {"host", no_argument, NULL, option_host},
        {"rotate", required_argument, NULL, option_rotate},
        {"reps", required_argument, NULL, option_reps},
        {"runs", required_argument, NULL, option_reps}, /* its name before there were others that end a case */
        {"min-time", required_argument, NULL, option_min_time},
        {"spread", required_argument, NULL, option_spread},
        {"json", required_argument, NULL, option_json},
        {"csv", required_argument, NULL, option_csv},
        {"markdown", required_argument, NULL, option_markdown},
        {"plot", required_argument, NULL, option_plot},
        {"torch", required_argument, NULL, option_torch},
        {"read", required_argument, NULL, option_read},
        {"compare", required_argument, NULL, option_compare},
        {"tolerance", required_argument, NULL, option_tolerance},
        {"fail-on-regression", no_argument, NULL, option_fail},
        {"quiet", no_argument, NULL, option_quiet},
        {"list", no_argument, NULL, option_list},
        {"version", no_argument, NULL, option_version},
        {"help", no_argument, NULL, option_help},
        {NULL, 0, NULL, 0}};
    *o = (bench_options){.tolerance = 0.02};
    const int end = program_options(argc, argv, list, take, o);
    if (end >= 0) return end;
    if (o->ops == 0) choices_add_ops("all", add_op, o);
    if (!o->pass[PASS_FORWARD] && !o->pass[PASS_BACKWARD]) o->pass[PASS_FORWARD] = o->pass[PASS_BACKWARD] = 1;
    if (o->dtypes == 0) o->dtype[o->dtypes++] = RAMP_F32;
    if (!o->saved[RAMP_SAVED_INPUT] && !o->saved[RAMP_SAVED_OUTPUT] && !o->saved[RAMP_SAVED_MASK]) o->saved[RAMP_SAVED_INPUT] = 1;
    if (!o->cache[CACHE_HOT] && !o->cache[CACHE_COLD]) o->cache[CACHE_ANY] = 1;
    if (o->rotate > 0 && !o->cache[CACHE_COLD]) return program_usage("--rotate says how far --cold goes round: give that too");
    set_default_rounds(&o->rounds);
    int layouts = 0;
    for (int layout = 0; layout < bench_layouts; layout++) layouts += o->layout[layout];
    if (layouts == 0) o->layout[LAYOUT_DENSE] = 1;
    const int code = check_outputs(o);
    return code >= 0 ? code : check_layouts(o);
}

void options_free(bench_options *o) {
    for (size_t i = 0; i < o->backends; i++) free(o->backend[i]);
    free(o->backend);
    free(o->op);
    free(o->shape);
}
