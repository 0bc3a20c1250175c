#include "record.h"
#include "inputs.h"
#include "json_read.h"
#include "layout.h"
#include "program.h"
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY(to, text) snprintf(to, sizeof to, "%s", text)

static bench_record *add(bench_records *r) {
    r->row = program_resize(r->row, r->count + 1, sizeof *r->row);
    bench_record *row = &r->row[r->count++];
    *row =
        (bench_record){.ms = NAN, .ms_low = NAN, .ms_high = NAN, .gbs = NAN, .roof_ms = NAN, .x_roof = NAN, .x_copy = NAN, .x_first = NAN};
    return row;
}

static bench_machine *add_machine(bench_records *r, const char *selector) {
    r->machine = program_resize(r->machine, r->machines + 1, sizeof *r->machine);
    bench_machine *m = &r->machine[r->machines++];
    *m = (bench_machine){.core_mhz = NAN, .memory_mhz = NAN, .theory_gbs = NAN};
    COPY(m->selector, selector);
    return m;
}

void records_free(bench_records *r) {
    free(r->machine);
    free(r->row);
    *r = (bench_records){.count = 0};
}

/* ---- Measured just now ---- */

static double mhz(unsigned value) { return value > 0 ? (double)value : NAN; }

static void add_row(bench_records *r, const bench_row *row) {
    const bench_case *c = row->what;
    const bench_stats *op = &row->ms[bench_op];
    bench_record *to = add(r);
    ramp_roof which;
    COPY(to->op, c->op_text);
    COPY(to->pass, bench_pass_names[c->pass]);
    COPY(to->saved, c->pass == PASS_BACKWARD || c->saved == RAMP_SAVED_MASK ? bench_saved_names[c->saved] : "");
    COPY(to->layout, layout_names[c->layout]);
    COPY(to->cache, bench_cache_name(c->cache));
    COPY(to->memory, bench_memory_name(c->memory));
    COPY(to->dtype, program_dtype(c->dtype));
    COPY(to->shape, c->shape->text);
    COPY(to->backend, row->lane->info.backend);
    COPY(to->device, row->lane->info.selector);
    to->elements = (double)c->shape->count;
    to->bytes = (double)bench_bytes(c);
    to->runs = row->runs;
    to->ms = op->median;
    to->ms_low = op->low;
    to->ms_high = op->high;
    to->gbs = to->bytes / op->median * 1e-6;
    to->roof_ms = bench_roof_ms(row, &which);
    to->x_roof = op->median / to->roof_ms;
    to->x_copy = op->median / row->ms[bench_first_roof + RAMP_ROOF_VENDOR_COPY].median;
    to->x_first = row->x_first;
    to->is_verified = 1;
}

bench_records records_of_session(const bench_session *s) {
    bench_records r = {.source = "this run", .host_cpus = (double)sysconf(_SC_NPROCESSORS_ONLN)};
    COPY(r.date, s->date);
    COPY(r.formulas, record_formulas());
    for (size_t i = 0; i < s->lanes; i++) {
        const bench_lane *lane = &s->lane[i];
        bench_machine *m = add_machine(&r, lane->info.selector);
        char held[128];
        COPY(m->name, lane->info.name);
        COPY(m->driver, lane->info.driver);
        COPY(m->held_back, lane->clocks.samples > 0 ? clocks_held_back(&lane->clocks, held) : "unknown");
        m->core_mhz = mhz(lane->clocks.sm_high);
        m->memory_mhz = mhz(lane->clocks.memory_high);
        m->theory_gbs = lane->clocks.theory_gbs;
    }
    for (size_t i = 0; i < s->results.count; i++)
        if (s->results.row[i].state == BENCH_MEASURED) add_row(&r, &s->results.row[i]);
    return r;
}

/* ---- Read ---- */

/* The whole file, to be freed; NULL: -1 is not what *code says. */
static char *read_file(const char *option, const char *path, int *code) {
    FILE *file = fopen(path, "rb");
    size_t used = 0, room = 1 << 16;
    if (file == NULL) {
        *code = program_usage("%s %s: it cannot be read: %s", option, path, strerror(errno));
        return NULL;
    }
    char *text = program_resize(NULL, room, 1);
    for (size_t got; (got = fread(text + used, 1, room - used - 1, file)) > 0;) {
        used += got;
        if (used + 1 == room) text = program_resize(text, room *= 2, 1);
    }
    text[used] = '\0';
    const int failed = ferror(file) || strlen(text) != used;
    fclose(file);
    if (!failed) return text;
    *code = program_usage("%s %s: it is no text", option, path);
    free(text);
    return NULL;
}

static void read_shape(const json_value *shape, bench_record *to) {
    size_t used = 0;
    to->elements = 1;
    if (shape == NULL || shape->kind != JSON_ARRAY) return;
    for (const json_value *v = shape->first; v != NULL; v = v->next) {
        to->elements *= v->number;
        if (used < sizeof to->shape)
            used += (size_t)snprintf(to->shape + used, sizeof to->shape - used, "%s%.0f", used > 0 ? "x" : "", v->number);
    }
}

static void read_row(const json_value *from, bench_record *to) {
    const json_value *verified = json_find(from, "verified");
    COPY(to->op, json_find_text(from, "op", ""));
    COPY(to->pass, json_find_text(from, "pass", ""));
    COPY(to->saved, json_find_text(from, "saved", ""));
    COPY(to->layout, json_find_text(from, "layout", "dense")); /* what older files do not say was so */
    COPY(to->cache, json_find_text(from, "cache", "any"));
    COPY(to->memory, json_find_text(from, "memory", "device"));
    COPY(to->dtype, json_find_text(from, "dtype", ""));
    COPY(to->backend, json_find_text(from, "backend", ""));
    COPY(to->device, json_find_text(from, "device", ""));
    read_shape(json_find(from, "shape"), to);
    to->bytes = json_find_number(from, "bytes", NAN);
    to->runs = json_find_number(from, "runs", 0);
    to->ms = json_find_number(from, "ms_median", NAN);
    to->ms_low = json_find_number(from, "ms_low", NAN);
    to->ms_high = json_find_number(from, "ms_high", NAN);
    to->gbs = json_find_number(from, "gbs", NAN);
    to->roof_ms = json_find_number(from, "roof_ms", NAN);
    to->x_roof = json_find_number(from, "x_roof", NAN);
    to->x_copy = json_find_number(from, "x_copy", NAN);
    to->x_first = json_find_number(from, "x_first", NAN);
    to->is_verified = verified != NULL && verified->kind == JSON_TRUE;
    if (to->saved[0] == '\0' && strcmp(to->pass, "backward") == 0) COPY(to->saved, "input");
}

static void read_machine(bench_records *r, const json_value *from) {
    bench_machine *m = add_machine(r, json_find_text(from, "selector", ""));
    COPY(m->name, json_find_text(from, "name", ""));
    COPY(m->driver, json_find_text(from, "driver", ""));
    COPY(m->held_back, json_find_text(from, "held_back", "unknown"));
    m->core_mhz = json_find_number(from, "core_mhz_high", NAN);
    m->memory_mhz = json_find_number(from, "memory_mhz_high", NAN);
    m->theory_gbs = json_find_number(from, "theory_gbs", NAN);
}

static void read_formulas(bench_records *r, const json_value *from) {
    snprintf(r->formulas, sizeof r->formulas, "forward %s; backward %s; mask %s; broadcast %s; seed %.0f; special 1 in %.0f",
             json_find_text(from, "bytes_forward", "?"), json_find_text(from, "bytes_backward", "?"),
             json_find_text(from, "bytes_mask", "?"), json_find_text(from, "bytes_broadcast", "?"), json_find_number(from, "seed", 0),
             json_find_number(from, "special_every", 0));
}

const char *record_formulas(void) {
    static char text[512];
    snprintf(text, sizeof text, "forward %s; backward %s; mask %s; broadcast %s; seed %d; special 1 in %d", report_bytes_forward,
             report_bytes_backward, report_bytes_mask, report_bytes_broadcast, (int)inputs_seed, (int)inputs_special_every);
    return text;
}

int records_read(const char *option, const char *path, bench_records *r) {
    char fault[128];
    int code = -1;
    *r = (bench_records){.host_cpus = NAN};
    char *text = read_file(option, path, &code);
    if (text == NULL) return code;
    json_value *v = json_parse(text, fault);
    free(text);
    if (v == NULL) return program_usage("%s %s: it is no JSON: %s", option, path, fault);
    const json_value *results = json_find(v, "results"), *devices = json_find(v, "devices");
    if (strcmp(json_find_text(v, "program", ""), "ramp-bench") != 0 || json_find_number(v, "schema", 0) != 1 || results == NULL ||
        devices == NULL)
        code = program_usage("%s %s: it is not what ramp-bench --json writes (program ramp-bench, schema 1)", option, path);
    else {
        COPY(r->source, path);
        COPY(r->date, json_find_text(v, "date", "?"));
        r->host_cpus = json_find_number(v, "host_cpus", NAN);
        read_formulas(r, v);
        for (const json_value *d = devices->first; d != NULL; d = d->next) read_machine(r, d);
        for (const json_value *row = results->first; row != NULL; row = row->next) read_row(row, add(r));
    }
    json_free(v);
    return code;
}

static void read_torch_row(bench_records *r, const json_value *v, double elements) {
    bench_record *to = add(r);
    ramp_op op;
    COPY(to->op, json_find_text(v, "op", "")); /* a name alone: the op at its defaults, which ramp writes with its parameters */
    if (ramp_op_parse(to->op, &op) == RAMP_OK) (void)ramp_op_format(&op, to->op, sizeof to->op);
    COPY(to->pass, json_find_text(v, "pass", ""));
    COPY(to->dtype, json_find_text(v, "dtype", ""));
    COPY(to->layout, "dense");
    COPY(to->cache, "any");
    COPY(to->memory, "device");
    COPY(to->device, "PyTorch");
    const int is_backward = strcmp(to->pass, "backward") == 0;
    const double size = strcmp(to->dtype, "f64") == 0 ? 8 : strcmp(to->dtype, "f32") == 0 ? 4 : 2;
    if (is_backward) COPY(to->saved, "input");
    to->elements = json_find_number(v, "elements", elements);
    snprintf(to->shape, sizeof to->shape, "%.0f", to->elements);
    to->bytes = to->elements * size * (is_backward ? 3 : 2);
    to->ms = json_find_number(v, "ms", NAN);
    to->gbs = to->bytes / to->ms * 1e-6;
    to->is_verified = 1;
}

int records_read_torch(const char *option, const char *path, bench_records *r) {
    char fault[128];
    int code = -1, number = 0;
    double elements = NAN;
    *r = (bench_records){.host_cpus = NAN};
    char *text = read_file(option, path, &code), *line = text;
    while (line != NULL && *line != '\0' && code < 0) {
        char *end = strchr(line, '\n');
        if (end != NULL) *end = '\0';
        number++;
        json_value *v = line[strspn(line, " \t\r")] != '\0' ? json_parse(line, fault) : NULL;
        if (v == NULL && line[strspn(line, " \t\r")] != '\0')
            code = program_usage("%s %s: line %d is no JSON: %s", option, path, number, fault);
        const char *what = json_find_text(v, "what", "");
        if (strcmp(what, "device") == 0) {
            elements = json_find_number(v, "elements", NAN);
            bench_machine *m = add_machine(r, "PyTorch");
            COPY(m->name, json_find_text(v, "name", ""));
            COPY(m->driver, json_find_text(v, "torch", ""));
        } else if (strcmp(what, "op") == 0)
            read_torch_row(r, v, elements);
        json_free(v);
        line = end != NULL ? end + 1 : NULL;
    }
    free(text);
    if (code < 0 && r->count == 0) code = program_usage("%s %s: it has no op of bench/torch_reference.py's", option, path);
    COPY(r->source, path);
    return code;
}

/* ---- Words ---- */

const bench_machine *records_machine(const bench_records *r, const char *selector) {
    for (size_t i = 0; i < r->machines; i++)
        if (strcmp(r->machine[i].selector, selector) == 0) return &r->machine[i];
    return NULL;
}

const char *record_text(const bench_record *r, char text[384]) {
    const struct {
        const char *word, *usual;
    } part[] = {{r->saved, "input"}, {r->layout, "dense"}, {r->cache, "any"}, {r->memory, "device"}};
    size_t used = (size_t)snprintf(text, 384, "%s %s %s %s", r->op, r->pass, r->dtype, r->shape);
    for (int i = 0; i < 4 && used < 384; i++)
        if (part[i].word[0] != '\0' && strcmp(part[i].word, part[i].usual) != 0)
            used += (size_t)snprintf(text + used, 384 - used, " %s", part[i].word);
    if (used < 384) snprintf(text + used, 384 - used, " on %s", r->device);
    return text;
}

int record_is_same_work(const bench_record *a, const bench_record *b) {
    return strcmp(a->op, b->op) == 0 && strcmp(a->pass, b->pass) == 0 && strcmp(a->dtype, b->dtype) == 0 &&
           strcmp(a->saved, b->saved) == 0 && strcmp(a->layout, b->layout) == 0 && strcmp(a->cache, b->cache) == 0 &&
           strcmp(a->memory, b->memory) == 0;
}
