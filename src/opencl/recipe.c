/* recipe.c: what a program is made of: its kernels, their files and the compiler's options. */
#include "devices.h"
#include "opencl.h"
#include "query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *option;
} dtypes[dtype_slots] = {
    [RAMP_F32] = {"f32", "F32"},
    [RAMP_F64] = {"f64", "F64"},
    [RAMP_F16] = {"f16", "F16"},
    [RAMP_BF16] = {"bf16", "BF16"},
};

/* The functions are named whole: an op's name alone may be a macro of the compiler's, as tanh is of PoCL's. */
static const struct {
    const char *text, *function[RAMP_KINDS], *mask;
    int variants;
} ops[op_ids] = {
    [RAMP_OP_NONE] =
        {.text = "table",
         .function =
             {[RAMP_KIND_FORWARD] = "table_value", [RAMP_KIND_FORWARD_MASK] = "table_value", [RAMP_KIND_BACKWARD] = "table_gradient"},
         .mask = "table_mask",
         .variants = 1},
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...)                                                   \
    [id] = {.text = #name,                                                                                                                 \
            .function = {[RAMP_KIND_FORWARD] = #name "_value",                                                                             \
                         [RAMP_KIND_BACKWARD] = #name "_gradient",                                                                         \
                         RAMP_IF_OUTPUT_##saves([RAMP_KIND_BACKWARD_OUTPUT] = #name "_output_gradient", )                                  \
                             RAMP_IF_MASK_##saves([RAMP_KIND_FORWARD_MASK] = #name "_value", [RAMP_KIND_BACKWARD_MASK] = #name "_slope")}, \
            RAMP_IF_MASK_##saves(.mask = #name "_mask", ).variants = RAMP_VARIANTS(limit)},
#include <ramp/ops.def>
#undef RAMP_OP
};

int opencl_op_variants(ramp_op_id op) { return ops[op].variants; }
int opencl_op_has(ramp_op_id op, ramp_kind kind) { return ops[op].function[kind] != NULL; }

static int is_backward(ramp_kind kind) { return kind != RAMP_KIND_FORWARD && kind != RAMP_KIND_FORWARD_MASK; }

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add_option(opencl_recipe *r, const char *format, ...) {
    size_t used = strlen(r->options);
    va_list values;
    va_start(values, format);
    vsnprintf(r->options + used, sizeof r->options - used, format, values);
    va_end(values);
}

/* No option may let the compiler change a result. Double is exact as it is. */
static void add_exactness(const opencl_device *dev, ramp_dtype dtype, opencl_recipe *r) {
    add_option(r, "-cl-std=CL1.2");
    if (dtype == RAMP_F64) return;
    add_option(r, (dev->lacks & OPENCL_LACKS_DIVIDE) != 0 ? " -DRAMP_NO_DIVIDE" : " -cl-fp32-correctly-rounded-divide-sqrt");
    if ((dev->lacks & OPENCL_LACKS_FMA) != 0) add_option(r, " -DRAMP_NO_FMA");
    if ((dev->lacks & OPENCL_LACKS_SUBNORMALS) != 0) add_option(r, " -cl-denorms-are-zero");
}

/* How much a work-item has. */
static void add_form(const opencl_form_info *form, int times, opencl_recipe *r) {
    add_option(r, " -DRAMP_LOCAL=%zu", r->part[0].local_size);
    if (form->run > 0) add_option(r, " -DRAMP_RUN=%d", form->run);
    if (form->vectors > 0) add_option(r, " -DRAMP_VECTORS=%d", form->vectors * times);
    if (form->scalars > 0) add_option(r, " -DRAMP_SCALARS=%d -DRAMP_WIDE=%d", form->scalars, form->is_wide);
    if (form->is_tile) add_option(r, " -DRAMP_TILE=1");
}

/* The vectors of a long formula, and of rows: gelu in f32 takes 1.01 of a copy with twice as many on an H200, and 1.03 without. */
static int times_of(const opencl_which *which) {
    const op_query *query = op_query_of(which->dtype);
    const int reads_rows = (which->dtype == RAMP_F32 || which->dtype == RAMP_F64) && query->has_rows(which->op, which->kind);
    const int times = query->times(which->op, which->kind);
    return which->form != FORM_VECTOR ? 1 : reads_rows && times < 2 ? 2 : times;
}

static void add_part(const opencl_device *dev, opencl_recipe *r, const char *file, const char *kernel, int local_size) {
    r->part[r->parts].file = file;
    r->part[r->parts].kernel = kernel;
    r->part[r->parts++].local_size = (size_t)local_size < dev->most_local ? (size_t)local_size : dev->most_local;
}

/* What a flat job reads and writes of so many elements is as large as the caches. */
static uint64_t streams_above_of(const opencl_device *dev, const opencl_which *which) {
    const uint64_t size = dtype_size(which->dtype), operands = is_backward(which->kind) ? 3 : 2;
    return size > 2 && dev->cache_bytes > 0 ? dev->cache_bytes / (size * operands) : UINT64_MAX; /* 16 bits gain nothing: elementwise.cl */
}

void opencl_recipe_op(const opencl_device *dev, const opencl_which *which, opencl_recipe *r) {
    const ramp_kind kind = which->kind;
    *r = (opencl_recipe){.parts = 0};
    for (int form = 0; form < form_count; form++) {
        if (!opencl_form_is_beside((opencl_form)form, which)) continue;
        r->part[r->parts].form = (opencl_form)form;
        add_part(dev, r, opencl_forms[form].file, opencl_forms[form].kernel, opencl_forms[form].local_size);
    }
    add_exactness(dev, which->dtype, r);
    add_option(r, " -DRAMP_DTYPE_%s -DRAMP_FUNCTION=%s -DRAMP_BACKWARD=%d -DRAMP_FROM_MASK=%d", dtypes[which->dtype].option,
               ops[which->op].function[kind], is_backward(kind), kind == RAMP_KIND_BACKWARD_MASK);
    if (!is_backward(kind)) add_option(r, " -DRAMP_VARIANT=%d", which->variant);
    if (kind == RAMP_KIND_FORWARD_MASK) add_option(r, " -DRAMP_MASK_OF=%s", ops[which->op].mask);
    if (which->op == RAMP_OP_NONE) add_option(r, " -DRAMP_TABLE=%d", lookup_entries);
    if (which->dtype == RAMP_BF16 && dev->has_ptx_80) add_option(r, " -DRAMP_PTX");
    if (op_query_of(which->dtype)->has_rows(which->op, kind)) add_option(r, " -DRAMP_WITH_ROWS=%s", ops[which->op].text);
    r->times = times_of(which);
    add_form(&opencl_forms[which->form], r->times, r);
    r->streams_above = streams_above_of(dev, which);
    if (opencl_forms[which->form].run > 0)
        add_option(r, " -DRAMP_LANES=%u -DRAMP_STREAMS_ABOVE=%lluul", (unsigned)dev->lanes[which->dtype == RAMP_F64],
                   (unsigned long long)r->streams_above);
    snprintf(r->what, sizeof r->what, "%s, %s, in %s", ops[which->op].text, is_backward(kind) ? "backward" : "forward",
             dtypes[which->dtype].name);
}

void opencl_recipe_roofs(const opencl_device *dev, opencl_recipe *r) {
    const opencl_form_info *form = &opencl_forms[dev->is_cpu ? FORM_RUN : FORM_BRIEF];
    *r = (opencl_recipe){.what = "the roofs", .times = 1, .streams_above = UINT64_MAX};
    add_part(dev, r, "roof.cl", "copy", form->local_size);
    add_part(dev, r, "roof.cl", "add", form->local_size);
    add_exactness(dev, RAMP_F32, r);
    add_form(form, r->times, r);
}
