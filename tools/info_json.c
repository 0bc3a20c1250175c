#include "devices.h"
#include "info.h"
#include "json.h"
#include "program.h"

#include <string.h>

static void write_device(json *j, const ramp_device_info *d) {
    json_open(j, NULL, '{');
    devices_json(j, d);
    json_count(j, "max_alloc", d->max_alloc);
    json_open(j, "dtypes", '[');
    for (int t = RAMP_F32; t <= RAMP_BIT; t++)
        if (d->dtypes >> t & 1u) json_text(j, NULL, program_dtype((ramp_dtype)t));
    json_close(j, ']');
    json_flag(j, "ready", d->status == RAMP_OK);
    json_text(j, "status", ramp_status_name(d->status));
    json_text(j, "reason", d->reason);
    json_close(j, '}');
}

/* Aliases are one text in the table of ops; in JSON each is a string of its own. */
static void write_words(json *j, const char *key, const char *words) {
    json_open(j, key, '[');
    while (*words != '\0') {
        char word[64];
        size_t length = strcspn(words, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        if (length > 0) json_text(j, NULL, word);
        words += length + (words[length] != '\0');
    }
    json_close(j, ']');
}

static void write_op(json *j, const ramp_op_info *op) {
    json_open(j, NULL, '{');
    json_count(j, "id", (uint64_t)op->id);
    json_text(j, "name", op->name);
    write_words(j, "aliases", op->aliases);
    json_text(j, "definition", op->definition);
    json_open(j, "params", '[');
    for (uint32_t i = 0; i < op->param_count; i++) {
        json_open(j, NULL, '{');
        json_text(j, "name", op->param[i].name);
        json_number(j, "default", 15, op->param[i].value);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_text(j, "limit", op->limit);
    json_flag(j, "two_slopes", (op->traits & RAMP_TRAIT_TWO_SLOPES) != 0);
    json_flag(j, "from_output", (op->traits & RAMP_TRAIT_FROM_OUTPUT) != 0);
    json_flag(j, "monotone", (op->traits & RAMP_TRAIT_MONOTONE) != 0);
    json_flag(j, "odd", (op->traits & RAMP_TRAIT_ODD) != 0);
    json_flag(j, "heavy", (op->traits & RAMP_TRAIT_HEAVY) != 0);
    json_flag(j, "heavy_gradient", (op->traits & RAMP_TRAIT_HEAVY_GRADIENT) != 0);
    json_close(j, '}');
}

void info_json(const info_facts *facts) {
    json j = {.out = stdout};
    json_open(&j, NULL, '{');
    json_count(&j, "schema", 1);
    json_text(&j, "version", program_version());
    json_open(&j, "choice", '{');
    json_text(&j, "from", facts->source);
    json_text(&j, "selector", facts->text);
    json_text(&j, "opens", facts->chosen);
    json_text(&j, "reason", facts->chosen_why);
    json_close(&j, '}');
    json_open(&j, "devices", '[');
    for (size_t i = 0; i < facts->count; i++) write_device(&j, &facts->device[i]);
    json_close(&j, ']');
    json_open(&j, "ops", '[');
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info op;
        if (ramp_op_describe(i, &op) == RAMP_OK) write_op(&j, &op);
    }
    json_close(&j, ']');
    json_close(&j, '}');
}
