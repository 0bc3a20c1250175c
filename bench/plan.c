#include "plan.h"
#include "layout.h"
#include "program.h"

#include <stdlib.h>
#include <string.h>

typedef struct plan {
    bench_case *list;
    size_t count;
} plan;

static void add(plan *p, const bench_options *o, size_t op, bench_pass pass, const bench_case *group) {
    bench_case c = *group;
    c.op = o->op[op].op;
    memcpy(c.op_text, o->op[op].text, sizeof c.op_text);
    c.pass = pass;
    p->list = program_resize(p->list, p->count + 1, sizeof *p->list);
    p->list[p->count++] = c;
}

/* A forward pass reads nothing saved: it stands with the inputs, or with the outputs where the inputs were not asked for. With the masks it is another,
 * which writes them. */
static int has_forward(const bench_options *o, ramp_saved saved) {
    return o->pass[PASS_FORWARD] && !(saved == RAMP_SAVED_OUTPUT && o->saved[RAMP_SAVED_INPUT]);
}

/* From a mask no x is read whose columns could be taken. */
static int has_backward(const bench_options *o, const bench_case *group) {
    return o->pass[PASS_BACKWARD] && !(group->saved == RAMP_SAVED_MASK && group->layout == LAYOUT_COLUMNS);
}

static void add_group(plan *p, const bench_options *o, const bench_case *group) {
    for (size_t i = 0; i < o->ops; i++) {
        if ((ramp_op_saves(&o->op[i].op, group->dtype) >> group->saved & 1u) == 0) continue;
        if (has_forward(o, group->saved)) add(p, o, i, PASS_FORWARD, group);
        if (has_backward(o, group)) add(p, o, i, PASS_BACKWARD, group);
    }
}

static void note_left_out(bench_session *s, const bench_options *o, ramp_saved saved, ramp_dtype dtype) {
    char *names = program_resize(NULL, o->ops * sizeof o->op->text, 1);
    names[0] = '\0';
    for (size_t i = 0; i < o->ops; i++) {
        if ((ramp_op_saves(&o->op[i].op, dtype) >> saved & 1u) != 0) continue;
        strcat(strcat(names, " "), o->op[i].text);
    }
    if (names[0] != '\0')
        bench_note(s, "--saved %s leaves out, in %s, what has no backward pass from it:%s", bench_saved_names[saved], program_dtype(dtype),
                   names);
    free(names);
}

/* Of one shape, dtype, layout and saved kind. The caches are the device's affair, and what passes the host's memory is dense. */
static void add_groups(plan *p, const bench_options *o, bench_case group) {
    for (int cache = 0; cache < bench_caches; cache++) {
        group.cache = (bench_cache)cache;
        if (o->cache[cache]) add_group(p, o, &group);
    }
    group.cache = CACHE_ANY;
    for (int memory = MEMORY_DEVICE + 1; memory < bench_memories; memory++) {
        group.memory = (bench_memory)memory;
        if (o->host && group.layout == LAYOUT_DENSE) add_group(p, o, &group);
    }
}

bench_case *plan_new(bench_session *s, const bench_options *o, size_t *count) {
    plan p = {.count = 0};
    for (size_t sh = 0; sh < o->shapes; sh++)
        for (size_t d = 0; d < o->dtypes; d++)
            for (int layout = 0; layout < bench_layouts; layout++)
                for (int saved = 0; saved < bench_saved_kinds; saved++)
                    if (o->layout[layout] && o->saved[saved])
                        add_groups(
                            &p, o,
                            (bench_case){
                                .dtype = o->dtype[d], .shape = &o->shape[sh], .layout = (bench_layout)layout, .saved = (ramp_saved)saved});
    for (int saved = 0; saved < bench_saved_kinds; saved++)
        for (size_t d = 0; d < o->dtypes && o->saved[saved]; d++) note_left_out(s, o, (ramp_saved)saved, o->dtype[d]);
    if (o->pass[PASS_BACKWARD] && o->saved[RAMP_SAVED_MASK] && o->layout[LAYOUT_COLUMNS])
        bench_note(s, "--layout columns leaves out the backward pass from a mask: it reads no x");
    for (int layout = LAYOUT_DENSE + 1; layout < bench_layouts; layout++)
        if (o->host && o->layout[layout])
            bench_note(s, "--host leaves out --layout %s: what passes the host's memory is dense", layout_names[layout]);
    *count = p.count;
    return p.list;
}

int plan_shares_buffers(const bench_case *a, const bench_case *b) {
    return a->shape == b->shape && a->dtype == b->dtype && a->layout == b->layout && a->saved == b->saved && a->cache == b->cache &&
           a->memory == b->memory;
}
