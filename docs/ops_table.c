/*
 * ops_table.c: prints docs/ops.md: what each op is, does at its edges, and how exactly. The facts are those of ops.def; the values are what
 * the CPU backend computes in f32, and so does every other; the errors are those that ramp-check found.
 *
 *   ops_table ACCURACY.csv [OPS.md]
 */
#include "accuracy.h"
#include "ranges.h"
#include "values.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *source, *differs;
} facts[] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, ...) {#name, source, differs},
#include <ramp/ops.def>
#undef RAMP_OP
};

/* In a cell of a table a | ends the cell. */
static void print_cell(FILE *out, const char *text) {
    for (; *text != '\0'; text++) fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void print_params(FILE *out, const ramp_op_info *op) {
    for (uint32_t i = 0; i < op->param_count; i++) fprintf(out, "%s`%s` %g", i > 0 ? ", " : "", op->param[i].name, op->param[i].value);
}

static void print_worst(FILE *out, const accuracy *a, const char *op, const char *dtype, const char *pass) {
    const accuracy_row *row = accuracy_find(a, op, dtype, pass);
    fprintf(out, " | %s", row != NULL ? row->worst : "");
}

static void print_index(FILE *out, const accuracy *a) {
    fputs("| op | definition | parameters | f32 forward | f32 backward | f64 forward | f64 backward |\n|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info op;
        if (ramp_op_describe(i, &op) != RAMP_OK) continue;
        fprintf(out, "| [%s](#%s) | ", op.name, op.name);
        print_cell(out, op.definition);
        fputs(" | ", out);
        print_params(out, &op);
        print_worst(out, a, op.name, "f32", "forward");
        print_worst(out, a, op.name, "f32", "backward");
        print_worst(out, a, op.name, "f64", "forward");
        print_worst(out, a, op.name, "f64", "backward");
        fputs(" |\n", out);
    }
}

static void print_value(FILE *out, ramp_device *cpu, const ramp_op *op, float x, const char *remark) {
    char at[32], y[32], dx[32];
    fprintf(out, "| %s%s | %s | %s |\n", values_text(at, x), remark, values_text(y, values_forward(cpu, op, x)),
            values_text(dx, values_backward(cpu, op, x)));
}

/* From -inf to +inf, and NaN. Below a number that is a knee its neighbours too. */
static void print_values(FILE *out, ramp_device *cpu, const ramp_op *op) {
    float knee[values_most_knees];
    size_t knees = values_knees(op, knee), k = 0;
    fputs("| x | f(x) | f'(x) |\n|---|---|---|\n", out);
    print_value(out, cpu, op, -INFINITY, "");
    print_value(out, cpu, op, -FLT_MAX, "");
    for (; k < knees && knee[k] < 0; k++)
        for (int step = -1; step <= 1; step++)
            print_value(out, cpu, op, step == 0 ? knee[k] : nextafterf(knee[k], step < 0 ? -INFINITY : INFINITY),
                        step == 0 ? ", knee" : "");
    print_value(out, cpu, op, -0x1p-149f, ", subnormal");
    print_value(out, cpu, op, -0.0f, "");
    print_value(out, cpu, op, 0.0f, k < knees && knee[k] == 0 ? ", knee" : "");
    print_value(out, cpu, op, 0x1p-149f, ", subnormal");
    for (; k < knees; k++)
        for (int step = -1; knee[k] > 0 && step <= 1; step++)
            print_value(out, cpu, op, step == 0 ? knee[k] : nextafterf(knee[k], step < 0 ? -INFINITY : INFINITY),
                        step == 0 ? ", knee" : "");
    print_value(out, cpu, op, FLT_MAX, "");
    print_value(out, cpu, op, INFINITY, "");
    print_value(out, cpu, op, NAN, "");
}

/* "4,206,629" */
static void print_grouped(FILE *out, const char *digits) {
    for (size_t left = strlen(digits); left > 0; left--)
        fprintf(out, left > 1 && left % 3 == 1 ? "%c," : "%c", digits[strlen(digits) - left]);
}

/* A 16-bit result that is not the f32 result, rounded, would not have come into the file. */
static void print_accuracy(FILE *out, const accuracy *a, const ramp_op_info *op) {
    static const char *const dtype[] = {"f32", "f64", "f16", "bf16"}, *const pass[] = {"forward", "backward", "backward-output"};
    const size_t passes = (op->traits & RAMP_TRAIT_TWO_SLOPES) != 0 ? 2 : 3; /* from an output that tells the slope, dx is that from x */
    int narrow = 0;
    fputs("\n| dtype | pass | promised, ulp | worst found | at x | dy | inputs |\n|---|---|---|---|---|---|---|\n", out);
    for (size_t d = 0; d < 4; d++)
        for (size_t p = 0; p < passes; p++) {
            const accuracy_row *row = accuracy_find(a, op->name, dtype[d], pass[p]);
            narrow += row != NULL && d >= 2 && p < 2;
            if (row == NULL || d >= 2) continue;
            fprintf(out, "| %s | %s | %s | %s | %s | %s | ", row->dtype, row->pass, row->limit, row->worst, row->x, row->dy);
            print_grouped(out, row->inputs);
            fputs(" |\n", out);
        }
    if (narrow == 4) fputs("| f16, bf16 | both | bits | same | | | all 65,536 |\n", out);
}

static void print_traits(FILE *out, const ramp_op_info *info, const ramp_op *op) {
    static const char *const saved[] = {"the input", "the output", "a mask"};
    unsigned saves = ramp_op_saves(op, RAMP_F32);
    const char *comma = "";
    fputs("Backward from", out);
    for (unsigned i = 0; i < 3; i++)
        if (saves >> i & 1u) {
            fprintf(out, "%s %s", comma, saved[i]);
            comma = ",";
        }
    fputs(".", out);
    if ((info->traits & RAMP_TRAIT_MONOTONE) != 0)
        fputs(info->id == RAMP_SOFTPLUS ? " Never falls, bit for bit, but at its threshold, where its definition does."
                                        : " Never falls, bit for bit.",
              out);
    if ((info->traits & RAMP_TRAIT_ODD) != 0) fputs(" Odd, bit for bit (the sign of a zero excepted).", out);
    if ((info->traits & RAMP_TRAIT_TWO_SLOPES) != 0) fputs(" Its slope takes two values.", out);
    fputs("\n", out);
}

static void print_op(FILE *out, ramp_device *cpu, const accuracy *a, size_t index) {
    ramp_op_info info;
    char forward[1024], backward[1024];
    if (ramp_op_describe(index, &info) != RAMP_OK) exit(1);
    ramp_op op = ramp_op_default(info.id);
    fprintf(out, "\n## %s\n\n`%s`\n\nSource: %s.", info.name, info.definition, facts[index].source);
    if (info.aliases[0] != '\0') fprintf(out, " Also called %s.", info.aliases);
    if (info.param_count > 0) {
        fputs("\n\nParameters: ", out);
        print_params(out, &info);
        if (info.limit[0] != '\0') fprintf(out, "; %s", info.limit);
        fputs(".", out);
    }
    if (facts[index].differs[0] != '\0') fprintf(out, "\n\nElsewhere: %s", facts[index].differs);
    fputs("\n\n", out);
    print_traits(out, &info, &op);
    ranges_text(cpu, &op, 0, forward, sizeof forward);
    ranges_text(cpu, &op, 1, backward, sizeof backward);
    if (forward[0] != '\0' || backward[0] != '\0')
        fprintf(out, "In f32, %s%s%s\n", forward, forward[0] != '\0' && backward[0] != '\0' ? " " : "", backward);
    fputs("\n", out);
    print_values(out, cpu, &op);
    print_accuracy(out, a, &info);
}

static void print_page(FILE *out, ramp_device *cpu, const accuracy *a) {
    fputs("# Ops\n\n"
          "What each op is, what it gives at its edges, and how exactly. Made by `docs/ops_table.c`: change `include/ramp/ops.def` or the "
          "kernels,\n"
          "then `cmake --build build --target docs`; the test `docs.ops` fails until that is done. The values are f32 results at the "
          "default\n"
          "parameters, bit for bit those of every backend, written with as few digits as tell them from their neighbours. f'(x) is the "
          "gradient\n"
          "for dy = 1.\n\n"
          "An ulp is the distance between two numbers of the type where the true value lies; 0.5 is correctly rounded. A 16-bit result is "
          "the f32\n"
          "result, rounded once: its bits are promised. Backward, the promise is in ulps of f'(x), and an error beside it of half an ulp "
          "of dx where\n"
          "dy is not 1; near a root of f' it is 2^-24 (f64: 2^-52) of dy instead, and then the error counts as 0.\n"
          "backward-output is dx from y as it was stored, with f' as a function of that; where the slope takes two values, dx from the "
          "output "
          "or a mask\n"
          "has the bits of dx from x.\n\n",
          out);
    fprintf(out, "Worst errors, in ulp: %s\n\n", a->source);
    print_index(out, a);
    for (size_t i = 0; i < ramp_op_count(); i++) print_op(out, cpu, a, i);
}

int main(int argc, char **argv) {
    accuracy a;
    ramp_device *cpu = NULL;
    if (argc < 2 || argc > 3) {
        fputs("ops_table ACCURACY.csv [OPS.md]\n", stderr);
        return 2;
    }
    if (!accuracy_read(argv[1], &a)) return 1;
    if (ramp_device_open(&cpu, "cpu") != RAMP_OK) {
        fprintf(stderr, "ops_table: %s\n", ramp_last_error());
        return 1;
    }
    FILE *out = argc > 2 ? fopen(argv[2], "w") : stdout;
    if (out == NULL) {
        fprintf(stderr, "ops_table: %s: %s\n", argv[2], strerror(errno));
        return 1;
    }
    print_page(out, cpu, &a);
    int failed = ferror(out) || fclose(out) != 0;
    ramp_device_close(cpu);
    accuracy_free(&a);
    if (failed) fputs("ops_table: it could not be written in full\n", stderr);
    return failed;
}
